"""What models wrote for themselves before they answered: how often, how much, and how often it never ended."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean

from inoc_evals.results.row import ResponseRow


@dataclass(frozen=True)
class Reasoning:
    """The responses of one arm to one task: the shares that begin with reasoning and whose reasoning never ended, the
    limit of tokens (0 where it is not known), and mean tokens in all and of reasoning (NaN where nobody tells)."""

    task: str
    arm: str
    responses: int
    reasoning: float
    unfinished: float
    limit: int
    tokens: float
    thought: float


def reasoning(rows: Sequence[ResponseRow], arms: Sequence[str]) -> Iterator[Reasoning]:
    """One of each task, as they first appear, and arm that has responses; none where no model thought."""
    if not any(row.reasoning is not None or row.unfinished for row in rows):
        return
    by_task: dict[str, dict[str, list[ResponseRow]]] = {}
    for row in rows:
        by_task.setdefault(row.task, {}).setdefault(row.arm, []).append(row)
    for task, by_arm in by_task.items():
        for arm in (arm for arm in arms if arm in by_arm):
            yield _of_arm(task, arm, by_arm[arm])


def _of_arm(task: str, arm: str, rows: Sequence[ResponseRow]) -> Reasoning:
    limits = [row.tokens.limit for row in rows if row.tokens is not None and row.tokens.limit is not None]
    return Reasoning(
        task,
        arm,
        len(rows),
        fmean(row.reasoning is not None or row.unfinished for row in rows),
        fmean(row.unfinished for row in rows),
        max(limits, default=0),
        _mean(rows, lambda row: row.tokens.output if row.tokens is not None else None),
        _mean(rows, lambda row: row.tokens.reasoning if row.tokens is not None else None),
    )


def _mean(rows: Sequence[ResponseRow], of: Callable[[ResponseRow], float | None]) -> float:
    found = [number for row in rows if (number := of(row)) is not None]
    return fmean(found) if found else math.nan
