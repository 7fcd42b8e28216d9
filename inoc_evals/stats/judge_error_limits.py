"""Intervals of means that were corrected for a judge's error, and of that error.

What questions, training seeds and responses bring is as in `rates.interval` and `differences.interval`, and what the
labels leave open is added as squared distances from the mean to its limits (MOVER: Zou and Donner, Stat. Med. 27, 2008,
1693). Of a yes or no the labels' limits are those of one more hit of the heaviest label (Fay and Feuer, Stat. Med. 16,
1997, 791), so that an error of the judge that no label happened to show still stays possible: the normal intervals of
prediction-powered inference have no width where no label differs from the judge. Ratings get the same, for what people
are above what is expected of them and for what they are below it, since t limits miss large errors that are rare.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy import special

from inoc_evals.stats import rates, these_questions
from inoc_evals.stats.differences import Paired, gap_variance, limits_at
from inoc_evals.stats.edges import p_between
from inoc_evals.stats.judge_error import Corrected, JudgedClass, LabelError, Limit, common
from inoc_evals.stats.limits import Interval, limits, sum_limits, weighted_upper
from inoc_evals.stats.rates import trials
from inoc_evals.stats.responses import Floats
from inoc_evals.stats.variance import Components, components

NAN = float("nan")
POWER = 0.8
# What is left of no error by rounding, as a share.
_NOTHING = 1e-12
Ends = tuple[float, float]


@dataclass(frozen=True)
class CorrectedMean:
    """A corrected rate (or mean rating), 0..1, beside the judge's own, `judged`; NaN where there is nothing to say.

    `low` and `high` are for questions like these and, unless `these_checkpoints_only`, other training seeds;
    `on_these_questions` is for the same questions and checkpoints asked again. Both hold what the labels leave open.
    `labels` are those of people that count, `set_apart` those by which people leave a response out. Where all responses
    have one (`all_labelled`) they leave nothing open.
    """

    mean: float
    judged: float
    low: float
    high: float
    on_these_questions: Interval
    labels: int
    set_apart: int
    all_labelled: bool
    questions: int
    checkpoints: int
    these_checkpoints_only: bool


@dataclass(frozen=True)
class CorrectedGap:
    """The corrected difference of two arms, -1..1, beside the judge's own, `judged`; as in `CorrectedMean`. `p` is the
    two-sided p-value of no difference. `labels` are those of both arms on the common questions."""

    mean: float
    judged: float
    low: float
    high: float
    on_these_questions: Interval
    p: float
    labels: tuple[int, int]
    questions: int
    these_checkpoints_only: bool


@dataclass(frozen=True)
class JudgeError:
    """By how much the judge is above people, -1..1, on the responses of an arm (or by how much more in one arm than in
    another), with the two-sided p-value of none. `least` is the smallest error that such labels would have told in 80%
    of draws, above or below 0. The interval is of these responses and no others: which of them were labelled is all
    that was left to chance."""

    mean: float
    low: float
    high: float
    p: float
    least: float


def rate(arm: Corrected, level: float = 0.95) -> CorrectedMean:
    """The corrected mean of an arm with both intervals."""
    parts = _parts(arm)
    tail = (1 - level) / 2
    low, high = _whole_limits(arm, parts, level)
    open_low, open_high = _open(arm.error, tail)
    again = _again(arm, tail)
    return CorrectedMean(
        mean=arm.mean,
        judged=arm.judged,
        low=max(0.0, arm.mean - math.hypot(arm.mean - low, open_low)),
        high=min(1.0, arm.mean + math.hypot(high - arm.mean, open_high)),
        on_these_questions=Interval(max(0.0, arm.mean - again[0]), min(1.0, arm.mean + again[1])),
        labels=arm.labels,
        set_apart=arm.set_apart,
        all_labelled=bool(arm.given.labelled.all()),
        questions=parts.questions,
        checkpoints=parts.seeds,
        these_checkpoints_only=parts.seeds < 2,
    )


def difference(a: Corrected, b: Corrected, level: float = 0.95) -> CorrectedGap:
    """The corrected a - b, paired by question; each arm is corrected by its own labels. NaN without a common question,
    or where an arm has no label there."""
    pair = common(a, b)
    if pair is None:
        nothing = Interval(NAN, NAN)
        return CorrectedGap(NAN, NAN, NAN, NAN, nothing, NAN, (0, 0), 0, these_checkpoints_only=True)
    a, b = pair
    gap, paired = a.mean - b.mean, _paired(a, b)
    (low, high), again = gap_limits(a, b, level)
    return CorrectedGap(
        mean=gap,
        judged=a.judged - b.judged,
        low=low,
        high=high,
        on_these_questions=again,
        p=_p_value(gap, lambda level: _gap_limits(a, b, paired, (1 - level) / 2)),
        labels=(a.labels, b.labels),
        questions=len(a.told.questions),
        these_checkpoints_only=not paired.several_seeds,
    )


def gap_limits(a: Corrected, b: Corrected, level: float = 0.95) -> tuple[Ends, Interval]:
    """Both intervals of `difference`, for questions like these and on these questions, of arms that have the same
    questions."""
    gap, tail = a.mean - b.mean, (1 - level) / 2
    (first_low, first_high), (second_low, second_high) = _again(a, tail), _again(b, tail)
    low, high = gap - math.hypot(first_low, second_high), gap + math.hypot(first_high, second_low)
    return _gap_limits(a, b, _paired(a, b), tail), Interval(max(-1.0, low), min(1.0, high))


def error(arm: Corrected, level: float = 0.95) -> JudgeError:
    """By how much the judge is above people in an arm."""

    def ends(level: float) -> Ends:
        below, above = _open(arm.error, (1 - level) / 2)
        return above, below

    return _error(arm.judged - arm.mean, ends, level)


def error_difference(a: Corrected, b: Corrected, level: float = 0.95) -> JudgeError:
    """By how much more the judge is above people in `a` than in `b`: what their uncorrected difference is off by. NaN
    without a common question, or where an arm has no label there."""
    pair = common(a, b)
    if pair is None:
        return JudgeError(NAN, NAN, NAN, NAN, NAN)
    first, second = pair

    def ends(level: float) -> Ends:
        tail = (1 - level) / 2
        (low_a, high_a), (low_b, high_b) = _open(first.error, tail), _open(second.error, tail)
        return math.hypot(high_a, low_b), math.hypot(low_a, high_b)

    return _error(first.judged - first.mean - second.judged + second.mean, ends, level)


def _error(mean: float, ends: Callable[[float], Ends], level: float) -> JudgeError:
    """`ends` gives the distances to both ends of an interval."""
    if math.isnan(mean):
        return JudgeError(NAN, NAN, NAN, NAN, NAN)
    if abs(mean) < _NOTHING:
        mean = 0.0

    def around(level: float) -> Ends:
        below, above = ends(level)
        return mean - below, mean + above

    quantile = -float(special.ndtri((1 - level) / 2))
    least = max(ends(level)) * (quantile - float(special.ndtri(1 - POWER))) / quantile
    low, high = around(level)
    return JudgeError(mean, max(-1.0, low), min(1.0, high), _p_value(mean, around), min(1.0, least))


def _p_value(mean: float, around: Callable[[float], Ends]) -> float:
    if mean == 0:
        return 1.0
    return p_between(around, 0.0, math.inf) if mean > 0 else p_between(around, -math.inf, 0.0)


def _gap_limits(a: Corrected, b: Corrected, paired: Paired, tail: float) -> Ends:
    gap = a.mean - b.mean
    if paired.a.questions < 2:
        return NAN, NAN
    low, high = (float(end) for end in limits_at(paired, tail))
    (low_a, high_a), (low_b, high_b) = _open(a.error, tail), _open(b.error, tail)
    below = math.sqrt((gap - low) ** 2 + low_a**2 + high_b**2)
    above = math.sqrt((high - gap) ** 2 + high_a**2 + low_b**2)
    return max(-1.0, gap - below), min(1.0, gap + above)


def _parts(arm: Corrected) -> Components:
    """What the variance of the mean would come from if all responses were labelled: at least what the estimates for
    each class show, or what the judge shows, and what the labels show beyond their own chance."""
    told, expected, alike = components(arm.told), components(arm.expected), components(arm.alike)
    return Components(
        arm.mean,
        _either(arm, told.between_questions, expected.between_questions, alike.between_questions),
        _either(arm, told.between_seeds, expected.between_seeds, alike.between_seeds) if told.seeds > 1 else 0.0,
        told.questions,
        told.seeds,
        told.responses,
    )


def _whole_limits(arm: Corrected, parts: Components, level: float) -> Ends:
    """What the interval would be if all responses were labelled. Where labels agree with the judge it is the
    uncorrected one, and it is never narrower than that of the estimates for each class."""
    tail = (1 - level) / 2
    number, quantile, _ = trials(parts, tail)
    low, high = limits(parts.mean, number, quantile, tail)
    known = arm.told if arm.given.labelled.all() else arm.expected
    least, most = rates.interval(replace(known, means=np.clip(known.means, 0.0, 1.0)), level)
    return min(float(low), least), max(float(high), most)


def _either(arm: Corrected, told: Floats | float, expected: Floats | float, alike: Floats | float) -> float:
    if arm.given.labelled.all():
        return float(told)
    return max(float(told) - arm.error.variance, float(expected) + arm.within, float(alike))


def _paired(a: Corrected, b: Corrected) -> Paired:
    told = gap_variance(a.told.question_means - b.told.question_means)
    expected = gap_variance(a.expected.question_means - b.expected.question_means)
    alike = gap_variance(a.alike.question_means - b.alike.question_means)
    open_ = a.error.variance + b.error.variance
    if not (a.given.labelled.all() and b.given.labelled.all()):
        told = max(told - open_, expected + a.within + b.within, alike)
    return Paired(_parts(a), _parts(b), told)


def _again(arm: Corrected, tail: float) -> Ends:
    """Distances to the limits on these questions: other responses of the same checkpoints, and other labels."""
    whole = arm.given.labelled.all()
    cells, within = (arm.told, 0.0) if whole else (arm.expected, arm.within)
    heaviest = float(arm.given.shares.max())
    low, high = (
        weighted_upper(one.mean, these_questions.variance(one) + within, heaviest, tail)
        for one in (cells.mirrored(), cells)
    )
    open_low, open_high = _open(arm.error, tail)
    return math.hypot(low - (1 - arm.mean), open_low), math.hypot(high - arm.mean, open_high)


def _open(error: LabelError, tail: float) -> Ends:
    """Distances from the mean to the limits that the labels alone leave."""
    if not error.classes:
        more, less = (sum_limits(each.mean, each.events, each.heaviest, tail) for each in (error.above, error.below))
        return (
            math.hypot(less.high - error.below.mean, error.above.mean - more.low),
            math.hypot(more.high - error.above.mean, error.below.mean - less.low),
        )
    ends = [_of_class(each, error.mean, tail) for each in error.classes]
    below, above = (math.hypot(*distances) / error.counted for distances in zip(*ends, strict=True))
    return below, above


def _of_class(each: JudgedClass, mean: float, tail: float) -> Ends:
    """A hit more among a class's labels raises the mean by 1 - mean, a miss more lowers it by the mean. Where nothing
    is set apart, one is the other's absence, and the distances are those of the share of hits."""
    more_hits, fewer_hits = _above(each.hits, tail), _above(each.no_hits, tail)
    more_misses, fewer_misses = _above(each.misses, tail), _above(each.no_misses, tail)
    below = (1 - mean) * fewer_hits + mean * more_misses
    above = (1 - mean) * more_hits + mean * fewer_misses
    return each.weight * below, each.weight * above


def _above(share: Limit, tail: float) -> float:
    mean = min(1.0, max(0.0, share.mean))
    return weighted_upper(mean, share.events * (1 - mean), share.heaviest, tail) - mean
