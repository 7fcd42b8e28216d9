"""Paired comparison of two arms on the same questions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import stats


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
    """Paired t over question means (question -> mean, in 0..1). One checkpoint per arm: says nothing about seeds."""
    common = sorted(a.keys() & b.keys())
    unpaired = len(a.keys() ^ b.keys())
    nan = float("nan")
    if not common:
        return Difference(nan, nan, nan, nan, 0, unpaired)
    gaps = np.array([a[name] - b[name] for name in common])
    mean = float(gaps.mean())
    if len(gaps) < 2:
        return Difference(mean, nan, nan, nan, len(gaps), unpaired)
    error = float(gaps.std(ddof=1)) / len(gaps) ** 0.5
    if error == 0:
        return Difference(mean, mean, mean, float(mean == 0), len(gaps), unpaired)
    half = float(stats.t.ppf(0.5 + level / 2, len(gaps) - 1)) * error
    p = float(2 * stats.t.sf(abs(mean) / error, len(gaps) - 1))
    return Difference(mean, mean - half, mean + half, p, len(gaps), unpaired)
