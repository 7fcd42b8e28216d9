"""Paired comparison of two arms on the same questions."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import special

from inoc_evals.stats.limits import limits
from inoc_evals.stats.rates import trials
from inoc_evals.stats.responses import Floats
from inoc_evals.stats.tables import Table
from inoc_evals.stats.variance import PRIOR_SEEDS, Components, components, spread

NAN = float("nan")
SMALLEST_P = 1e-100
STEPS = 65


@dataclass(frozen=True)
class Paired:
    """Two arms on the same questions, values in 0..1. `between_gaps` is the variance of the mean of their question
    differences. Checkpoints count as a level of their own where both arms have more than one."""

    a: Components
    b: Components
    between_gaps: Floats | float

    @property
    def mean(self) -> float:
        """The mean of a - b, in -1..1."""
        return self.a.mean - self.b.mean

    @property
    def several_seeds(self) -> bool:
        """Whether the difference speaks of training seeds in general, and not of these checkpoints only."""
        return min(self.a.seeds, self.b.seeds) > 1

    @property
    def correlation(self) -> Floats:
        """The correlation of the arms' question means, -1..1, 0 where an arm has the same mean everywhere.

        A positive one is made smaller by half a response, the continuity correction of Newcombe's method 10 (Stat. Med.
        17, 1998, 2635), which for yes or no is 1 / (2n) over the product of the responses' standard deviations: answers
        that are all alike, or two questions, which always correlate perfectly, must not cancel everything.
        """
        total = np.asarray(self.a.between_questions + self.b.between_questions)
        product = np.asarray(self.a.between_questions * self.b.between_questions)
        found = (total - self.between_gaps) / 2 / np.sqrt(np.where(product > 0, product, 1.0))
        deviations = np.sqrt(spread(self.a.mean) * spread(self.b.mean))
        half = 0.5 / min(self.a.responses, self.b.responses) / np.where(deviations > 0, deviations, 1.0)
        certain = np.where(found > 0, np.maximum(found - half, 0.0), found)
        return np.where(product > 0, np.clip(certain, -1.0, 1.0), 0.0)


def paired(a: Table, b: Table) -> Paired:
    """Two arms that have the same questions, in the same order."""
    return Paired(components(a), components(b), gap_variance(a.question_means - b.question_means))


def gap_variance(gaps: np.ndarray) -> float:
    """The variance of the mean of question differences, shape (questions,); 0 for fewer than two."""
    return float(gaps.var(ddof=1)) / len(gaps) if len(gaps) > 1 else 0.0


def interval(parts: Paired, level: float = 0.95) -> tuple[float, float]:
    """The two-sided interval of a - b for questions like these, within -1..1; NaN for fewer than two questions.

    It is the outer limits of two intervals, because each fails where the other holds. Paired t over the questions
    (Miller, arXiv 2411.00640) fails at low rates, where differences are skewed or all 0. The difference of the arms'
    own intervals with their correlation (Newcombe, Stat. Med. 17, 1998, 2635; Zou and Donner, Stat. Med. 27, 2008,
    1693) fails where arms are so alike that the correlation, estimated from few questions, cancels nearly everything.
    In those own intervals checkpoints add their squared half-width as in `rates.interval`, with degrees of freedom half
    way between Welch's and the smaller arm's: Welch's are estimated from the few checkpoints too, and alone they cover
    a point or two too little.
    """
    if parts.a.questions < 2:
        return NAN, NAN
    low, high = limits_at(parts, (1 - level) / 2)
    return float(low), float(high)


def limits_at(parts: Paired, tail: Floats | float) -> tuple[Floats, Floats]:
    """Both limits at upper tail probability `tail` (above 0, at most 0.5), for 2 questions or more."""
    quantile = -special.stdtrit(parts.a.questions - 1, tail)
    freedom = _freedom(parts.a, parts.b) if parts.several_seeds else None
    a, b = (_margins(arm, freedom, tail) for arm in (parts.a, parts.b))
    twice = 2 * parts.correlation * a.by_question * b.by_question
    by_t = quantile**2 * np.asarray(parts.between_gaps)
    below = np.maximum(a.below**2 + b.above**2 - twice * a.below * b.above, by_t)
    above = np.maximum(a.above**2 + b.below**2 - twice * a.above * b.below, by_t)
    low, high = parts.mean - np.sqrt(below), parts.mean + np.sqrt(above)
    return np.maximum(-1.0, low), np.minimum(1.0, high)


def p_value(parts: Paired) -> float:
    """The two-sided p-value of no difference, 0..1: the interval at level 1 - p ends at 0. NaN for fewer than two
    questions, and at least 1e-100.

    With a handful of questions and nearly perfect correlation, limits can move in by less than 0.01 as the level rises;
    there, and only there, p and an interval that ends next to 0 may disagree.
    """
    if parts.a.questions < 2:
        return NAN
    if parts.mean == 0:
        return 1.0
    outside, inside = 0.0, math.log(SMALLEST_P)
    while outside - inside > 1e-7:
        steps = np.linspace(inside, outside, STEPS)
        # 1 - p is not exact below 1e-16, and the tail is what the interval needs.
        low, high = limits_at(parts, np.exp(steps) / 2)
        leaves_out = np.flatnonzero((low > 0) | (high < 0))
        if not len(leaves_out):
            return 1.0
        if leaves_out[0] == 0:
            return math.exp(inside)
        inside, outside = steps[leaves_out[0] - 1], steps[leaves_out[0]]
    return math.exp(outside)


@dataclass(frozen=True)
class _Margins:
    """Distances from an arm's mean to its limits, and the share of its half-width that comes from its questions."""

    below: Floats
    above: Floats
    by_question: Floats


def _margins(arm: Components, freedom: Floats | None, tail: Floats | float) -> _Margins:
    """`freedom` is that of the checkpoints; None leaves them out."""
    number, quantile, share = trials(arm, tail, 0.0 if freedom is None else freedom)
    low, high = limits(arm.mean, number, quantile, tail)
    return _Margins(arm.mean - low, high - arm.mean, share)


def _freedom(a: Components, b: Components) -> Floats:
    own = (PRIOR_SEEDS + a.seeds - 1, PRIOR_SEEDS + b.seeds - 1)
    total = np.asarray((a.between_seeds + b.between_seeds) ** 2)
    squares = a.between_seeds**2 / own[0] + b.between_seeds**2 / own[1]
    welch = np.where(squares > 0, total / np.where(squares > 0, squares, 1.0), sum(own))
    return np.asarray((min(own) + np.maximum(min(own), welch)) / 2)
