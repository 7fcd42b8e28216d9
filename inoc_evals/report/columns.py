"""Rows -> what the statistics take: the responses of one arm to one part of a task, for one value."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from inoc_evals.report.values import ROUNDING
from inoc_evals.results.row import ResponseRow
from inoc_evals.stats.responses import Responses

Part = tuple[str, str]


def part_of(row: ResponseRow) -> Part:
    """The task and, within it, the condition; the category in a task with one condition."""
    return row.task, row.condition or row.category


def parts(rows: Iterable[ResponseRow], tasks: Iterable[str] = ()) -> dict[Part, dict[str, list[ResponseRow]]]:
    """Rows by part and arm, parts as they first appear, those of `tasks` before all others and in their order."""
    found: dict[Part, dict[str, list[ResponseRow]]] = {}
    for row in rows:
        found.setdefault(part_of(row), {}).setdefault(row.arm, []).append(row)
    order = {task: place for place, task in enumerate(tasks)}
    return {part: found[part] for part in sorted(found, key=lambda part: order.get(part[0], len(order)))}


def all_arms(rows: Iterable[ResponseRow], arms: Sequence[str]) -> tuple[str, ...]:
    """`arms`, then those that only the rows name: no row is left out."""
    return tuple(dict.fromkeys((*arms, *(row.arm for row in rows))))


def responses(rows: Sequence[ResponseRow], key: str, top: float = 1.0) -> Responses:
    """The values of `key` as shares of its highest value `top`, with their questions and checkpoints.

    Raises ValueError for a value outside 0..`top` by more than rounding.
    """
    return Responses(
        [_share(row.values.get(key), top) for row in rows],
        [row.cluster for row in rows],
        [row.checkpoint for row in rows],
    )


def _share(value: float | None, top: float) -> float | None:
    if value is None or math.isnan(value):
        return None
    share = value / top
    nearest = min(max(share, 0.0), 1.0)
    return nearest if abs(share - nearest) <= ROUNDING else share
