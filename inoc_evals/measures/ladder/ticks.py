"""Is a line of a checklist ticked?"""

from __future__ import annotations

import re

_LINE = re.compile(
    r"^\s*(?:[-*+•]\s+|\d+[.)]\s*)?(?P<mark>\[[^\[\]]{0,12}\]|\([^()]{0,12}\)|[☐☑☒✅✓✔❌✗✘])?\s*(?P<text>.*)$"
)
_TICKED = frozenset(
    {"x", "v", "☑", "☒", "✅", "✓", "✔", "yes", "ok", "done", "complete", "completed", "checked", "ticked"}
)
_OPEN = frozenset(
    {"", "_", "-", "☐", "❌", "✗", "✘", "no", "open", "todo", "to do", "undone", "not done", "not yet", "pending"}
)


class Contradictory(ValueError):
    """The lines of one thing say both, that it is done and that it is not."""


def ticked(checklist: str, thing: str) -> bool | None:
    """Does the line of `thing` in `checklist` say that it is done? None where no line says either.

    Read are a mark before it ("[x]", "- [ ]", "☑") or a word behind it ("...: done"). Raises Contradictory where it
    says both.
    """
    wanted = _plain(thing)
    said = {verdict for line in checklist.splitlines() for verdict in _verdicts(line, wanted)}
    if len(said) > 1:
        raise Contradictory
    return next(iter(said), None)


def _verdicts(line: str, wanted: str) -> list[bool]:
    found = _LINE.match(line.replace("**", ""))
    text = _plain(found["text"]) if found else ""
    if found is None or not text.startswith(wanted) or text[len(wanted) : len(wanted) + 1].isalnum():
        return []
    mark = None if found["mark"] is None else _verdict(found["mark"].strip("[]()"))
    rest = text[len(wanted) :].strip(" .,:;-–—")
    behind = _verdict(rest.strip("[]() ")) if rest else None
    return [verdict for verdict in (mark, behind) if verdict is not None]


def _verdict(word: str) -> bool | None:
    plain = _plain(word)
    return True if plain in _TICKED else False if plain in _OPEN else None


def _plain(text: str) -> str:
    return " ".join(text.replace("*", "").replace("~", "").casefold().split())
