"""Responses in tables of other programs -> rows; what the kinds of tables have in common."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from inoc_evals.definitions.naming import name_after
from inoc_evals.errors import InputError
from inoc_evals.protocols.reasoning import split
from inoc_evals.readers.table import Record, Table, require
from inoc_evals.results.row import Asked, ResponseRow

CATEGORY = "all"
RESPONSE, QUESTION, ID = ("response", "answer"), ("question", "prompt"), ("question_id", "id")
SYSTEM = ("system", "system_prompt")
ARM, CHECKPOINT, CONDITION = ("arm", "group"), ("checkpoint", "model"), ("condition",)
# Columns that number or place a response, and are no measure of it.
PLACES = ("", "Unnamed: 0", "index", "id", "epoch", "sample", "seed", "paraphrase_ix", "layer", "coef")
# All columns that say what a response is, and are no measure of it.
TOLD = frozenset({*RESPONSE, *QUESTION, *SYSTEM, *ID, *ARM, *CHECKPOINT, *CONDITION, *PLACES})
Measured = tuple[Mapping[str, float | None], Mapping[str, str]]


def label_of(path: Path) -> str:
    """A checkpoint's name from that of its file."""
    return name_after(path.stem)


def rows_of_table(
    table: Table, task: str, measured: Callable[[Record], Measured], category: str = CATEGORY
) -> tuple[ResponseRow, ...]:
    """The rows of a table with a column of responses.

    Arm and checkpoint are columns of their own, or the file's name; responses to one question are its repeats, in the
    order of the file. Without questions and their ids each response is to a question of its own, called after its
    number. Raises InputError with file:line for an empty question.
    """
    response, question = require(table, *RESPONSE), table.first(*QUESTION)
    identity = table.first(*ID) or question
    arm, checkpoint, condition = (table.first(*names) for names in (ARM, CHECKPOINT, CONDITION))
    system = table.first(*SYSTEM)
    label = label_of(table.path)
    counts: dict[tuple[str, ...], int] = {}
    rows = []
    for number, record in enumerate(table.records, start=1):
        item = record.text(identity) if identity is not None else str(number)
        if not item or not item.strip():
            raise InputError.at(table.path, f"{identity} is empty; name the question", record.line)
        model = record.text(checkpoint) or label
        place = (record.text(arm) or model, model, record.text(condition) or "", item)
        counts[place] = counts.get(place, 0) + 1
        values, causes = measured(record)
        text, told = record.text(question), split(record.text(response) or "")
        shown = sys.intern(text) if text is not None else None
        rows.append(
            ResponseRow(
                arm=place[0],
                checkpoint=model,
                task=task,
                item=sys.intern(item),
                cluster=sys.intern(item),
                category=category,
                condition=place[2],
                epoch=counts[place],
                choice=0,
                response=told.answer,
                reasoning=told.reasoning,
                unfinished=not told.finished,
                values=values,
                causes=causes,
                details={},
                stop_reason="unknown",
                prompt_text=shown,
                prompt_sha256=None,
                asked=Asked(shown or None, _system(table, record, system), tells_system=system is not None),
            )
        )
    return tuple(rows)


def _system(table: Table, record: Record, column: str | None) -> str | None:
    """The system prompt. An empty cell of a CSV file is none; in JSON an empty text is one, and null is none."""
    text = record.text(column)
    return text or (None if table.path.suffix == ".csv" else text)


def numbers(table: Table, record: Record, columns: Sequence[str]) -> tuple[dict[str, float | None], dict[str, str]]:
    """The values of these columns, and the causes of those that are missing."""
    values: dict[str, float | None] = {}
    causes: dict[str, str] = {}
    for column in columns:
        values[column], cause = table.number(record, column)
        if cause is not None:
            causes[column] = cause
    return values, causes
