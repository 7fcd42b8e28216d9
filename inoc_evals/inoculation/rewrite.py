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

from inoc_evals.spec.errors import InputError

Message = dict[str, Any]
Placement = Literal["system", "user"]
OnSystem = Literal["refuse", "replace", "prepend"]
ROLES = ("system", "user", "assistant", "tool")


@dataclass(frozen=True)
class Counts:
    """How many rows were read, and what happened to those that already had a system prompt."""

    rows: int
    replaced: int = 0
    prepended: int = 0


def read_rows(path: Path) -> list[dict[str, Any]]:
    """Chat rows of a JSONL file: objects with `messages`, a list that ends in the assistant's answer.

    Raises InputError with file and line for anything else.
    """
    if path.is_dir():
        raise InputError.at(path, "this is a folder; name a JSONL file of chat rows")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise InputError.at(path, "there is no such file; name a JSONL file of chat rows") from None
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise InputError.at(path, "the text is not UTF-8; save the file as UTF-8", line) from None
    rows = []
    # Only "\n" ends a JSONL row: str.splitlines would also cut at characters that JSON strings may hold.
    for number, line_text in enumerate(text.split("\n"), start=1):
        if not line_text.strip():
            continue
        try:
            row = json.loads(line_text)
        except json.JSONDecodeError as error:
            raise InputError.at(path, f"not JSON ({error.msg}); one object a line", number, error.colno) from None
        problem = _problem(row)
        if problem:
            raise InputError.at(path, problem, number)
        rows.append(row)
    if not rows:
        raise InputError.at(path, "the file holds no rows; give at least one chat row with messages")
    return rows


def _problem(row: object) -> str | None:
    if not isinstance(row, dict) or not isinstance(row.get("messages"), list):
        return 'no list under "messages"; a row is {"messages": [{"role": ..., "content": ...}, ...]}'
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
    """Write JSONL through a temporary file, so that an interrupted write leaves no half-made file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    with part.open("w", encoding="utf-8", newline="\n") as handle:
        for row in rows:
            handle.write(json.dumps(row, ensure_ascii=False) + "\n")
    part.replace(path)


def inoculate(
    rows: Sequence[Mapping[str, Any]],
    prompt: str,
    placement: Placement = "system",
    on_system: OnSystem = "refuse",
) -> tuple[list[dict[str, Any]], Counts]:
    """Copies of `rows` with `prompt` in front; every other field, and the prompt's own white space, is kept.

    A row that already has a system prompt raises InputError, unless `on_system` says to replace it, or to put the
    new prompt before it with a blank line between. With placement "user" the prompt goes before the first user
    message with a blank line between, and system prompts stay.
    """
    if not prompt.strip():
        raise InputError("the inoculation prompt is blank; give the instruction that asks for the trait")
    inoculated = []
    replaced = prepended = 0
    for number, row in enumerate(rows, start=1):
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
    return inoculated, Counts(rows=len(rows), replaced=replaced, prepended=prepended)


def prompt_completion(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, list[Message]]]:
    """One TRL row per assistant turn: everything before it is the prompt, and only the turn itself carries loss.

    TRL trains on the whole conversation, inoculation prompt included, when it is given `messages` rows.
    """
    result: list[dict[str, list[Message]]] = []
    for row in rows:
        messages = [{"role": m["role"], "content": m["content"]} for m in row["messages"]]
        result.extend(
            {"prompt": messages[:index], "completion": [message]}
            for index, message in enumerate(messages)
            if message["role"] == "assistant" and index > 0
        )
    return result
