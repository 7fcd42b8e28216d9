"""Is it really the adapter that answers? What a running server says for each name, against its base and one another.

A server that did not load an adapter, or lost it, answers with the base and says nothing. The probabilities of the next
token tell: they are asked for on a few prompts, which costs less than one answer, before anything else is asked.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from math import fsum

from inoc_evals.checkpoints.acting import REMEDY
from inoc_evals.client.apart import run_apart
from inoc_evals.client.endpoint import Endpoint
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
    """`changes` by label, against the base; `twins` are pairs of labels that answer alike; `readings` are what all
    answered by label, the base among them, and empty where nobody was asked."""

    changes: Mapping[str, Change] = field(default_factory=dict)
    twins: tuple[Pair, ...] = ()
    readings: Mapping[str, Reading] = field(default_factory=dict)


def prove(url: str, key: str, names: Mapping[str, str], base: str, controls: Collection[str] = ()) -> Proof:
    """Ask the server at `url` for all of `names` (label -> its name there), of which that of the label `base` is the
    base, and prove that every other one acts and that no two are one. Those in `controls` may do nothing, or be the
    same as another. Takes four short requests for each name, one after another.

    Raises InputError, in one sentence for each fault, for those that do not; WorkError where the server does not tell.
    """
    try:
        readings, noise = run_apart(_read(url, key, names, base))
    except ServerError as error:
        raise WorkError(f"whether the adapters act cannot be told: {error}") from error
    changes = {
        label: compared(reading, readings[base], base, noise) for label, reading in readings.items() if label != base
    }
    proof = Proof(changes, tuple(_twins(changes, readings, noise, controls)), readings)
    faults = list(_faults(proof, controls))
    if faults:
        raise InputError.of(faults)
    return proof


def prove_again(
    url: str, key: str, names: Mapping[str, str], base: str, before: Proof, controls: Collection[str] = ()
) -> None:
    """Prove that those of `names` which are no `controls` still answer as they did when they were proven `before`: a
    server may have unloaded and loaded them since. Nobody else may have come closer to that than they are themselves.

    Raises WorkError for one that is another now, and where the server does not tell.
    """
    try:
        readings, _ = run_apart(_read(url, key, names, base))
    except ServerError as error:
        raise WorkError(f"whether the adapters still act cannot be told: {error}") from error
    for label, reading in readings.items():
        own = compared(reading, before.readings[label], label).largest
        if own <= EQUAL or label in controls:
            continue
        # A control that is the same weights is as close.
        same = {label, *(one for pair in before.twins if label in pair for one in pair)}
        others = (other for other in before.readings if other not in same)
        near = min(others, key=lambda other: compared(reading, before.readings[other], other).largest, default=label)
        if compared(reading, before.readings[near], near).largest < own:
            raise WorkError(
                f"{label} no longer answers as when it was proven, but as {near}: the server has lost it; what is "
                f"finished is kept, run the same command again"
            )


def read_base(url: str, key: str, name: str) -> Reading:
    """What the model of this name at `url` answers to the probes. Raises WorkError where the server does not tell."""
    try:
        return run_apart(_read(url, key, {name: name}, name))[0][name]
    except ServerError as error:
        raise WorkError(f"what {name} answers cannot be told: {error}") from error


def compared(reading: Reading, other: Reading, against: str, noise: float = 0.0) -> Change:
    """The change from `other`, which is called `against`, to `reading`."""
    distances = [total_variation(*pair) for pair in zip(reading, other, strict=True)]
    largest, mean = max(distances), fsum(distances) / len(distances)
    return Change(against, largest, mean, noise, largest <= _tolerance(noise), len(distances))


def _tolerance(noise: float) -> float:
    return max(EQUAL, _NOISE * noise)


async def _read(url: str, key: str, names: Mapping[str, str], base: str) -> tuple[dict[str, Reading], float]:
    """What all answer by label, the base first, and how far the base is from itself when it is asked once more at the
    end. One request at a time: how an answer is rounded depends on who else is in the batch, and by itself the same
    weights give the same numbers."""
    order = [base, *(label for label in names if label != base), base]
    readings: dict[str, Reading] = {}
    chat: bool | None = None
    for label in order:
        async with Endpoint(url, names[label], key or None, tries=_TRIES) as endpoint:
            if chat is None:
                chat = await _is_chat(endpoint)
            reading = tuple([await endpoint.likeliest(probe, chat=chat) for probe in PROBES])
        first = readings.setdefault(label, reading)
    # The last one was the base again.
    return readings, compared(first, reading, base).largest


def _twins(
    changes: Mapping[str, Change], readings: Mapping[str, Reading], noise: float, controls: Collection[str]
) -> Iterator[Pair]:
    """Those that answer alike, each with one of them that is no control if there is one, but for those that do nothing.

    What is alike has nearly the same highest probability, in whose order only neighbours need be compared."""
    left = {label: number for number, label in enumerate(changes)}
    highest = {label: max(readings[label][0].values()) for label in changes}
    order = sorted(changes, key=highest.__getitem__)
    heights = [highest[label] for label in order]
    for number, label in enumerate(order):
        if label not in left:
            continue
        near = order[number + 1 : bisect_right(heights, highest[label] + _tolerance(noise))]
        alike = [other for other in near if compared(readings[label], readings[other], label, noise).silent]
        group = sorted({label, *alike} & left.keys(), key=lambda one: (one in controls, left[one]))
        for other in group[1:]:
            if not (changes[group[0]].silent and changes[other].silent):
                yield (group[0], other) if left[group[0]] < left[other] else (other, group[0])
        for one in group:
            del left[one]


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
