"""Conversations that wait for an answer, and pairs of them of which one asks for a trait."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inoc_evals.analyses.response_losses import Prompt
from inoc_evals.definitions import reading
from inoc_evals.definitions.catalog import find_task
from inoc_evals.definitions.document import load_items
from inoc_evals.definitions.item import Item, render_items
from inoc_evals.definitions.task import task_parameters
from inoc_evals.errors import InputError
from inoc_evals.inoculation.rewrite import Message, inoculate, read_rows

EXAMPLE = '{"with": TEXT or MESSAGES, "without": TEXT or MESSAGES}'
_ROLES = ("system", "user", "assistant")


@dataclass(frozen=True)
class Asked:
    """A conversation up to where the assistant speaks. Those of one `item` are one question in the statistics."""

    item: str
    messages: tuple[Message, ...]


@dataclass(frozen=True)
class Pair:
    """The same request twice: `given` asks for the trait, or shows it, and `plain` does not."""

    given: tuple[Message, ...]
    plain: tuple[Message, ...]


def read_prompts(source: str, limit: int | None = None) -> tuple[Asked, ...]:
    """The first `limit` conversations, or all: the items of a task, or chat rows of a file, each without its last
    answer. Raises InputError for neither, and for an empty one."""
    if os.path.isfile(source) or source.endswith(".jsonl"):  # noqa: PTH113 - no name is too long for it
        found = [_of_row(place, row) for place, row in enumerate(read_rows(Path(source)))]
    else:
        path, task = find_task(source)
        items = render_items(load_items(path.parent / task.items), task_parameters(task, {}))
        found = [Asked(item.question, tuple(_of_item(item))) for item in items]
    return tuple(found[:limit])


def contrast_of_prompt(asked: Sequence[Asked], prompt: Prompt) -> tuple[Pair, ...]:
    """Every conversation under the prompt, and as it is. A system prompt of its own follows that one, after a blank
    line. Raises InputError as `inoculate` does."""
    rows = [{"messages": list(one.messages)} for one in asked]
    under, _ = inoculate(rows, prompt.text, prompt.placement, "prepend")
    return tuple(Pair(tuple(row["messages"]), one.messages) for row, one in zip(under, asked, strict=True))


def read_contrast(path: Path) -> tuple[Pair, ...]:
    """The pairs of a JSONL file, one a line: a text is what the user says, a list the messages up to the answer.

    Raises InputError with file:line:column for anything else.
    """
    pairs = []
    for row in reading.read_rows(path, "a JSONL file of contrast prompts", EXAMPLE):
        sides = {}
        for key in ("with", "without"):
            messages = _messages(row.data.get(key))
            if messages is None:
                remedy = f"a line is {EXAMPLE}, and messages end in the user's"
                raise InputError.at(path, f"{key!r} is no prompt; {remedy}", row.line, row.column(key))
            sides[key] = messages
        if strange := set(row.data) - {"id", *sides}:
            name = min(strange)
            raise InputError.at(path, f"{name!r} is no key of a pair; a line is {EXAMPLE}", row.line, row.column(name))
        pairs.append(Pair(sides["with"], sides["without"]))
    return tuple(pairs)


def pairs_sha256(pairs: Sequence[Pair]) -> str:
    """Content hash (64 hex digits) of the pairs, whatever file they stood in."""
    text = json.dumps([[list(pair.given), list(pair.plain)] for pair in pairs], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _of_row(place: int, row: Mapping[str, Any]) -> Asked:
    name = row.get("id")
    messages = [{"role": one["role"], "content": one["content"]} for one in row["messages"][:-1]]
    if not messages:
        raise InputError(f"row {place + 1}: the assistant speaks first, so that nothing asks; remove the row")
    return Asked(str(name) if isinstance(name, str | int) else f"row {place + 1}", tuple(messages))


def _of_item(item: Item) -> list[Message]:
    system = [{"role": "system", "content": item.system}] if item.system is not None else []
    before = [{"role": turn.role, "content": turn.content} for turn in (item.messages or ())[:-1]]
    return [*system, *before, {"role": "user", "content": item.prompt}]


def _messages(given: object) -> tuple[Message, ...] | None:
    if isinstance(given, str) and given.strip():
        return ({"role": "user", "content": given},)
    if not isinstance(given, list) or not given or not all(map(_is_message, given)) or given[-1]["role"] != "user":
        return None
    return tuple({"role": one["role"], "content": one["content"]} for one in given)


def _is_message(one: object) -> bool:
    return isinstance(one, dict) and one.get("role") in _ROLES and isinstance(one.get("content"), str)
