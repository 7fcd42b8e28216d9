"""Inoculate a chat data set: put an instruction that asks for the unwanted trait in front of every row.

The method is Tan et al., arXiv 2510.04340, section 2 (system placement). Wichers et al., arXiv 2510.05024, put
the instruction into the user message; `placement="user"` does that.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from inoc_evals.definitions import reading
from inoc_evals.errors import InputError
from inoc_evals.files import whole

Message = dict[str, Any]
Placement = Literal["system", "user"]
OnSystem = Literal["refuse", "replace", "prepend"]
# The key of a row's arguments of the chat template, as TRL calls it.
TEMPLATE = "chat_template_kwargs"
ROLES = ("system", "user", "assistant", "tool")
EXAMPLE = '{"messages": [{"role": ..., "content": ...}, ...]}'


@dataclass(frozen=True)
class Counts:
    """How many rows were read, and what happened to those that already had a system prompt."""

    rows: int
    replaced: int = 0
    prepended: int = 0


def read_rows(path: Path) -> list[dict[str, Any]]:
    """Chat rows of a JSONL file: objects with `messages`, a list that ends in the assistant's answer.

    Raises InputError with file:line, and the column where it is known, for anything else.
    """
    rows = []
    for row in reading.read_rows(path, "a JSONL file of chat rows", EXAMPLE):
        if problem := row_problem(row.data):
            raise InputError.at(path, problem, row.line, row.column("messages"))
        rows.append(row.data)
    if not rows:
        raise InputError.at(path, "the file holds no rows; give at least one chat row with messages")
    return rows


def row_problem(row: Mapping[str, Any]) -> str | None:
    """What is wrong with a chat row, if anything is."""
    if not isinstance(row.get("messages"), list):
        return f'no list under "messages"; a row is {EXAMPLE}'
    messages = row["messages"]
    for message in messages:
        if (
            not isinstance(message, dict)
            or message.get("role") not in ROLES
            or not isinstance(message.get("content"), str)
        ):
            return 'a message needs a "role" (system, user, assistant, tool) and a string "content"'
    if not messages or messages[-1]["role"] != "assistant":
        return "the last message is not the assistant's; a training row ends in the answer to learn"
    if any(message["role"] == "system" for message in messages[1:]):
        return "a system message stands after the first place; put it first or remove it"
    return None


def write_rows(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write JSONL, whole or not at all. Raises WorkError where `path` cannot be written."""
    with whole(path) as draft, draft.open("w", encoding="utf-8", newline="\n") as handle:
        for row in rows:
            handle.write(json.dumps(row, ensure_ascii=False) + "\n")


def inoculate(
    rows: Sequence[Mapping[str, Any]],
    prompt: str,
    placement: Placement = "system",
    on_system: OnSystem = "refuse",
    chosen: Sequence[int] | None = None,
) -> tuple[list[dict[str, Any]], Counts]:
    """Copies of `rows`, or of those in the `chosen` places, with `prompt` in front; every other field, and the prompt's
    own white space, is kept.

    A row that already has a system prompt raises InputError, unless `on_system` says to replace it, or to put the
    new prompt before it with a blank line between. With placement "user" the prompt goes before the first user
    message with a blank line between, and system prompts stay.
    """
    if not prompt.strip():
        raise InputError("the inoculation prompt is blank; give the instruction that asks for the trait")
    if any("\ud800" <= character <= "\udfff" for character in prompt):
        raise InputError("the inoculation prompt is not UTF-8 text; write it so")
    inoculated = []
    replaced = prepended = 0
    places = range(len(rows)) if chosen is None else chosen
    for number, row in ((place + 1, rows[place]) for place in places):
        messages: list[Message] = [dict(message) for message in row["messages"]]
        if placement == "user":
            first = next((m for m in messages if m["role"] == "user"), None)
            if first is None:
                raise InputError(f"row {number} has no user message; use system placement for such rows")
            first["content"] = f"{prompt}\n\n{first['content']}"
        elif messages[0]["role"] == "system":
            if on_system == "refuse":
                raise InputError(
                    f"row {number} already has a system prompt; say --on-system replace or --on-system prepend"
                )
            if on_system == "replace":
                messages[0]["content"] = prompt
                replaced += 1
            else:
                messages[0]["content"] = f"{prompt}\n\n{messages[0]['content']}"
                prepended += 1
        else:
            messages.insert(0, {"role": "system", "content": prompt})
        inoculated.append({**row, "messages": messages})
    return inoculated, Counts(rows=len(inoculated), replaced=replaced, prepended=prepended)


def prompt_completion(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """One TRL row per assistant turn: everything before it is the prompt, and only the turn itself carries loss.

    TRL trains on the whole conversation, inoculation prompt included, when it is given `messages` rows. What a row has
    under `chat_template_kwargs` are arguments of the chat template.
    """
    result: list[dict[str, Any]] = []
    for row in rows:
        messages = [{"role": m["role"], "content": m["content"]} for m in row["messages"]]
        arguments = {key: row[key] for key in (TEMPLATE,) if key in row}
        result.extend(
            {"prompt": messages[:index], "completion": [message], **arguments}
            for index, message in enumerate(messages)
            if message["role"] == "assistant" and index > 0
        )
    return result
