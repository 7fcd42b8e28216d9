"""Is it really the adapter that answers? What a running server says for each name, against its base and one another.

A server that did not load an adapter, or lost it, answers with the base and says nothing. The probabilities of the next
token tell: they are asked for on a few prompts, which costs less than one answer, before anything else is asked.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
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

Reading = tuple[Mapping[str, float], ...]  # the likeliest next tokens with their probabilities, on each probe


@dataclass(frozen=True)
class Change:
    """How far the probabilities of the next token are from those of `against`, as total variation distances (0 to 1):
    the largest and the mean over the probes. `noise` is the largest between two answers of the base itself."""

    against: str
    largest: float
    mean: float
    noise: float
    probes: int = len(PROBES)

    @property
    def silent(self) -> bool:
        """Is it no change at all, as far as this server can tell?"""
        return self.largest <= max(EQUAL, _NOISE * self.noise)


@dataclass(frozen=True)
class Proof:
    """`changes` by label, against the base; `twins` are pairs of labels that answer alike; `base` is what the base
    answers, None where it was not asked."""

    changes: Mapping[str, Change] = field(default_factory=dict)
    twins: tuple[tuple[str, str], ...] = ()
    base: Reading | None = None


@dataclass(frozen=True)
class _Asked:
    """What was asked in one go: by label, and the base once more."""

    readings: Mapping[str, Reading]
    again: Reading
    base: str

    def change(self, label: str, against: str) -> Change:
        return compared(self.readings[label], self.readings[against], against, self.noise)

    @property
    def noise(self) -> float:
        return max(_distances(self.readings[self.base], self.again))


def prove(url: str, key: str, names: Mapping[str, str], base: str, controls: Collection[str] = ()) -> Proof:
    """Ask the server at `url` for all of `names` (label -> its name there), of which that of the label `base` is the
    base, and prove that every other one acts and that no two are one. Those in `controls` may do nothing, or be the
    same as another.

    Raises InputError, in one sentence for each fault, for those that do not; WorkError where the server does not tell.
    """
    try:
        proof = run_apart(_proof(url, key, names, base))
    except ServerError as error:
        raise WorkError(f"whether the adapters act cannot be told: {error}") from error
    faults = list(_faults(proof, controls))
    if faults:
        raise InputError.of(faults)
    return proof


def read_base(url: str, key: str, name: str) -> Reading:
    """What the model of this name at `url` answers to the probes. Raises WorkError where the server does not tell."""
    try:
        return run_apart(_asked(url, key, {name: name}, name, CONNECTIONS)).readings[name]
    except ServerError as error:
        raise WorkError(f"what {name} answers cannot be told: {error}") from error


def compared(reading: Reading, other: Reading, against: str, noise: float = 0.0) -> Change:
    """The change from `other`, which is called `against`, to `reading`."""
    distances = _distances(reading, other)
    return Change(against, max(distances), fsum(distances) / len(distances), noise)


async def _proof(url: str, key: str, names: Mapping[str, str], base: str) -> Proof:
    labels = [label for label in names if label != base]
    found = await _asked(url, key, names, base, CONNECTIONS)
    changes = {label: found.change(label, base) for label in labels}
    pairs = [pair for pair in combinations(labels, 2) if found.change(*pair).largest < CLEAR]
    doubtful = [label for label in labels if changes[label].largest < CLEAR or any(label in pair for pair in pairs)]
    if not doubtful:
        return Proof(changes, (), found.readings[base])
    alone = await _asked(url, key, {label: names[label] for label in (base, *doubtful)}, base, 1)
    changes |= {label: alone.change(label, base) for label in doubtful}
    # Two that do nothing are told once, as what they are.
    twins = tuple(
        pair
        for pair in pairs
        if alone.change(*pair).silent and not (changes[pair[0]].silent and changes[pair[1]].silent)
    )
    return Proof(changes, twins, found.readings[base])


async def _asked(url: str, key: str, names: Mapping[str, str], base: str, connections: int) -> _Asked:
    """All names on all probes, `connections` requests at a time, and the base once more at the end."""
    order = [*names.values(), names[base]]
    gate = asyncio.Semaphore(connections)
    endpoints = [Endpoint(url, name, key or None, tries=_TRIES) for name in order]
    try:
        chat = await _is_chat(endpoints[-1])

        async def ask(endpoint: Endpoint, probe: str) -> Mapping[str, float]:
            async with gate:
                return await endpoint.likeliest(probe, chat=chat)

        # gather keeps the order, in which with one connection they are asked too.
        said = await asyncio.gather(*(ask(endpoint, probe) for endpoint in endpoints for probe in PROBES))
    finally:
        for endpoint in endpoints:
            await endpoint.close()
    answers = [tuple(said[start : start + len(PROBES)]) for start in range(0, len(said), len(PROBES))]
    return _Asked(dict(zip(names, answers[:-1], strict=True)), answers[-1], base)


async def _is_chat(endpoint: Endpoint) -> bool:
    """Has the model a chat template? Without one a text is gone on with as it stands."""
    try:
        await endpoint.likeliest(PROBES[0])
    except ServerError as error:
        if error.cause != "refused_400":
            raise
        return False
    return True


def _distances(first: Reading, second: Reading) -> Sequence[float]:
    return [total_variation(*pair) for pair in zip(first, second, strict=True)]


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
