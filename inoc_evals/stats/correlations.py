"""How well one list of numbers goes with another: Pearson's and Spearman's correlations with intervals, calibration."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from inoc_evals.stats.responses import Floats

NAN = float("nan")
# Fewer pairs have no interval.
FEWEST = 4
_RESAMPLES = 9_999


@dataclass(frozen=True)
class Correlation:
    """A correlation of `n` pairs, -1..1, with its 95% interval, and the two-sided p-value of no relation; NaN where
    there is nothing to say: fewer than 3 pairs (4 for the interval), or one list has one value only."""

    value: float
    low: float
    high: float
    p: float
    n: int


@dataclass(frozen=True)
class Calibration:
    """How near predictions come to what was measured, in the unit of both.

    `bias` is the mean of measured minus predicted, `error` the mean size of this. `slope` and `intercept` are those of
    the line of least squares from predicted to measured: 1 and 0 where predictions are right. `inside` of `n` measured
    intervals hold the prediction. NaN where there is nothing to say.
    """

    bias: float
    error: float
    slope: float
    slope_low: float
    slope_high: float
    intercept: float
    inside: int
    n: int


def pearson(first: Sequence[float], second: Sequence[float]) -> Correlation:
    """Pearson's correlation. The interval is Fisher's (z, standard error 1/sqrt(n - 3)); p is from all orders of the
    pairs where there are few of them, else from 9,999 drawn ones with a fixed seed (scipy)."""
    from scipy import stats

    x, y = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    if _says_nothing(x, y):
        return Correlation(NAN, NAN, NAN, NAN, len(x))
    value = float(np.clip(np.corrcoef(x, y)[0, 1], -1.0, 1.0))
    low, high = _around(value, 1 / math.sqrt(len(x) - 3)) if len(x) >= FEWEST else (NAN, NAN)
    method = stats.PermutationMethod(n_resamples=_RESAMPLES, rng=np.random.default_rng(0))
    return Correlation(value, low, high, float(stats.pearsonr(x, y, method=method).pvalue), len(x))


def spearman(first: Sequence[float], second: Sequence[float]) -> Correlation:
    """Spearman's rank correlation, ties with their mean rank. The interval is that of Bonett and Wright (Psychometrika
    65, 2000, 23): z with the variance (1 + value^2 / 2) / (n - 3). Around a perfect order, which has no spread there,
    half of the smallest step that n ranks allow is taken back first. p as of `pearson`."""
    from scipy import stats

    x, y = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    if _says_nothing(x, y):
        return Correlation(NAN, NAN, NAN, NAN, len(x))
    n = len(x)
    ranks = stats.rankdata(x), stats.rankdata(y)
    value = float(np.clip(np.corrcoef(*ranks)[0, 1], -1.0, 1.0))
    low = high = NAN
    if n >= FEWEST:
        # The smallest change of the order, two neighbours in each other's place, takes 12 / (n^3 - n) away.
        most = 1 - 6 / (n**3 - n)
        centre = min(most, max(-most, value))
        low, high = _around(centre, math.sqrt((1 + centre**2 / 2) / (n - 3)))
        low, high = min(low, value), max(high, value)
    method = stats.PermutationMethod(n_resamples=_RESAMPLES, rng=np.random.default_rng(0))
    return Correlation(value, low, high, float(stats.pearsonr(*ranks, method=method).pvalue), n)


def calibration(
    predicted: Sequence[float], measured: Sequence[float], intervals: Sequence[tuple[float, float]]
) -> Calibration:
    """Predictions against what was measured, with the measured 95% intervals; the slope has a t interval (scipy)."""
    from scipy import special, stats

    x, y = np.asarray(predicted, dtype=float), np.asarray(measured, dtype=float)
    n = len(x)
    if not n:
        return Calibration(NAN, NAN, NAN, NAN, NAN, NAN, 0, 0)
    slope = low = high = intercept = NAN
    if n >= 3 and np.ptp(x) > 0:
        line = stats.linregress(x, y)
        half = float(-special.stdtrit(n - 2, 0.025)) * float(line.stderr)
        slope, intercept = float(line.slope), float(line.intercept)
        low, high = slope - half, slope + half
    inside = sum(below <= value <= above for value, (below, above) in zip(predicted, intervals, strict=True))
    return Calibration(
        bias=float((y - x).mean()),
        error=float(np.abs(y - x).mean()),
        slope=slope,
        slope_low=low,
        slope_high=high,
        intercept=intercept,
        inside=inside,
        n=n,
    )


def _says_nothing(x: Floats, y: Floats) -> bool:
    return len(x) < 3 or float(np.ptp(x)) == 0.0 or float(np.ptp(y)) == 0.0


def _around(value: float, error: float) -> tuple[float, float]:
    """The interval of a correlation whose z has this standard error."""
    from scipy import special

    half = float(-special.ndtri(0.025)) * error
    if abs(value) == 1:
        return value, value
    return math.tanh(math.atanh(value) - half), math.tanh(math.atanh(value) + half)
