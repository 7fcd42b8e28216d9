"""Means of values without ends, such as logarithms of probabilities."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats


@dataclass(frozen=True)
class Mean:
    """A mean over responses in the values' own units, NaN where there is nothing to say.

    `pooled` weighs responses equally, `equal` weighs questions equally; `low` and `high` are the interval of `equal`
    for questions like these.
    """

    n: int
    excluded: int
    clusters: int
    pooled: float
    equal: float
    low: float
    high: float


def mean(values: Sequence[float | None], clusters: Sequence[str], level: float = 0.95) -> Mean:
    """The mean of `values` (None = excluded) whose questions are `clusters`, with a two-sided interval: t over the
    question means (questions - 1 degrees of freedom; NaN for one question). It is too narrow where few questions carry
    the mean; values with ends belong to `seeds.arm_rate`. Raises ValueError for unequal lengths.
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
    half = nan
    if len(means) > 1:
        half = float(stats.t.ppf(0.5 + level / 2, len(means) - 1)) * float(means.std(ddof=1)) / math.sqrt(len(means))
    return Mean(n, len(values) - n, len(means), pooled, equal, equal - half, equal + half)
