"""Means of values without a ceiling that matters, such as ratings from 0 to 100."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from inoc_evals.stats.rates import interval
from inoc_evals.stats.variance import components


@dataclass(frozen=True)
class Mean:
    """A mean over responses in the values' own units, NaN where there is nothing to say.

    `pooled` weighs responses equally, `equal` weighs questions equally; `low` and `high` are the interval of `equal`.
    """

    n: int
    excluded: int
    clusters: int
    pooled: float
    equal: float
    low: float
    high: float


def mean(
    values: Sequence[float | None],
    clusters: Sequence[str],
    level: float = 0.95,
    span: tuple[float, float] | None = None,
) -> Mean:
    """The mean of `values` (None = excluded) whose questions are `clusters`, with a two-sided interval.

    With `span`, the lowest and highest possible value, such as (0, 100) for ratings, the interval is that of a rate
    (see `rates.rate`), which holds near the ends too. Without it, t over the question means (questions - 1 degrees of
    freedom; NaN for one question), too narrow where few questions carry the mean. Raises ValueError for unequal
    lengths, an empty span or a value outside it.
    """
    groups: dict[str, list[float]] = {}
    for value, cluster in zip(values, clusters, strict=True):
        if value is not None and not math.isnan(value):
            groups.setdefault(cluster, []).append(value)
    n = sum(map(len, groups.values()))
    nan = float("nan")
    if not groups:
        return Mean(0, len(values), 0, nan, nan, nan, nan)
    means = np.array([float(np.mean(group)) for _, group in sorted(groups.items())])
    pooled = float(np.mean([value for group in groups.values() for value in group]))
    equal = float(means.mean())
    if span is not None:
        bottom, top = span
        if not bottom < top or not all(bottom <= value <= top for group in groups.values() for value in group):
            raise ValueError(f"values outside {bottom} to {top}")
        parts = components((means[None, :] - bottom) / (top - bottom), n)
        low, high = (bottom + share * (top - bottom) for share in interval(parts, level))
        return Mean(n, len(values) - n, len(means), pooled, equal, low, high)
    half = nan
    if len(means) > 1:
        half = float(stats.t.ppf(0.5 + level / 2, len(means) - 1)) * float(means.std(ddof=1)) / math.sqrt(len(means))
    return Mean(n, len(values) - n, len(means), pooled, equal, equal - half, equal + half)
