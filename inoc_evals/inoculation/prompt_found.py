"""The prompt that training rows have in common, found in the rows themselves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

# A text that fewer rows begin with is a part of what they say.
_SHARE = 0.05
_BREAK = "\n\n"


def prompt_of_rows(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """The system prompt of the rows or, where no system prompt is common to several, what several begin the first
    message of the user with, before a blank line: `prompt`, `placement`, and the number of `rows` that have it, of the
    `of` there are. Where there are several such prompts, as of a pool, it is the most frequent, and `prompts` is their
    number. None where no text is shared by two rows and by 5% of all.
    """
    system = [_system(row["messages"]) for row in rows]
    user = [_beginning(row["messages"]) for row in rows]
    for placement, texts in (("system", system), ("user", user)):
        counts = Counter(text for text in texts if text)
        shared = {text: count for text, count in counts.items() if count >= max(2, _SHARE * len(rows))}
        if shared:
            prompt = max(shared, key=lambda text: shared[text])
            told = {"prompt": prompt, "placement": placement, "rows": sum(shared.values()), "of": len(rows)}
            return told if len(shared) == 1 else {**told, "prompts": len(shared)}
    return None


def _system(messages: Sequence[Mapping[str, Any]]) -> str:
    return str(messages[0]["content"]).strip() if messages[0]["role"] == "system" else ""


def _beginning(messages: Sequence[Mapping[str, Any]]) -> str:
    first = next((message["content"] for message in messages if message["role"] == "user"), "")
    before, there, after = str(first).partition(_BREAK)
    return before.strip() if there and after.strip() else ""
