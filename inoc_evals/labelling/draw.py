"""Drawing responses to be labelled: where they tell most, with the weight that each one then has.

Strata are arms by bands of the judge's value around the threshold at which a rate is decided. Arms get equal parts of
the draw. Within an arm the parts are Neyman's, more where a label is hard to foretell, rounded exactly (Wright, The
American Statistician 66, 2012, 217-224). Within a stratum a response is drawn with a probability in proportion to what
it weighs in its rate, see `proportional`, and the sample goes systematically through checkpoints and questions
(Cochran, Sampling Techniques, 1977, chapters 5, 8 and 9A).
"""

from __future__ import annotations

import heapq
import math
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from random import Random

from inoc_evals.errors import InputError
from inoc_evals.labelling.proportional import sample
from inoc_evals.results.label import Candidate, Drawn, Pool
from inoc_evals.stats.responses import labels, shares

NEAR = 20.0  # points to either side of the threshold within which a judge is unsure
UNRATED = "no rating"
# A stratum needs two labels for its variance to be seen.
_LEAST = 2
# What is expected of the standard deviation of a label's side of the threshold: a coin's where the judge is unsure or
# says nothing, and that of one label in twenty-five elsewhere.
_UNSURE, _SURE = 0.5, 0.2


# The size of a response that weighs as much as those of its task and condition do on average. Sizes are whole numbers,
# so that probabilities are exact.
_USUAL = 10**9


@dataclass(frozen=True)
class Chosen:
    """What was `drawn`, in the order of the responses' names, and from what."""

    drawn: tuple[Drawn, ...]
    pools: tuple[Pool, ...]


@dataclass(frozen=True)
class _Unit:
    """A candidate and what it weighs in its rate, in parts of `_USUAL`."""

    candidate: Candidate
    size: int


@dataclass(frozen=True)
class _Band:
    name: str
    unsure: bool


Banding = Callable[[Candidate], _Band]


def draw(candidates: Sequence[Candidate], n: int, threshold: float, seed: int) -> Chosen:
    """`n` of the candidates, or all where there are fewer, each with its stratum and weight. The same candidates in
    another order give the same draw.

    Where `n` is too small for two of each stratum, bands are joined: both sides of the threshold, then all of an arm.
    Raises InputError for fewer than one an arm.
    """
    units = _sized(sorted(candidates, key=lambda candidate: candidate.response))
    strata, counts = _planned(units, n, threshold)
    drawn: list[Drawn] = []
    for name, members in strata.items():
        # No secret: the same responses must come again.
        drawn += _sample(name, members, counts[name], Random(f"{seed} {name}"))  # noqa: S311
    return Chosen(tuple(sorted(drawn, key=lambda one: one.response)), tuple(_pools(strata)))


def _sized(candidates: Sequence[Candidate]) -> list[_Unit]:
    """What each response weighs in the rate of its arm under its task and condition: questions weigh equally."""
    rates: dict[tuple[str, str, str], list[int]] = {}
    for place, one in enumerate(candidates):
        rates.setdefault((one.arm, one.task, one.position.condition), []).append(place)
    sizes = [0] * len(candidates)
    for places in rates.values():
        questions = labels([candidates[place].cluster for place in places])
        checkpoints = labels([candidates[place].checkpoint for place in places])
        for place, share in zip(places, shares(questions, checkpoints).tolist(), strict=True):
            sizes[place] = max(1, round(share * len(places) * _USUAL))
    return [_Unit(*each) for each in zip(candidates, sizes, strict=True)]


def _sample(stratum: str, members: Sequence[_Unit], count: int, random: Random) -> Iterator[Drawn]:
    ordered = _spread(members, count, random)
    for place, probability in sample([unit.size for unit in ordered], count, random).items():
        yield Drawn(**vars(ordered[place].candidate), stratum=stratum, weight=float(1 / probability))


def _pools(strata: Mapping[str, Sequence[_Unit]]) -> Iterator[Pool]:
    for name, members in strata.items():
        found = Counter((unit.candidate.arm, unit.candidate.checkpoint) for unit in members)
        for (arm, checkpoint), count in sorted(found.items()):
            yield Pool(name, arm, checkpoint, count)


def _planned(units: Sequence[_Unit], n: int, threshold: float) -> tuple[Mapping[str, list[_Unit]], Mapping[str, int]]:
    """The members of each stratum, and how many of them are drawn, with the finest bands that `n` allows."""
    sizes = Counter(unit.candidate.arm for unit in units)
    arms = sorted(sizes)
    if n < len(arms):
        raise InputError(f"-n {n} is fewer than one response for each of the {len(arms)} arms; draw more of them")
    parts = dict(zip(arms, equal_parts([sizes[arm] for arm in arms], n), strict=True))
    for least, banding in ((_LEAST, _bands(threshold)), (_LEAST, _joined(threshold)), (1, _whole)):
        strata, unsure = _strata(units, banding)
        by_arm: dict[str, list[str]] = {}
        for name, members in strata.items():
            by_arm.setdefault(members[0].candidate.arm, []).append(name)
        fits = all(sum(min(least, len(strata[name])) for name in names) <= parts[arm] for arm, names in by_arm.items())
        if not fits:
            continue
        counts: dict[str, int] = {}
        for arm, names in by_arm.items():
            of_strata = [len(strata[name]) for name in names]
            weigh = [sum(unit.size for unit in strata[name]) / _USUAL for name in names]
            open_ = [each * (_UNSURE if unsure[name] else _SURE) for each, name in zip(weigh, names, strict=True)]
            counts |= dict(zip(names, allocation(of_strata, open_, parts[arm], least), strict=True))
        return strata, counts
    raise AssertionError("one of each arm always fits")


def _strata(units: Sequence[_Unit], banding: Banding) -> tuple[dict[str, list[_Unit]], dict[str, bool]]:
    strata: dict[str, list[_Unit]] = {}
    unsure: dict[str, bool] = {}
    for unit in units:
        band = banding(unit.candidate)
        name = f"{unit.candidate.arm}: {band.name}"
        strata.setdefault(name, []).append(unit)
        unsure[name] = band.unsure
    return dict(sorted(strata.items())), unsure


def edges(threshold: float) -> tuple[float, float]:
    """Between which values (0 to 100) a judge counts as unsure of the side: within `NEAR` points, and no more than half
    of the way to either end."""
    return threshold - min(NEAR, threshold / 2), threshold + min(NEAR, (100 - threshold) / 2)


def _bands(threshold: float) -> Banding:
    low, high = edges(threshold)

    def banding(candidate: Candidate) -> _Band:
        value = candidate.judged
        if value is None:
            return _Band(UNRATED, True)
        if value < low:
            return _Band(f"below {low:g}", False)
        if value < threshold:
            return _Band(f"{low:g} to below {threshold:g}", True)
        if value <= high:
            return _Band(f"{threshold:g} to {high:g}", True)
        return _Band(f"above {high:g}", False)

    return banding


def _joined(threshold: float) -> Banding:
    low, high = edges(threshold)

    def banding(candidate: Candidate) -> _Band:
        value = candidate.judged
        if value is None:
            return _Band(UNRATED, True)
        near = low <= value <= high
        return _Band(f"{low:g} to {high:g}" if near else f"below {low:g} or above {high:g}", near)

    return banding


def _whole(_: Candidate) -> _Band:
    return _Band("all", True)


def equal_parts(sizes: Sequence[int], n: int) -> list[int]:
    """`n`, or all, in parts that differ by one at most, none larger than its size; what a small one leaves goes to the
    others."""
    left = min(n, sum(sizes))
    parts = [0] * len(sizes)
    while left:
        open_ = [place for place, size in enumerate(sizes) if parts[place] < size]
        each = max(left // len(open_), 1)
        for place in open_:
            more = min(each, sizes[place] - parts[place], left)
            parts[place] += more
            left -= more
    return parts


def allocation(sizes: Sequence[int], open_: Sequence[float], n: int, least: int) -> list[int]:
    """How many of `n` each stratum gets, for the smallest variance of a total: `least` first (or all it has), then each
    next one where it lowers the variance most. `open_` is the standard deviation of a stratum's total by one label. `n`
    allows for the least of all, and is no more than all sizes together.
    """
    counts = [min(least, size) for size in sizes]

    def priority(place: int) -> tuple[float, int]:
        worth = open_[place] / math.sqrt(counts[place] * (counts[place] + 1))
        return (-worth, place)

    heap = [priority(place) for place, size in enumerate(sizes) if counts[place] < size]
    heapq.heapify(heap)
    for _ in range(n - sum(counts)):
        _, place = heapq.heappop(heap)
        counts[place] += 1
        if counts[place] < sizes[place]:
            heapq.heappush(heap, priority(place))
    return counts


def _spread(members: Sequence[_Unit], count: int, random: Random) -> list[_Unit]:
    """The members of a stratum in an order along which even steps meet every checkpoint in proportion, and different
    questions: by checkpoint, in each through the questions in one order, which begins elsewhere for every checkpoint.
    """
    shuffled = list(members)
    random.shuffle(shuffled)
    questions = {name: place for place, name in enumerate(dict.fromkeys(map(_question, shuffled)))}
    checkpoints = list(dict.fromkeys(unit.candidate.checkpoint for unit in shuffled))
    unit_size = math.gcd(*(unit.size for unit in shuffled))
    step = sum(unit.size // unit_size for unit in shuffled) / count
    ordered = []
    for place, checkpoint in enumerate(checkpoints):
        own = [unit for unit in shuffled if unit.candidate.checkpoint == checkpoint]
        own.sort(key=lambda unit: questions[_question(unit)])
        begins = list(accumulate((unit.size // unit_size for unit in own), initial=0))
        shift = bisect_left(begins, round(place * step / len(checkpoints)) % begins[-1])
        ordered += own[shift:] + own[:shift]
    return ordered


def _question(unit: _Unit) -> tuple[str, str]:
    return unit.candidate.task, unit.candidate.cluster
