"""Which responses stand for the others where not all can be shown: some of every arm, part, question and outcome."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from inoc_evals.results.findings import Findings
from inoc_evals.results.methods import span_of
from inoc_evals.results.row import ResponseRow

YES, NO, COUNTED, EXCLUDED = "yes", "no", "counted", "excluded"


def examples(found: Findings, rows: Sequence[ResponseRow], limit: int) -> tuple[ResponseRow, ...]:
    """At most `limit` of `rows`, from which `found` was computed, per cell: one arm, part of a task, question and
    outcome. They are at even steps through the cell's order by checkpoint, item and number; cells in the order of arms,
    then of parts, then by name."""
    chosen: list[ResponseRow] = []
    for _, places in sorted(_by_cell(found).items()):
        # Only the rows of one cell are looked at together, so that there is no second list of all.
        cell = sorted((rows[place] for place in places.tolist()), key=_order)
        chosen += [cell[place] for place in even(len(cell), limit)]
    return tuple(chosen)


def even(count: int, limit: int) -> list[int]:
    """At most `limit` places in 0..count-1, in the middle of as many steps of equal length."""
    taken = min(count, limit)
    return [(2 * place + 1) * count // (2 * taken) for place in range(taken)]


def _by_cell(found: Findings) -> dict[tuple[int, int, str, str], np.ndarray]:
    """The numbers of the rows of each arm and part, both by number, question and outcome."""
    cells: dict[tuple[int, int, str, str], np.ndarray] = {}
    names = found.columns.questions.names
    for number, ((task, _), by_arm) in enumerate(found.columns.places.items()):
        for arm, places in by_arm.items():
            questions = found.columns.questions.codes[places]
            outcomes, outcome_names = _outcomes(found, task, places)
            codes = questions.astype(np.int64) * len(outcome_names) + outcomes
            order = np.argsort(codes, kind="stable")
            starts = np.flatnonzero(np.diff(codes[order], prepend=-1))
            for code, within in zip(codes[order][starts].tolist(), np.split(places[order], starts[1:]), strict=True):
                question, outcome = divmod(code, len(outcome_names))
                cells[found.arms.index(arm), number, names[question], outcome_names[outcome]] = within
    return cells


def _outcomes(found: Findings, task: str, places: np.ndarray) -> tuple[np.ndarray, tuple[str, ...]]:
    """The outcome of each row by number, and the outcomes' names."""
    values = found.tasks[task]
    names = (EXCLUDED, NO, YES)
    if not values.headline:
        return np.zeros(len(places), dtype=np.int64), names
    key = values.headline[0]
    numbers, span = found.columns.values[key].numbers[places], span_of(values.scales[key])
    if span is None:
        return (~np.isnan(numbers)).astype(np.int64), (EXCLUDED, COUNTED)
    shares = (numbers - span[0]) / (span[1] - span[0])
    return np.where(np.isnan(numbers), 0, np.where(shares >= 0.5, 2, 1)), names


def _order(row: ResponseRow) -> tuple[Any, ...]:
    return row.arm, row.checkpoint, row.item, row.epoch, row.choice
