"""Intervals on these questions: questions and checkpoints are fixed, and only the sampling of responses varies."""

from __future__ import annotations

import math

import numpy as np

from inoc_evals.stats.limits import weighted_upper
from inoc_evals.stats.tables import Table

NAN = float("nan")


def interval(cells: Table, level: float = 0.95) -> tuple[float, float]:
    """The two-sided interval of an arm's mean in 0..1 on these questions, for these checkpoints; NaN for no question.

    Every cell (one checkpoint on one question) is a stratum with its own rate, and the mean is a weighted sum over
    strata. Near 0 and 1 the variance that they show vanishes, or says little, so the upper limit is that for one more
    hit, of the weight of the heaviest response: the interval of Fay and Feuer (Stat. Med. 16, 1997, 791) for weighted
    sums of Poisson counts, with the beta distribution of Clopper and Pearson (Biometrika 26, 1934, 404) in place of the
    gamma, because shares end at 1. The lower limit is the same for misses. For one stratum this is Clopper and
    Pearson's interval but for the divisor n - 1 of the variance. Like theirs it covers more often than claimed.
    """
    if not cells.questions:
        return NAN, NAN
    tail = (1 - level) / 2
    mean = cells.mean
    return min(mean, 1 - _upper(cells.mirrored(), tail)), max(mean, _upper(cells, tail))


def difference(a: Table, b: Table, level: float = 0.95) -> tuple[float, float]:
    """The two-sided interval of the mean of `a` minus that of `b` on these questions, -1..1; NaN where one is empty.

    Responses to the same question are drawn independently in both arms, so that the arms' own intervals combine without
    a correlation (Newcombe, Stat. Med. 17, 1998, 873, method 10).
    """
    (low_a, high_a), (low_b, high_b) = interval(a, level), interval(b, level)
    gap = a.mean - b.mean
    low = gap - math.hypot(a.mean - low_a, high_b - b.mean)
    high = gap + math.hypot(high_a - a.mean, b.mean - low_b)
    return (NAN, NAN) if math.isnan(gap) else (max(-1.0, low), min(1.0, high))


def variance(cells: Table) -> float:
    """The variance of an arm's mean, not 1, that comes from sampling responses.

    A stratum of few responses shows too little of its own (two hits of two: none), so that is averaged with the
    variance that its hits would have if all strata had one rate, which weighs one response. Strata with one response,
    which cannot show any, are first collapsed into one, whose variance holds what differs between them as well and is
    too large rather than too small (Cochran, Sampling Techniques, 1977, 5A.12).
    """
    mean = cells.mean
    squares, counts = cells.weights**2, cells.counts
    several, alone = counts > 1, cells.means[counts == 1]
    own = (cells.deviations[several] + cells.means[several] * (1 - mean)) / counts[several] ** 2
    shared = (float(alone.var()) + float(alone.mean()) * (1 - mean) / len(alone)) if len(alone) else 0.0
    return float((squares[several] * own).sum() + squares[counts == 1].sum() * shared)


def _upper(cells: Table, tail: float) -> float:
    mean = cells.mean
    heaviest = float((cells.weights / np.maximum(1, cells.counts)).max())
    return weighted_upper(mean, variance(cells), heaviest, tail)
