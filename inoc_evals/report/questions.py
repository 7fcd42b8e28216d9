"""Rows -> heat maps: how often each question brings the trait out, arm by arm."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from inoc_evals.report.columns import responses
from inoc_evals.report.table import places
from inoc_evals.results.row import ResponseRow


@dataclass(frozen=True)
class HeatCell:
    """One arm on one question: the mean in 0..1 (NaN without a counted response) with its checkpoints weighing
    equally, and the numbers of counted and of excluded responses."""

    mean: float
    n: int
    excluded: int


@dataclass(frozen=True)
class HeatMap:
    """`cells[question][arm]`, in the order of `questions` and `arms`."""

    task: str
    category: str
    measure: str
    arms: tuple[str, ...]
    questions: tuple[str, ...]
    cells: tuple[tuple[HeatCell, ...], ...]


def heat_maps(
    rows: Sequence[ResponseRow], arms: Sequence[str], measures: Mapping[str, Sequence[str]]
) -> tuple[HeatMap, ...]:
    """One map per task, category and measure; questions by name."""
    maps = []
    for place, by_arm, top in places(rows, measures):
        groups: dict[str, dict[str, list[ResponseRow]]] = {}
        for arm in arms:
            for row in by_arm.get(arm, []):
                groups.setdefault(row.cluster, {}).setdefault(arm, []).append(row)
        cells = tuple(
            tuple(_cell(by_question.get(arm, []), place[2], top) for arm in arms)
            for _, by_question in sorted(groups.items())
        )
        maps.append(HeatMap(*place, tuple(arms), tuple(sorted(groups)), cells))
    return tuple(maps)


def _cell(rows: Sequence[ResponseRow], measure: str, top: float) -> HeatCell:
    found = responses(rows, measure, top)
    by_checkpoint: dict[str, list[float]] = {}
    for value, checkpoint in zip(found.values, found.checkpoints, strict=True):
        if value is not None:
            by_checkpoint.setdefault(checkpoint, []).append(value)
    means = [math.fsum(values) / len(values) for values in by_checkpoint.values()]
    mean = math.fsum(means) / len(means) if means else math.nan
    return HeatCell(mean, sum(map(len, by_checkpoint.values())), found.excluded)
