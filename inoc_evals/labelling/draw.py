"""Drawing responses to be labelled: where they tell most, with the weight that each one then has.

Strata are arms by bands of the judge's value around the threshold at which a rate is decided. Arms get equal parts of
the draw. Within an arm the parts are Neyman's, more where a label is hard to foretell, rounded exactly (Wright, The
American Statistician 66, 2012, 217-224). Within a stratum every response has the same probability, and the sample goes
systematically through checkpoints and questions (Cochran, Sampling Techniques, 1977, chapters 5 and 8).
"""

from __future__ import annotations

import heapq
import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from inoc_evals.errors import InputError
from inoc_evals.results.label import Candidate, Drawn

NEAR = 20.0  # points to either side of the threshold within which a judge is unsure
UNRATED = "no rating"
# A stratum needs two labels for its variance to be seen.
_LEAST = 2
# What is expected of the standard deviation of a label's side of the threshold: a coin's where the judge is unsure or
# says nothing, and that of one label in twenty-five elsewhere.
_UNSURE, _SURE = 0.5, 0.2


@dataclass(frozen=True)
class _Band:
    name: str
    unsure: bool


Banding = Callable[[Candidate], _Band]


def draw(candidates: Sequence[Candidate], n: int, threshold: float, seed: int) -> tuple[Drawn, ...]:
    """`n` of the candidates, or all where there are fewer, in the order of their names, each with its stratum and
    weight. The same candidates in another order give the same draw.

    Where `n` is too small for two of each stratum, bands are joined: both sides of the threshold, then all of an arm.
    Raises InputError for fewer than one an arm.
    """
    ordered = sorted(candidates, key=lambda candidate: candidate.response)
    strata, counts = _planned(ordered, n, threshold)
    drawn = []
    for name, members in strata.items():
        count = counts[name]
        # No secret: the same responses must come again.
        random = Random(f"{seed} {name}")  # noqa: S311
        for candidate in systematic(_spread(members, count, random), count, random):
            drawn.append(Drawn(**vars(candidate), stratum=name, weight=len(members) / count))
    return tuple(sorted(drawn, key=lambda one: one.response))


def _planned(
    ordered: Sequence[Candidate], n: int, threshold: float
) -> tuple[Mapping[str, list[Candidate]], Mapping[str, int]]:
    """The members of each stratum, and how many of them are drawn, with the finest bands that `n` allows."""
    sizes = Counter(candidate.arm for candidate in ordered)
    arms = sorted(sizes)
    if n < len(arms):
        raise InputError(f"-n {n} is fewer than one response for each of the {len(arms)} arms; draw more of them")
    parts = dict(zip(arms, equal_parts([sizes[arm] for arm in arms], n), strict=True))
    for least, banding in ((_LEAST, _bands(threshold)), (_LEAST, _joined(threshold)), (1, _whole)):
        strata, unsure = _strata(ordered, banding)
        by_arm: dict[str, list[str]] = {}
        for name, members in strata.items():
            by_arm.setdefault(members[0].arm, []).append(name)
        fits = all(sum(min(least, len(strata[name])) for name in names) <= parts[arm] for arm, names in by_arm.items())
        if not fits:
            continue
        counts: dict[str, int] = {}
        for arm, names in by_arm.items():
            of_strata = [len(strata[name]) for name in names]
            deviations = [_UNSURE if unsure[name] else _SURE for name in names]
            counts |= dict(zip(names, allocation(of_strata, deviations, parts[arm], least), strict=True))
        return strata, counts
    raise AssertionError("one of each arm always fits")


def _strata(ordered: Sequence[Candidate], banding: Banding) -> tuple[dict[str, list[Candidate]], dict[str, bool]]:
    strata: dict[str, list[Candidate]] = {}
    unsure: dict[str, bool] = {}
    for candidate in ordered:
        band = banding(candidate)
        name = f"{candidate.arm}: {band.name}"
        strata.setdefault(name, []).append(candidate)
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


def allocation(sizes: Sequence[int], deviations: Sequence[float], n: int, least: int) -> list[int]:
    """How many of `n` each stratum gets, for the smallest variance of a total: `least` first (or all it has), then each
    next one where it lowers the variance most. `n` allows for the least of all, and is no more than all sizes together.
    """
    counts = [min(least, size) for size in sizes]

    def priority(place: int) -> tuple[float, int]:
        worth = sizes[place] * deviations[place] / math.sqrt(counts[place] * (counts[place] + 1))
        return (-worth, place)

    heap = [priority(place) for place, size in enumerate(sizes) if counts[place] < size]
    heapq.heapify(heap)
    for _ in range(n - sum(counts)):
        _, place = heapq.heappop(heap)
        counts[place] += 1
        if counts[place] < sizes[place]:
            heapq.heappush(heap, priority(place))
    return counts


def systematic(ordered: Sequence[Candidate], count: int, random: Random) -> list[Candidate]:
    """`count` of the candidates at even distances from a random start: each with probability count / number of all."""
    size = len(ordered)
    start = random.randrange(size)
    return [each for place, each in enumerate(ordered) if (place * count + start) % size >= size - count]


def _spread(members: Sequence[Candidate], count: int, random: Random) -> list[Candidate]:
    """The members of a stratum in an order along which even steps meet every checkpoint in proportion, and different
    questions: by checkpoint, in each through the questions in one order, which begins elsewhere for every checkpoint.
    """
    shuffled = list(members)
    random.shuffle(shuffled)
    questions = {name: place for place, name in enumerate(dict.fromkeys((one.task, one.cluster) for one in shuffled))}
    checkpoints = list(dict.fromkeys(one.checkpoint for one in shuffled))
    step = len(shuffled) / count
    ordered = []
    for place, checkpoint in enumerate(checkpoints):
        own = [one for one in shuffled if one.checkpoint == checkpoint]
        own.sort(key=lambda one: questions[one.task, one.cluster])
        shift = round(place * step / len(checkpoints)) % len(own)
        ordered += own[shift:] + own[:shift]
    return ordered
