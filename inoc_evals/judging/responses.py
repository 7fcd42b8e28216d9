"""Responses to rate by hand, from a JSONL file."""

from __future__ import annotations

from pathlib import Path

from inoc_evals.definitions.reading import read_rows
from inoc_evals.errors import InputError
from inoc_evals.judging.prompt import Material

_KEYS = {"question", "answer", "system"}


def read_responses(path: Path) -> list[Material]:
    """Rows {"answer": ..., "question": ..., "system": ...} of a JSONL file. Raises InputError with file:line:column."""
    found = []
    for row in read_rows(path, "a JSONL file of responses", '{"answer": ..., "question": ..., "system": ...}'):
        data = row.data
        if not isinstance(data.get("answer"), str):
            raise InputError.at(path, "a row needs a text `answer`; add it", row.line, row.column("answer"))
        if unknown := sorted(data.keys() - _KEYS):
            message = f"unknown key {unknown[0]!r}; choose from {', '.join(sorted(_KEYS))}"
            raise InputError.at(path, message, row.line, row.column(unknown[0]))
        for key in ("question", "system"):
            if not isinstance(data.get(key, ""), str):
                raise InputError.at(path, f"{key} must be a text; put it in quotes", row.line, row.column(key))
        found.append(Material(data["answer"], data.get("question"), data.get("system")))
    if not found:
        raise InputError.at(path, "there are no rows; write one response a line")
    return found
