"""Limits of a share from a number of trials: Wilson's, moved out where hits are few."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from inoc_evals.stats.responses import Floats

# With more trials Wilson's upper limit is above the binomial one for every share up to 0.5.
FEW_TRIALS = 20.0


@dataclass(frozen=True)
class Interval:
    """The limits of a two-sided interval, NaN where there is nothing to say."""

    low: float
    high: float


def clopper_pearson(hits: int, trials: int, level: float = 0.95) -> Interval:
    """The exact interval of a share of `trials` independent trials, 1 or more (Clopper and Pearson, Biometrika 26,
    1934, 404, doi:10.1093/biomet/26.4.404)."""
    from scipy import stats

    found = stats.binomtest(hits, trials).proportion_ci(level, method="exact")
    return Interval(float(found.low), float(found.high))


def upper(p: Floats | float, n: Floats | float, quantile: Floats | float, tail: Floats | float) -> Floats:
    """Upper limits for shares `p` (0..1) of `n` trials (0 or more, fractions too) whose t quantile at upper tail
    probability `tail` is `quantile` (0 or more): Wilson's (JASA 22, 1927, 209), moved out next to 1.

    There Wilson's limit is too near: with 100 trials at a rate of 0.99 it covers 92.1%. Brown, Cai and DasGupta
    (Statistical Science 16, 2001, 112) replace it by the one-sided limit at twice the tail, here the exact binomial one
    at Korn and Graubard's n, which is smaller by the squared ratio of the normal and the t quantile.
    """
    p, n, quantile, tail = np.broadcast_arrays(*(np.asarray(given, dtype=float) for given in (p, n, quantile, tail)))
    square = np.maximum(quantile * quantile, np.finfo(float).tiny)
    half = quantile * np.sqrt(np.maximum(0.0, p * (1 - p) * n + square / 4))
    high = np.array(np.clip((p * n + square / 2 + half) / (n + square), p, 1.0))
    trials = n * special.ndtri(tail) ** 2 / square
    moved = (quantile > 0) & ((trials < FEW_TRIALS) | (p > 0.5)) & ((1 - p) * trials > 0)
    if moved.any():
        hits, misses = (p * trials)[moved], ((1 - p) * trials)[moved]
        high[moved] = np.maximum(high[moved], 1 - special.betaincinv(misses, hits + 1, 2 * tail[moved]))
    return high


def limits(p: float, n: Floats | float, quantile: Floats | float, tail: Floats | float) -> tuple[Floats, Floats]:
    """Both limits (see `upper`) for a share `p`, inside 0..1 and around p."""
    return np.minimum(p, 1 - upper(1 - p, n, quantile, tail)), upper(p, n, quantile, tail)


def weighted_upper(mean: float, variance: float, heaviest: float, tail: float) -> float:
    """The upper limit of a weighted mean (0..1) of yes and no: that of one more yes, of the weight of the heaviest
    response (Fay and Feuer, Stat. Med. 16, 1997, 791, with Clopper and Pearson's beta, because shares end at 1).

    `variance` is that of the mean, `heaviest` (0 or more) the largest share of it that one response makes, `tail` the
    upper tail probability. For n responses of equal weight whose variance is p(1-p)/n this is Clopper and Pearson's.
    """
    if mean >= 1 or mean + heaviest >= 1 + 1e-12:
        return 1.0
    if variance <= 0 and heaviest <= 0:
        return mean
    trials = (mean + heaviest) / (variance / (1 - mean) + heaviest**2)
    misses = 1 + trials * (1 - mean - heaviest)
    return float(1 - special.betaincinv(max(misses, 1e-12), trials * (mean + heaviest), tail))


def sum_limits(mean: float, variance: float, heaviest: float, tail: float) -> Interval:
    """The limits of a weighted sum (0 or more) of what is seldom, whose values have no upper end of their own: gamma
    with the sum's mean and variance, and for the upper one those of `heaviest` more (Fay and Feuer, as above)."""
    low = high = mean
    if mean > 0 and variance > 0:
        low = float(special.gammaincinv(mean**2 / variance, tail)) * variance / mean
    more, spread = mean + heaviest, variance + heaviest**2
    if more > 0 and spread > 0:
        high = float(special.gammainccinv(more**2 / spread, tail)) * spread / more
    return Interval(low, high)
