"""Samples files of lm-eval -> rows that are known to hold what rating them again needs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, Json, ValidationError, model_validator

from inoc_evals.definitions.reading import read_rows
from inoc_evals.errors import InputError

Row = dict[str, Any]
_FORM = ConfigDict(strict=True, extra="allow")


class _Turn(BaseModel):
    model_config = _FORM
    role: Literal["system", "user", "assistant"]
    content: str


def _with_question(turns: object) -> object:
    if isinstance(turns, list) and not any(isinstance(turn, dict) and turn.get("role") == "user" for turn in turns):
        raise ValueError("there is no turn of the user")
    return turns


class _Document(BaseModel):
    model_config = _FORM
    inoc_task: str
    arguments: dict[str, Any]
    question_id: str
    category: str
    condition: str
    prefill: str
    messages: Annotated[list[_Turn], BeforeValidator(_with_question)]


class _Ours(BaseModel):
    model_config = _FORM
    doc: _Document
    # Texts, or for each option of a choice a likelihood.
    resps: Annotated[list[list[str]], Field(min_length=1, max_length=1)] | list[list[list[str]]]
    filtered_resps: list[list[Json[dict[str, Any]]]]
    metrics: list[str] = []

    @model_validator(mode="after")
    def _one_result_for_each_response(self) -> Self:
        texts = all(isinstance(one, str) for one in self.resps[0])
        if texts and self.filtered_resps and len(self.filtered_resps[0]) != len(self.resps[0]):
            raise ValueError("filtered_resps and resps differ in number")
        return self


def read_samples(path: Path) -> list[Row]:
    """The rows of a samples file, of one of our tasks or of another.

    Raises InputError with file:line for what lm-eval does not write, and for rows of ours that were changed so that
    they cannot be rated.
    """
    what = ("a samples_*.jsonl file of lm-eval", '{"doc": ..., "resps": ...}')
    rows: list[Row] = []
    first: tuple[object, str] | None = None
    for row in read_rows(path, *what, allow_nan=True):
        if not isinstance(row.data.get("doc"), dict) or "resps" not in row.data:
            raise InputError.at(path, "this is no row of lm-eval's samples; name a samples_*.jsonl file", row.line)
        run = _run(row.data)
        first = first or run
        if run != first:
            raise InputError.at(path, "this row is of another task or run than the first; split the file", row.line)
        if run[0] is not None:
            _check(path, row.line, row.data)
        rows.append(row.data)
    return rows


def kept_of(row: Row) -> Sequence[dict[str, Any] | None]:
    """What is known of each response of a row of ours beside its text; None where it was not measured."""
    if not row["filtered_resps"]:
        return [None] * len(row["resps"][0])
    return [json.loads(text) for text in row["filtered_resps"][0]]


def _run(row: Row) -> tuple[object, str]:
    """The task of ours and its arguments; a document of another task may hold anything."""
    task = row["doc"].get("inoc_task")
    return task, "" if task is None else json.dumps(row["doc"].get("arguments"), sort_keys=True)


def _check(path: Path, line: int, row: Row) -> None:
    try:
        _Ours.model_validate(row)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(step) for step in first["loc"]) or "the row"
        message = f"{where} is not as lm-eval wrote it ({first['msg'].lower()}); restore the file"
        raise InputError.at(path, message, line) from None
