"""A sum over a sum, as of losses over tokens, where both come in clusters."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special


@dataclass(frozen=True)
class Estimate:
    """A mean and the ends of its interval, None where one cluster tells nothing of how clusters differ."""

    mean: float
    low: float | None
    high: float | None


def ratio(totals: Sequence[float], sizes: Sequence[float], level: float = 0.95) -> Estimate:
    """The sum of `totals` over that of `sizes`, one of each a cluster, and its two-sided interval for clusters like
    these: the sum's linearised variance (Cochran, Sampling Techniques, 1977, 6.8), t with clusters - 1 degrees of
    freedom. With sizes of 1 it is a mean and its usual interval. `level` is in 0..1 exclusive, sizes are above 0.

    Raises ValueError where nothing is given, or columns differ in length.
    """
    if not len(totals) == len(sizes) > 0:
        raise ValueError("totals and sizes are empty or differ in length")
    given, weights = np.array(totals, dtype=np.float64), np.array(sizes, dtype=np.float64)
    mean, count = float(given.sum() / weights.sum()), len(given)
    if count < 2:
        return Estimate(mean, None, None)
    left = given - mean * weights
    error = math.sqrt(count / (count - 1) * float(left @ left)) / float(weights.sum())
    half = float(special.stdtrit(count - 1, (1 + level) / 2)) * error
    return Estimate(mean, mean - half, mean + half)
