"""Paired comparison of two arms on the same questions."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import special

from inoc_evals.stats.rates import joint, limits
from inoc_evals.stats.variance import Components, components, spread, steadied

NAN = float("nan")
SMALLEST_P = 1e-100


@dataclass(frozen=True)
class Difference:
    """Mean of a - b over `clusters` common questions, with a two-sided interval and p-value; NaN if undefined."""

    mean: float
    low: float
    high: float
    p: float
    clusters: int
    unpaired: int


def paired_difference(a: Mapping[str, float], b: Mapping[str, float], level: float = 0.95) -> Difference:
    """The difference of two arms from their question means (question -> mean, in 0..1), paired by question; -1..1.

    One checkpoint per arm: says nothing about seeds. The interval is `interval`'s, the p-value the one at which it
    just reaches 0. Questions that only one arm has are left out and counted in `unpaired`.
    """
    common = sorted(a.keys() & b.keys())
    unpaired = len(a.keys() ^ b.keys())
    if not common:
        return Difference(NAN, NAN, NAN, NAN, 0, unpaired)
    first, second = (np.array([[arm[name] for name in common]]) for arm in (a, b))
    parts = Paired(components(first, math.inf), components(second, math.inf), gap_variance((first - second)[0]))
    low, high = interval(parts, level)
    return Difference(parts.mean, low, high, p_value(parts), len(common), unpaired)


@dataclass(frozen=True)
class Paired:
    """Two arms on the same questions, values in 0..1. `between_gaps` is the variance of the mean of their question
    differences. Checkpoints count as a level of their own where both arms have more than one."""

    a: Components
    b: Components
    between_gaps: float

    @property
    def mean(self) -> float:
        """The mean of a - b, in -1..1."""
        return self.a.mean - self.b.mean

    @property
    def several_seeds(self) -> bool:
        """Whether the difference speaks of training seeds in general, and not of these checkpoints only."""
        return min(self.a.seeds, self.b.seeds) > 1

    @property
    def correlation(self) -> float:
        """The correlation of the arms' question means, -1..1, 0 where an arm has the same mean everywhere."""
        product = self.a.between_questions * self.b.between_questions
        if not product > 0:
            return 0.0
        shared = (self.a.between_questions + self.b.between_questions - self.between_gaps) / 2
        return max(-1.0, min(1.0, shared / math.sqrt(product)))


def gap_variance(gaps: np.ndarray) -> float:
    """The variance of the mean of question differences, shape (questions,); 0 for fewer than two."""
    return float(gaps.var(ddof=1)) / len(gaps) if len(gaps) > 1 else 0.0


def interval(parts: Paired, level: float = 0.95) -> tuple[float, float]:
    """The two-sided interval of a - b, within -1..1; NaN for fewer than two questions.

    It is the outer limits of two intervals, because each fails where the other holds. Paired t over the questions
    (Miller, arXiv 2411.00640) fails at low rates, where differences are skewed or all 0. The difference of the arms'
    own intervals with their correlation (Newcombe, Stat. Med. 17, 1998, 2635; Zou and Donner, Stat. Med. 27, 2008,
    1693) fails where arms are so alike that the correlation, estimated from few questions, cancels nearly everything.
    In those own intervals checkpoints add their squared half-width as in `rates.interval`, with degrees of freedom half
    way between Welch's and the smaller arm's checkpoints - 1: Welch's are estimated from the few checkpoints too, and
    alone they cover a point or two too little.
    """
    return (NAN, NAN) if parts.a.questions < 2 else _interval_at(parts, (1 - level) / 2)


def _interval_at(parts: Paired, tail: float) -> tuple[float, float]:
    quantile = -float(special.stdtrit(parts.a.questions - 1, tail))
    freedom = _freedom(parts.a, parts.b) if parts.several_seeds else 0.0
    a, b = (_margins(arm, quantile, freedom, tail) for arm in (parts.a, parts.b))
    twice = 2 * parts.correlation * a.by_question * b.by_question
    by_t = quantile**2 * parts.between_gaps
    below = max(a.below**2 + b.above**2 - twice * a.below * b.above, by_t, 0.0)
    above = max(a.above**2 + b.below**2 - twice * a.above * b.below, by_t, 0.0)
    return max(-1.0, parts.mean - math.sqrt(below)), min(1.0, parts.mean + math.sqrt(above))


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
    outside, inside = 1.0, SMALLEST_P
    if _leaves_out_zero(parts, inside):
        return inside
    for _ in range(100):
        middle = math.sqrt(outside * inside)
        if _leaves_out_zero(parts, middle):
            outside = middle
        else:
            inside = middle
        if outside < inside * (1 + 1e-6):
            break
    return outside


def _leaves_out_zero(parts: Paired, p: float) -> bool:
    # 1 - p is not exact below 1e-16, and the tail is what the interval needs.
    low, high = _interval_at(parts, p / 2)
    return low > 0 or high < 0


@dataclass(frozen=True)
class _Margins:
    """Distances from an arm's mean to its limits, and the share of its half-width that comes from its questions."""

    below: float
    above: float
    by_question: float


def _margins(arm: Components, quantile: float, freedom: float, tail: float) -> _Margins:
    p, binomial = arm.mean, spread(arm.mean)
    trials, by_question = float(arm.questions), 1.0
    if binomial > 0 and quantile > 0:
        squared = quantile**2 * steadied(arm.between_questions, p, arm.questions)
        total = joint(squared, arm.between_seeds if freedom else 0.0, arm.cells, freedom, tail)
        trials, by_question = binomial * quantile**2 / total, math.sqrt(squared / total)
    low, high = limits(p, trials, quantile, tail)
    return _Margins(p - low, high - p, by_question)


def _freedom(a: Components, b: Components) -> float:
    fewest = min(a.seeds, b.seeds) - 1
    total = a.between_seeds + b.between_seeds
    squares = a.between_seeds**2 / (a.seeds - 1) + b.between_seeds**2 / (b.seeds - 1)
    welch = total**2 / squares if squares > 0 else a.seeds + b.seeds - 2
    return (fewest + max(fewest, welch)) / 2
