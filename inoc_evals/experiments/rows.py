"""Training rows of an experiment: chat rows with an id and tags."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from inoc_evals.definitions import reading
from inoc_evals.definitions.fields import LONGEST_ID, NAME
from inoc_evals.definitions.words import did_you_mean, shown
from inoc_evals.errors import InputError
from inoc_evals.inoculation.rewrite import EXAMPLE, Message, row_problem

_KEYS = ("id", "messages", "tags")
T = TypeVar("T")


@dataclass(frozen=True)
class Row:
    """One conversation that ends in the answer to learn. `tags` say which rows an arm's prompt is for; to a `bare` one
    none is given."""

    id: str
    messages: tuple[Message, ...]
    tags: frozenset[str] = field(default_factory=frozenset)
    bare: bool = False

    def trained(self) -> dict[str, Any]:
        """The row as a training has it: tags change nothing there."""
        return {"id": self.id, "messages": [dict(message) for message in self.messages]}


def read_rows(path: Path, *, foreign: bool = False) -> list[Row]:
    """The rows of a JSONL file, {"id": ..., "messages": [...], "tags": [...]} a line; tags may be left out, and ids,
    which are then the row's number. A `foreign` file may have other keys, and its ids and tags mean nothing.

    Raises InputError with file:line:column.
    """
    rows: list[Row] = []
    lines: dict[str, int] = {}
    for row in reading.read_rows(path, "a JSONL file of chat rows", EXAMPLE):
        if problem := row_problem(row.data):
            raise InputError.at(path, problem, row.line, row.column("messages"))
        if not foreign:
            _check(path, row, lines)
        given = {} if foreign else row.data
        name = given.get("id", f"row-{len(rows) + 1}")
        lines[name] = row.line
        rows.append(Row(name, tuple(row.data["messages"]), frozenset(given.get("tags", ()))))
    if not rows:
        raise InputError.at(path, "the file holds no rows; give at least one chat row with messages")
    return rows


def with_tags(rows: Sequence[Row], tags: Sequence[str] | None) -> list[Row]:
    """The rows that have one of these tags; None: all. Raises InputError for a tag that no row has."""
    if tags is None:
        return list(rows)
    there = frozenset[str]().union(*(row.tags for row in rows))
    for tag in tags:
        if tag not in there:
            remedy = did_you_mean(tag, there) or f"; there are: {', '.join(sorted(there)) or 'none'}"
            raise InputError(f"no row here has the tag {shown(tag)}{remedy}")
    return [row for row in rows if row.tags & set(tags)]


def rows_of(made: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rows that a generator made, as they are written to a file. Raises ValueError for what is no row: a fault of the
    generator."""
    found = []
    for row in made:
        if problem := row_problem(row):
            raise ValueError(f"a generator made {shown(row)}: {problem}")
        found.append({key: row[key] for key in _KEYS if key in row})
    return found


def _check(path: Path, row: reading.Row, lines: Mapping[str, int]) -> None:
    for key in row.data:
        if key not in _KEYS:
            remedy = did_you_mean(key, _KEYS) or f"; a row has {', '.join(_KEYS)}"
            raise InputError.at(path, f"unknown key {shown(key)}{remedy}", row.line, row.column(key))
    name, tags = row.data.get("id", ""), row.data.get("tags", [])
    if not isinstance(name, str) or len(name) > LONGEST_ID or ("id" in row.data and not name.strip()):
        raise InputError.at(path, f"id {shown(name)} is no id; write a short text", row.line, row.column("id"))
    if name in lines:
        message = f"id {shown(name)} stands already in line {lines[name]}; ids must be unique"
        raise InputError.at(path, message, row.line, row.column("id"))
    if not isinstance(tags, list) or not all(isinstance(tag, str) and re.fullmatch(NAME, tag) for tag in tags):
        message = f'tags are {shown(tags)}; write a list of names, as in ["spanish"]'
        raise InputError.at(path, message, row.line, row.column("tags"))
