"""Intervals of means on a scale without ends, such as log odds and lengths: clustered t."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import optimize, special

from inoc_evals.stats.differences import SMALLEST_P, Paired
from inoc_evals.stats.tables import Table
from inoc_evals.stats.variance import components

NAN = float("nan")
# A variance of the mean, and its degrees of freedom.
Part = tuple[float, float]
# Variances that are estimated in the same way, and whose sum has one t distribution.
Source = Sequence[Part]


@dataclass(frozen=True)
class Estimate:
    """A mean for questions like these with its standard error, the two ends of its interval and the two-sided p-value
    of a mean of 0; all but `mean` are NaN for fewer than two questions."""

    mean: float
    error: float
    low: float
    high: float
    p: float


def estimate(cells: Table, level: float = 0.95) -> Estimate:
    """An arm's mean, with the interval that `interval` gives."""
    return _estimate(cells.mean, _of_arm(cells), level)


def estimate_difference(parts: Paired, level: float = 0.95) -> Estimate:
    """The mean of a - b, with the interval and the p-value that `difference` gives."""
    return _estimate(parts.mean, _of_pair(parts), level)


def interval(cells: Table, level: float = 0.95) -> tuple[float, float]:
    """The two-sided interval of an arm's mean for questions like these; NaN for fewer than two questions.

    t over question means (questions - 1 degrees of freedom). Several checkpoints bring the variance of their own means
    with checkpoints - 1 degrees of freedom, and the squared half-widths add (Howe, J. Am. Stat. Assoc. 69, 1974): one
    t for the sum of both variances covers too little with two checkpoints. It is too narrow where few questions, not in
    the sample, carry the mean. `level` is in 0..1 exclusive.
    """
    return _around(cells.mean, _of_arm(cells), level)


def on_these_questions(cells: Table, level: float = 0.95) -> tuple[float, float]:
    """The two-sided interval of an arm's mean on these questions, for these checkpoints; NaN where no response tells
    how much the responses to one question vary.

    Every cell (one checkpoint on one question) is a stratum. Strata with one response are collapsed into one, whose
    variance holds what differs between them as well and is too large rather than too small (Cochran, Sampling
    Techniques, 1977, 5A.12).
    """
    strata = _within(cells)
    return _around(cells.mean, [strata] if strata else [], level)


def difference(parts: Paired, level: float = 0.95) -> tuple[tuple[float, float], float]:
    """The two-sided interval of a - b for questions like these and the p-value of no difference; NaN for fewer than two
    questions, and p at least 1e-100.

    Paired t over the questions' differences; where both arms have several checkpoints, these bring theirs as in
    `interval`, both arms' variances with Satterthwaite's degrees of freedom (Biometrics Bulletin 2, 1946, 110).
    """
    found = estimate_difference(parts, level)
    return (found.low, found.high), found.p


def difference_on_these_questions(a: Table, b: Table, level: float = 0.95) -> tuple[float, float]:
    """The two-sided interval of the mean of `a` minus that of `b` on these questions, as in `on_these_questions`:
    responses to the same question are drawn independently in both arms."""
    first, second = _within(a), _within(b)
    return _around(a.mean - b.mean, [[*first, *second]] if first and second else [], level)


def _of_arm(cells: Table) -> list[Source]:
    """What the variance of an arm's mean comes from; empty for fewer than two questions."""
    parts = components(cells)
    if parts.questions < 2:
        return []
    sources: list[Source] = [[(float(parts.between_questions), parts.questions - 1.0)]]
    if parts.seeds > 1:
        sources.append([(float(parts.between_seeds), parts.seeds - 1.0)])
    return sources


def _of_pair(parts: Paired) -> list[Source]:
    """The same of a difference."""
    if parts.a.questions < 2:
        return []
    sources: list[Source] = [[(float(parts.between_gaps), parts.a.questions - 1.0)]]
    if parts.several_seeds:
        sources.append([(float(arm.between_seeds), arm.seeds - 1.0) for arm in (parts.a, parts.b)])
    return sources


def _estimate(mean: float, sources: Sequence[Source], level: float) -> Estimate:
    if not sources or math.isnan(mean):
        return Estimate(mean, NAN, NAN, NAN, NAN)
    error = math.sqrt(sum(_summed(source)[0] for source in sources))
    return Estimate(mean, error, *_around(mean, sources, level), _p_value(mean, sources))


def _within(cells: Table) -> list[Part]:
    """What sampling responses adds to the variance of the mean, stratum by stratum; empty where nothing tells."""
    several, alone = cells.counts > 1, cells.counts == 1
    squares, freedom = cells.weights**2, cells.counts[several] - 1.0
    own = squares[several] * cells.deviations[several] / freedom / cells.counts[several]
    parts = list(zip(own.tolist(), freedom.tolist(), strict=True))
    count = int(alone.sum())
    if count > 1:
        parts.append((float(squares[alone].sum()) * float(cells.means[alone].var(ddof=1)), count - 1.0))
    elif count and parts:
        pooled = float(cells.deviations[several].sum() / freedom.sum())
        parts.append((float(squares[alone].sum()) * pooled, float(freedom.sum())))
    elif count:
        return []
    return parts


def _around(mean: float, sources: Sequence[Source], level: float) -> tuple[float, float]:
    if not sources or math.isnan(mean):
        return NAN, NAN
    half = _half_width(sources, (1 - level) / 2)
    return mean - half, mean + half


def _half_width(sources: Sequence[Source], tail: float) -> float:
    squares = 0.0
    for source in sources:
        variance, freedom = _summed(source)
        squares += float(special.stdtrit(freedom, tail)) ** 2 * variance
    return math.sqrt(squares)


def _p_value(mean: float, sources: Sequence[Source]) -> float:
    """The p at which the interval of level 1 - p ends at 0."""
    if mean == 0:
        return 1.0
    if len(sources) == 1:
        variance, freedom = _summed(sources[0])
        return max(SMALLEST_P, 2 * float(special.stdtr(freedom, -abs(mean) / math.sqrt(variance or 1e-300))))

    def lacking(log_p: float) -> float:
        return _half_width(sources, math.exp(log_p) / 2) - abs(mean)

    least = math.log(SMALLEST_P)
    return SMALLEST_P if lacking(least) <= 0 else math.exp(float(optimize.brentq(lacking, least, 0.0, xtol=1e-12)))


def _summed(source: Source) -> Part:
    """The sum of variances, and its degrees of freedom."""
    variances, freedoms = np.array(source).T
    total = float(variances.sum())
    # Shares of the total: the squares of tiny variances vanish in floating point.
    shares = variances / total if total > 0 else np.full(len(variances), 1 / len(variances))
    return total, 1 / float((shares**2 / freedoms).sum())
