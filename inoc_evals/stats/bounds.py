"""What excluded responses could change: results as if they all had the lowest or the highest value."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from inoc_evals.stats.responses import Floats
from inoc_evals.stats.tables import Cells


@dataclass(frozen=True)
class Bounds:
    """The lowest and highest result that the excluded responses allow, in the units of the cells; NaN for no response,
    and for excluded ones on a scale without ends, where nothing is ruled out.

    These are limits for what was observed, not an interval: they say nothing about other questions or seeds.
    """

    low: float
    high: float


def bounds(arm: Cells, only: Collection[str] | None = None) -> Bounds:
    """The mean over questions of the means over checkpoints, with every excluded response at either end.

    `only` restricts it to these questions. Questions whose every response is excluded count.
    """
    asked = [place for place, name in enumerate(arm.questions) if only is None or name in only]
    sums, counts, excluded = (each[:, asked] for each in (arm.sums, arm.counts, arm.excluded))
    if not asked or (not arm.ended and excluded.any()):
        return Bounds(math.nan, math.nan)
    total = counts + excluded
    return Bounds(*(_mean((sums + end * excluded) / np.maximum(1, total), total > 0) for end in (0.0, 1.0)))


def difference_bounds(a: Cells, b: Cells) -> Bounds:
    """a - b over the questions that both arms were asked, worst case over both arms: lowest with a's excluded responses
    at the lowest value and b's at the highest, highest the other way round."""
    common = set(a.questions) & set(b.questions)
    first, second = bounds(a, common), bounds(b, common)
    return Bounds(first.low - second.high, first.high - second.low)


def _mean(means: Floats, present: np.ndarray) -> float:
    """The mean over questions of the mean over the checkpoints that were asked each."""
    columns = zip(means.T.tolist(), present.T.tolist(), strict=True)
    asked = [[mean for mean, there in zip(*column, strict=True) if there] for column in columns]
    return math.fsum(math.fsum(column) / len(column) for column in asked) / len(asked)
