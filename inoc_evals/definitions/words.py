"""Words of messages: what the user wrote, kept short, and what he may have meant."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

# Likeness is found in time that grows with the square of the length, and no name of ours is nearly as long.
_LONGEST = 100
_SHOWN = 60
_KEPT = 200  # of a word that is longer than twice that, at either end
_LONG_WORD = re.compile(rf"\S{{{2 * _KEPT + 1},}}")
_COLOUR = r"(?:bright_)?(?:red|green|blue|yellow|cyan|magenta|white|black)"
_STYLE = rf"(?:bold|italic|underline|dim|b|i|u|{_COLOUR}|link(?:=[^\]]*)?)"
_MARKUP = re.compile(rf"(?<!\\)\[(?:/|/?{_STYLE}(?: {_STYLE})*)\]")


def shown(value: object) -> str:
    """`value` as Python writes it, cut to 60 characters, for the middle of a sentence."""
    # A number of thousands of digits cannot even be written as a text.
    try:
        text = repr(value)
    except ValueError:
        return "a number of thousands of digits"
    return text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."


def printable(text: str) -> str:
    """A message for a terminal: control characters and half characters as escapes, so that nothing in a name or file
    can move the cursor or forge a line, and words of thousands of characters cut in the middle."""
    plain = "".join(
        letter if letter.isprintable() or letter == "\n" else letter.encode("unicode_escape").decode()
        for letter in text
    )
    return _LONG_WORD.sub(lambda word: f"{word[0][:_KEPT]}...{word[0][-_KEPT:]}", plain)


def one_line(error: Exception) -> str:
    """What an error says, as one line; its kind where it says nothing."""
    return " ".join(str(error).split()) or type(error).__name__


def near(name: str, known: Iterable[str], cutoff: float = 0.6) -> str | None:
    """The name in `known` that `name` resembles most, if any does by `cutoff` (0..1, difflib's ratio)."""
    if len(name) > _LONGEST:
        return None
    return next(iter(difflib.get_close_matches(name, list(known), n=1, cutoff=cutoff)), None)


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """The end of a sentence about an unknown name: "; did you mean 'x'?", or nothing."""
    meant = near(name, known)
    return f"; did you mean {meant!r}?" if meant is not None else ""


def without_markup(text: str) -> str:
    """A message of inspect's as one plain line: without rich's markup for styles, and with its escapes undone. Other
    words in square brackets stay."""
    return " ".join(_MARKUP.sub("", text).replace("\\[", "[").split()).removeprefix("ERROR: ")
