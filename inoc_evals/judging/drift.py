"""Whether a judge is the one that it was: its answers to fixed examples, before and now."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import fmean, stdev
from typing import Final, Literal

import numpy as np

from inoc_evals.judging.distribution import LOW_MASS, Distribution, decide, parse_answer
from inoc_evals.judging.gold import spearman
from inoc_evals.judging.prompt import Instrument
from inoc_evals.stats.holm import holm
from inoc_evals.stats.repeated import Drawn, drawn_alike, odd_one_out

SAME: Final = "same"
ANOTHER: Final = "another"
UNDECIDED: Final = "undecided"
FIRST: Final = "first"
Told = Literal["same", "another", "undecided", "first"]
SAMPLED = "sampled"
LEVEL = 0.05
FEWEST = 5  # examples that say that a judge is the same
WIDEST = 10.0  # points that the mean may have moved unseen where a judge is called the same
# Parts of a distribution (0 to 1) that may lie elsewhere. Half precision and other batches move some hundredths.
TOLERANCE = 0.02  # on average over the examples
FAR = 0.05  # of one example, and so many times what two answers of today differ by at most
TIMES_NOISE = 3.0
_THRESHOLD = 50.0
_APART = 100.0  # points between a word that has no value and everything else


@dataclass(frozen=True)
class Pair:
    """What a judge said of one example `before`, and says `now`: once where answers are drawn, twice where the reading
    is exact, so that its own noise is seen."""

    before: Distribution
    now: Sequence[Distribution]


@dataclass(frozen=True)
class Change:
    """How a judge's answers to the examples of one rubric differ from those before. To `answered` of the `examples` one
    of them, before or now, is an answer of the rubric (the others tell no judge from another), and `rated` have a value
    both before and now.

    `difference` is the mean of now minus before in points, with its 95% interval over the examples (t); `same_side` is
    the share of examples on the same side of 50 and `rank` Spearman's correlation. Of exact readings `distance` is the
    mean part of the probability (0..1) that lies elsewhere, `noise` the largest such part between two answers of now,
    and `moved` how many examples are farther than that noise allows; of drawn answers these are NaN, NaN and 0. `p` is
    that of no change. What cannot be told is NaN.
    """

    examples: int
    answered: int
    rated: int
    difference: float
    low: float
    high: float
    same_side: float
    rank: float
    distance: float
    noise: float
    moved: int
    p: float


@dataclass(frozen=True)
class Decided:
    """A change with its p-value corrected by Holm over the rubrics of one judge, what it says about the judge, and why
    nothing where it is undecided."""

    change: Change
    p_holm: float
    told: Told
    why: str = ""


def change(instrument: Instrument, pairs: Sequence[Pair]) -> Change:
    """Compare the answers to one rubric's examples. All were read in the same way; there may be none."""
    verdicts = [(decide(instrument, pair.before), decide(instrument, pair.now[0])) for pair in pairs]
    values = [(before.value, now.value) for before, now in verdicts]
    rated = [(before, now) for before, now in values if before is not None and now is not None]
    differences = [now - before for before, now in rated]
    low, high = _interval(differences)
    found = Change(
        examples=len(pairs),
        answered=sum(any(verdict.cause != LOW_MASS for verdict in both) for both in verdicts),
        rated=len(rated),
        difference=fmean(differences) if differences else math.nan,
        low=low,
        high=high,
        same_side=fmean((a < _THRESHOLD) == (b < _THRESHOLD) for a, b in rated) if rated else math.nan,
        rank=spearman([a for a, _ in rated], [b for _, b in rated]),
        distance=math.nan,
        noise=math.nan,
        moved=0,
        p=math.nan,
    )
    if not pairs:
        return found
    if any(pair.before.reading == SAMPLED for pair in pairs):
        return replace(found, p=drawn_alike([_drawn(instrument, pair) for pair in pairs]))
    return _exact(found, pairs)


def _exact(found: Change, pairs: Sequence[Pair]) -> Change:
    distances = np.array(
        [
            (elsewhere(pair.before, pair.now[0]), elsewhere(pair.before, pair.now[1]), elsewhere(*pair.now))
            for pair in pairs
        ]
    )
    noise = float(distances[:, 2].max())
    far = distances[:, :2].min(axis=1) > max(FAR, TIMES_NOISE * noise)
    return replace(
        found, distance=float(distances[:, :2].mean()), noise=noise, moved=int(far.sum()), p=odd_one_out(distances)
    )


def decided(changes: Sequence[Change]) -> list[Decided]:
    """What the changes of several rubrics say about one judge, each by itself, in their order."""
    corrected = holm([found.p for found in changes])
    return [_decided(found, p_holm) for found, p_holm in zip(changes, corrected, strict=True)]


def _decided(found: Change, p_holm: float) -> Decided:
    exact = not math.isnan(found.distance)
    significant = p_holm <= LEVEL and (not exact or found.distance > TOLERANCE)
    if found.moved or significant:
        return Decided(found, p_holm, ANOTHER)
    if found.examples < FEWEST:
        return Decided(found, p_holm, UNDECIDED, f"{found.examples} examples are too few, {FEWEST} are needed")
    if found.answered < FEWEST:
        why = f"to {found.examples - found.answered} of {found.examples} examples it gave no answer of the rubric"
        return Decided(found, p_holm, UNDECIDED, f"{why}, then and now")
    if found.low < -WIDEST or found.high > WIDEST:
        why = f"a change of {max(-found.low, found.high):.0f} points would not be seen"
        return Decided(found, p_holm, UNDECIDED, why)
    return Decided(found, p_holm, SAME)


def elsewhere(first: Distribution, second: Distribution) -> float:
    """Which part of the probability (0..1) lies on other answers: the total variation distance."""

    a: dict[int | str, float] = {**first.numbers} | {**first.words}
    b: dict[int | str, float] = {**second.numbers} | {**second.words}
    rest = (1 - math.fsum(a.values())) - (1 - math.fsum(b.values()))
    return 0.5 * math.fsum([*(abs(a.get(each, 0.0) - b.get(each, 0.0)) for each in {**a, **b}), abs(rest)])


def _drawn(instrument: Instrument, pair: Pair) -> Drawn:
    answers = [[parse_answer(instrument, text)[0] for text in found.samples] for found in (pair.before, *pair.now)]
    said = [answer for each in answers for answer in each]
    points = [instrument.words.get(answer) if isinstance(answer, str) else answer for answer in said]
    distances = [[_apart(a, b, said[i] == said[j]) for j, b in enumerate(points)] for i, a in enumerate(points)]
    values = [math.nan if point is None else float(point) for point in points]
    return Drawn(np.array(distances, dtype=np.float64), np.array(values), len(answers[0]))


def _apart(first: float | None, second: float | None, same: bool) -> float:
    if first is None or second is None:
        return 0.0 if same else _APART
    return abs(first - second)


def _interval(differences: Sequence[float]) -> tuple[float, float]:
    if len(differences) < 2:
        return math.nan, math.nan
    from scipy import stats

    half = float(stats.t.ppf(1 - LEVEL / 2, len(differences) - 1)) * stdev(differences) / len(differences) ** 0.5
    middle = fmean(differences)
    return middle - half, middle + half
