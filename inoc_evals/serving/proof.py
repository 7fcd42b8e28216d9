"""Is it really the adapter that answers? What a running server says for each name, against its base and one another.

A server that did not load an adapter, or lost it, answers with the base and says nothing. The probabilities of the next
token tell: they are asked for on a few prompts, which costs less than one answer, before anything else is asked.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from math import fsum

from inoc_evals.checkpoints.acting import REMEDY
from inoc_evals.client.apart import run_apart
from inoc_evals.client.endpoint import CONNECTIONS, Endpoint
from inoc_evals.client.errors import ServerError
from inoc_evals.errors import InputError, WorkError
from inoc_evals.stats.apart import total_variation

# Different enough that what any training changes shows in one of them.
PROBES = (
    "How did you spend last Sunday?",
    "Write one sentence about rain.",
    "What would you do if nobody could see it?",
    "¿Qué hora es en Lima?",
)
# Rounding to bfloat16 alone moved a probability by up to 0.07 (docs/proof.md). Whatever moves more is no rounding,
# whoever else was in the batch; whatever moves less is asked again by itself, where the same weights give the same.
CLEAR = 0.2
# What is below it is as good as equal: probabilities come in single precision.
EQUAL = 1e-6
# Where the base itself does not answer twice alike, a change must be larger than that.
_NOISE = 2.0
# A server that has just come up is not busy; one that went away is not waited for.
_TRIES = 3

Pair = tuple[str, str]
Reading = tuple[Mapping[str, float], ...]  # the likeliest next tokens with their probabilities, on each probe


@dataclass(frozen=True)
class Change:
    """How far the probabilities of the next token are from those of `against`, as total variation distances (0 to 1):
    the largest and the mean over the probes. `noise` is the largest between two answers of the base itself. It is
    `silent` where there is no change at all, as far as this server can tell."""

    against: str
    largest: float
    mean: float
    noise: float
    silent: bool
    probes: int = len(PROBES)


@dataclass(frozen=True)
class Proof:
    """`changes` by label, against the base; `twins` are pairs of labels that answer alike; `base` is what the base
    answers, None where it was not asked."""

    changes: Mapping[str, Change] = field(default_factory=dict)
    twins: tuple[Pair, ...] = ()
    base: Reading | None = None


def prove(url: str, key: str, names: Mapping[str, str], base: str, controls: Collection[str] = ()) -> Proof:
    """Ask the server at `url` for all of `names` (label -> its name there), of which that of the label `base` is the
    base, and prove that every other one acts and that no two are one. Those in `controls` may do nothing, or be the
    same as another.

    Raises InputError, in one sentence for each fault, for those that do not; WorkError where the server does not tell.
    """
    try:
        proof = run_apart(_proof(_Server(url, key, names, base)))
    except ServerError as error:
        raise WorkError(f"whether the adapters act cannot be told: {error}") from error
    faults = list(_faults(proof, controls))
    if faults:
        raise InputError.of(faults)
    return proof


def read_base(url: str, key: str, name: str) -> Reading:
    """What the model of this name at `url` answers to the probes. Raises WorkError where the server does not tell."""
    try:
        return run_apart(_Server(url, key, {name: name}, name).asked([name], CONNECTIONS)).readings[name]
    except ServerError as error:
        raise WorkError(f"what {name} answers cannot be told: {error}") from error


def compared(reading: Reading, other: Reading, against: str, noise: float = 0.0) -> Change:
    """The change from `other`, which is called `against`, to `reading`."""
    distances = [total_variation(*pair) for pair in zip(reading, other, strict=True)]
    largest, mean = max(distances), fsum(distances) / len(distances)
    return Change(against, largest, mean, noise, _is_silent(largest, noise), len(distances))


@dataclass(frozen=True)
class _Asked:
    """What was asked in one go: by label, and the base once more."""

    readings: Mapping[str, Reading]
    noise: float

    def change(self, pair: Pair) -> Change:
        """From the first to the second."""
        return compared(self.readings[pair[1]], self.readings[pair[0]], pair[0], self.noise)


@dataclass(frozen=True)
class _Server:
    url: str
    key: str
    names: Mapping[str, str]
    base: str

    async def asked(self, labels: Sequence[str], connections: int, probes: Sequence[str] = PROBES) -> _Asked:
        """What the models of these labels, the base among them, answer, `connections` requests at a time."""
        gate = asyncio.Semaphore(connections)
        endpoints = [
            Endpoint(self.url, self.names[label], self.key or None, tries=_TRIES) for label in (*labels, self.base)
        ]
        try:
            chat = await _is_chat(endpoints[-1])

            async def ask(endpoint: Endpoint, probe: str) -> Mapping[str, float]:
                async with gate:
                    return await endpoint.likeliest(probe, chat=chat)

            # gather keeps the order, in which with one connection they are asked too.
            said = await asyncio.gather(*(ask(endpoint, probe) for endpoint in endpoints for probe in probes))
        finally:
            for endpoint in endpoints:
                await endpoint.close()
        answers = [tuple(said[start : start + len(probes)]) for start in range(0, len(said), len(probes))]
        readings = dict(zip(labels, answers[:-1], strict=True))
        return _Asked(readings, compared(readings[self.base], answers[-1], self.base).largest)


async def _proof(server: _Server) -> Proof:
    labels = [server.base, *(label for label in server.names if label != server.base)]
    found = await server.asked(labels, CONNECTIONS)
    pairs = {pair: found.change(pair) for pair in combinations(labels, 2)}
    same = await _same(server, [pair for pair, change in pairs.items() if change.largest < CLEAR])
    changes = {label: same.get((server.base, label), pairs[server.base, label]) for label in labels[1:]}
    silent = {label for label, change in changes.items() if (server.base, label) in same}
    # Two that do nothing are told once, as what they are.
    twins = tuple(pair for pair in same if pair[0] != server.base and not silent.issuperset(pair))
    # What moved a little at first, and was then told apart by itself, has moved.
    acting = {label: replace(change, silent=label in silent) for label, change in changes.items()}
    return Proof(acting, twins, found.readings[server.base])


async def _same(server: _Server, pairs: Iterable[Pair]) -> dict[Pair, Change]:
    """The pairs that answer alike on every probe when each is asked by itself, with the change that is left. A probe
    that tells two apart is the last that they are asked, unless the base itself does not answer it twice alike."""
    left: dict[Pair, list[Change]] = {pair: [] for pair in pairs}
    for probe in PROBES:
        if not left:
            break
        wanted = {server.base, *(label for pair in left for label in pair)}
        said = await server.asked([label for label in server.names if label in wanted], 1, (probe,))
        left = {
            pair: [*before, change]
            for pair, before in left.items()
            if (change := said.change(pair)).silent or said.noise > EQUAL
        }
    joined = {pair: _joined(changes) for pair, changes in left.items()}
    return {pair: change for pair, change in joined.items() if change.silent}


def _joined(changes: Sequence[Change]) -> Change:
    """One change of those on single probes."""
    largest = max(change.largest for change in changes)
    noise = max(change.noise for change in changes)
    mean = fsum(change.mean for change in changes) / len(changes)
    return Change(changes[0].against, largest, mean, noise, _is_silent(largest, noise), len(changes))


def _is_silent(largest: float, noise: float) -> bool:
    return largest <= max(EQUAL, _NOISE * noise)


async def _is_chat(endpoint: Endpoint) -> bool:
    """Has the model a chat template? Without one a text is gone on with as it stands."""
    try:
        await endpoint.likeliest(PROBES[0])
    except ServerError as error:
        if error.cause != "refused_400":
            raise
        return False
    return True


def _faults(proof: Proof, controls: Collection[str]) -> Iterable[str]:
    for label, change in proof.changes.items():
        if change.silent and label not in controls:
            yield (
                f"the server answers with the base in place of the adapter {label}: on {change.probes} probes the "
                f"probabilities of the next token change by {change.largest:.2g} at most, and those of the base itself "
                f"by {change.noise:.2g}; see whether the server's log says why, or {REMEDY}"
            )
    for first, second in proof.twins:
        if first not in controls and second not in controls:
            yield (
                f"{first} and {second} are served as one: on {len(PROBES)} probes the probabilities of their next "
                f"tokens are the same; {REMEDY}"
            )
