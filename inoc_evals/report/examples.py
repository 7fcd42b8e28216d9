"""Rows -> the responses that the report shows, few enough for one page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from inoc_evals.report.columns import part_of
from inoc_evals.report.plain import plain
from inoc_evals.report.values import TaskValues, values_of
from inoc_evals.results.row import ResponseRow

YES, NO, EXCLUDED = "yes", "no", "excluded"
RULE = (
    "A cell is one arm, task, condition (or category), question and outcome: the first headline value of the task is "
    "yes (0.5 or more), no, or excluded. Of a cell with more than {limit} responses, {limit} are shown at even steps "
    "through its order by checkpoint, item and number. Rare outcomes are therefore shown more often than they "
    "happen: numbers of examples are no rates."
)


@dataclass(frozen=True)
class Examples:
    """`chosen` out of `total` rows, at most `limit` per cell."""

    chosen: tuple[ResponseRow, ...]
    total: int
    limit: int

    @property
    def rule(self) -> str:
        """How the examples were chosen."""
        if len(self.chosen) == self.total:
            return "Every response is shown."
        return RULE.format(limit=self.limit)


def outcome(value: float | None) -> str:
    """How a value in 0..1 counts when responses are grouped."""
    return EXCLUDED if value is None else YES if value >= 0.5 else NO


def choose(rows: Sequence[ResponseRow], arms: Sequence[str], limit: int) -> Examples:
    """At most `limit` (1 or more) rows per cell, by `RULE`; cells in the order of arms, then by name."""
    values = values_of(rows)
    cells: dict[tuple[int, str, str, str, str], list[ResponseRow]] = {}
    order = {arm: place for place, arm in enumerate(arms)}
    for row in rows:
        place = order.get(row.arm, len(order))
        cells.setdefault((place, *part_of(row), row.cluster, _outcome(row, values[row.task])), []).append(row)
    chosen: list[ResponseRow] = []
    for _, cell in sorted(cells.items()):
        ordered = sorted(cell, key=lambda row: (row.arm, row.checkpoint, row.item, row.epoch, row.choice))
        chosen += [ordered[place] for place in even(len(ordered), limit)]
    return Examples(tuple(chosen), len(rows), limit)


def even(count: int, limit: int) -> list[int]:
    """At most `limit` places in 0..count-1, in the middle of as many steps of equal length."""
    taken = min(count, limit)
    return [(2 * place + 1) * count // (2 * taken) for place in range(taken)]


def embedded(examples: Examples) -> dict[str, Any]:
    """The examples as plain JSON. Prompts, which many responses share, are listed once and referred to by place."""
    prompts: dict[str, int] = {}
    return {
        "values": {
            task: {"rates": [key for key in found.keys if key not in found.ratings]}
            for task, found in values_of(examples.chosen).items()
        },
        "rows": [_row(row, prompts) for row in examples.chosen],
        "prompts": list(prompts),
    }


def _outcome(row: ResponseRow, values: TaskValues) -> str:
    if not values.headline:
        return EXCLUDED
    value = row.values.get(values.headline[0])
    return outcome(None if value is None else value / values.top(values.headline[0]))


def _row(row: ResponseRow, prompts: dict[str, int]) -> Mapping[str, Any]:
    prompt = None if row.prompt_text is None else prompts.setdefault(row.prompt_text, len(prompts))
    return {
        "arm": row.arm,
        "checkpoint": row.checkpoint,
        "task": row.task,
        "part": part_of(row)[1],
        "category": row.category,
        "question": row.cluster,
        "item": row.item,
        "epoch": row.epoch,
        "choice": row.choice,
        "response": row.response,
        "stop": row.stop_reason,
        "values": plain(row.values),
        "causes": plain(row.causes),
        "details": plain({key: detail for key, detail in row.details.items() if detail}),
        "prompt": prompt,
        "hash": row.prompt_sha256,
    }
