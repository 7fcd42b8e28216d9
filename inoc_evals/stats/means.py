"""Intervals of means on a scale without ends, such as log odds and lengths: clustered t."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
from scipy import special

from inoc_evals.stats.differences import SMALLEST_P, Paired
from inoc_evals.stats.tables import Table
from inoc_evals.stats.variance import components

NAN = float("nan")
# A variance of the mean, and its degrees of freedom.
Part = tuple[float, float]


def interval(cells: Table, level: float = 0.95) -> tuple[float, float]:
    """The two-sided interval of an arm's mean for questions like these; NaN for fewer than two questions.

    t over question means (questions - 1 degrees of freedom). Several checkpoints bring the variance of their own means
    with checkpoints - 1 degrees of freedom, and both add up with Satterthwaite's degrees of freedom (Biometrics
    Bulletin 2, 1946, 110). It is too narrow where few questions, not in the sample, carry the mean. `level` is in 0..1
    exclusive.
    """
    parts = components(cells)
    if parts.questions < 2:
        return NAN, NAN
    variances = [(float(parts.between_questions), parts.questions - 1.0)]
    if parts.seeds > 1:
        variances.append((float(parts.between_seeds), parts.seeds - 1.0))
    return _around(parts.mean, variances, level)


def on_these_questions(cells: Table, level: float = 0.95) -> tuple[float, float]:
    """The two-sided interval of an arm's mean on these questions, for these checkpoints; NaN where no response tells
    how much the responses to one question vary.

    Every cell (one checkpoint on one question) is a stratum. Strata with one response are collapsed into one, whose
    variance holds what differs between them as well and is too large rather than too small (Cochran, Sampling
    Techniques, 1977, 5A.12).
    """
    return _around(cells.mean, _within(cells), level)


def difference(parts: Paired, level: float = 0.95) -> tuple[tuple[float, float], float]:
    """The two-sided interval of a - b for questions like these and the p-value of no difference; NaN for fewer than two
    questions, and p at least 1e-100.

    Paired t over the questions' differences; where both arms have several checkpoints, these bring their variances as
    in `interval`.
    """
    if parts.a.questions < 2:
        return (NAN, NAN), NAN
    variances = [(float(parts.between_gaps), parts.a.questions - 1.0)]
    if parts.several_seeds:
        variances += [(float(arm.between_seeds), arm.seeds - 1.0) for arm in (parts.a, parts.b)]
    return _around(parts.mean, variances, level), _p_value(parts.mean, variances)


def difference_on_these_questions(a: Table, b: Table, level: float = 0.95) -> tuple[float, float]:
    """The two-sided interval of the mean of `a` minus that of `b` on these questions, as in `on_these_questions`:
    responses to the same question are drawn independently in both arms."""
    first, second = _within(a), _within(b)
    return _around(a.mean - b.mean, [*first, *second] if first and second else [], level)


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


def _around(mean: float, parts: list[Part], level: float) -> tuple[float, float]:
    if not parts or math.isnan(mean):
        return NAN, NAN
    error, freedom = _error(parts)
    half = -float(special.stdtrit(freedom, (1 - level) / 2)) * error
    return mean - half, mean + half


def _p_value(mean: float, parts: Iterable[Part]) -> float:
    if mean == 0:
        return 1.0
    error, freedom = _error(parts)
    return max(SMALLEST_P, 2 * float(special.stdtr(freedom, -abs(mean) / error))) if error > 0 else SMALLEST_P


def _error(parts: Iterable[Part]) -> tuple[float, float]:
    """The standard error of a mean with these variances, and Satterthwaite's degrees of freedom."""
    variances, freedoms = np.array(list(parts)).T
    total = float(variances.sum())
    # Shares of the total: the squares of tiny variances vanish in floating point.
    shares = variances / total if total > 0 else np.full(len(variances), 1 / len(variances))
    return math.sqrt(total), 1 / float((shares**2 / freedoms).sum())
