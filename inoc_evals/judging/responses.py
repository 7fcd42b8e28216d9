"""Responses to rate by hand, from a JSONL file."""

from __future__ import annotations

import json
from pathlib import Path

from inoc_evals.judging.prompt import Material
from inoc_evals.spec.document import read_bytes
from inoc_evals.spec.errors import InputError

_KEYS = {"question", "answer", "system"}


def read_responses(path: Path) -> list[Material]:
    """Rows {"answer": ..., "question": ..., "system": ...} of a JSONL file. Raises InputError with file:line."""
    try:
        text = read_bytes(path, "a JSONL file of responses").decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError.at(path, "the text is not UTF-8; save the file as UTF-8") from None
    found = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError:
            raise InputError.at(path, "not valid JSON; write one object a line", number) from None
        if not isinstance(row, dict) or not isinstance(row.get("answer"), str):
            raise InputError.at(path, "a row needs a text `answer`; add it", number)
        if unknown := sorted(row.keys() - _KEYS):
            raise InputError.at(path, f"unknown key {unknown[0]!r}; choose from {', '.join(sorted(_KEYS))}", number)
        if not all(isinstance(row.get(key, ""), str) for key in _KEYS):
            raise InputError.at(path, "question and system must be texts; put them in quotes", number)
        found.append(Material(row["answer"], row.get("question"), row.get("system")))
    if not found:
        raise InputError.at(path, "there are no rows; write one response a line")
    return found
