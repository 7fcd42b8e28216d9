"""What excluded responses could change: results as if they all had the lowest or the highest value."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from inoc_evals.stats.responses import Responses


@dataclass(frozen=True)
class Bounds:
    """The lowest and highest result that the excluded responses allow, in the values' units; NaN for no response.

    These are limits for what was observed, not an interval: they say nothing about other questions or seeds.
    """

    low: float
    high: float


def bounds(arm: Responses, only: Collection[str] | None = None) -> Bounds:
    """The mean over questions of the means over checkpoints, with every excluded response at either end of the span.

    `only` restricts it to these questions. Questions whose every response is excluded count.
    """
    cells: dict[str, dict[str, list[float | None]]] = {}
    for value, question, checkpoint in zip(arm.values, arm.questions, arm.checkpoints, strict=True):
        if only is None or question in only:
            missing = value is None or math.isnan(value)
            cells.setdefault(question, {}).setdefault(checkpoint, []).append(None if missing else value)
    if not cells:
        return Bounds(math.nan, math.nan)

    def filled(end: float) -> float:
        return _mean(
            [
                _mean([_mean([end if v is None else v for v in cell]) for cell in by_checkpoint.values()])
                for by_checkpoint in cells.values()
            ]
        )

    return Bounds(*map(filled, arm.span))


def difference_bounds(a: Responses, b: Responses) -> Bounds:
    """a - b over the questions that both arms were asked, worst case over both arms: lowest with a's excluded responses
    at the lowest value and b's at the highest, highest the other way round."""
    common = set(a.questions) & set(b.questions)
    first, second = bounds(a, common), bounds(b, common)
    return Bounds(first.low - second.high, first.high - second.low)


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)
