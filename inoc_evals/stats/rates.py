"""Rates with intervals that know that responses to one question belong together."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

NAN = float("nan")


@dataclass(frozen=True)
class Rate:
    """A rate over responses. All shares are in 0..1, NaN where there is nothing to say.

    `pooled` weighs responses equally, `equal` weighs questions equally; `low` and `high` are the interval of `equal`.
    The bounds are `equal` as if every excluded response were 0, and as if every one were 1.
    """

    n: int
    excluded: int
    clusters: int
    pooled: float
    equal: float
    low: float
    high: float
    bound_low: float
    bound_high: float


def rate(values: Sequence[float | None], clusters: Sequence[str], level: float = 0.95) -> Rate:
    """The rate of `values` (0..1, None = excluded) whose questions are `clusters`, with a two-sided interval.

    Wilson's interval at the effective sample size of Korn and Graubard (Survey Methodology 24, 1998): p(1-p) over the
    variance between question means, at most n, with the t quantile for questions - 1. Where every question has the
    same mean of 0 or 1 that variance says nothing, and the effective size is the number of questions. With one
    question the interval is Wilson's over its responses, and speaks of that question only. Never raises on any data.
    """
    if len(values) != len(clusters):
        raise ValueError("values and clusters differ in length")
    everyone: dict[str, list[float | None]] = {}
    for value, cluster in zip(values, clusters, strict=True):
        missing = value is None or math.isnan(value)
        everyone.setdefault(cluster, []).append(None if missing else value)
    counted = {name: [v for v in group if v is not None] for name, group in everyone.items()}
    counted = {name: group for name, group in counted.items() if group}
    n = sum(len(group) for group in counted.values())
    excluded = len(values) - n
    if everyone:
        bound_low = float(np.mean([np.mean([v if v is not None else 0.0 for v in g]) for g in everyone.values()]))
        bound_high = float(np.mean([np.mean([v if v is not None else 1.0 for v in g]) for g in everyone.values()]))
    else:
        bound_low = bound_high = NAN
    if not counted:
        return Rate(0, excluded, 0, NAN, NAN, NAN, NAN, bound_low, bound_high)
    means = np.array([float(np.mean(group)) for _, group in sorted(counted.items())])
    equal = float(means.mean())
    pooled = float(np.concatenate([group for _, group in sorted(counted.items())]).mean())
    low, high = _interval(means, equal, n, level)
    return Rate(n, excluded, len(means), pooled, equal, low, high, bound_low, bound_high)


def _interval(means: np.ndarray, p: float, n: int, level: float) -> tuple[float, float]:
    count = len(means)
    tail = 0.5 + level / 2
    if count == 1:
        return wilson(p, n, float(stats.norm.ppf(tail)))
    quantile = float(stats.t.ppf(tail, count - 1))
    variance = float(means.var(ddof=1)) / count
    if variance > 0:
        return wilson(p, min(float(n), p * (1 - p) / variance), quantile)
    return wilson(p, float(n) if 0 < p < 1 else float(count), quantile)


def wilson(p: float, n: float, quantile: float) -> tuple[float, float]:
    """Wilson's score interval for a share `p` of `n` trials (n may be fractional), inside 0..1 and around p."""
    if n <= 0:
        return 0.0, 1.0
    square = quantile * quantile
    centre = (p + square / (2 * n)) / (1 + square / n)
    half = quantile * math.sqrt(max(0.0, p * (1 - p) / n + square / (4 * n * n))) / (1 + square / n)
    return max(0.0, min(p, centre - half)), min(1.0, max(p, centre + half))
