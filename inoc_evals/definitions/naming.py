"""[ARM=]X, the one way in which every command names an arm: a name, an equals sign, and what is meant by it."""

from __future__ import annotations

import re

from inoc_evals.definitions.words import shown
from inoc_evals.errors import InputError

LABEL = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}\Z")
_OF_PLACES = frozenset("/\\:#?")


def split_named(text: str, what: str = "CHECKPOINT") -> tuple[str | None, str]:
    """The name (None: not given) and X of [ARM=]X, which messages call `what`; X is never empty.

    The first equals sign counts. A path or an address may hold one too: what stands before it is then no name, and all
    of the text is X. Raises InputError where X is missing, and for a name that cannot be one.
    """
    name, given, named = text.partition("=")
    if not given or _OF_PLACES & set(name):
        name, named = "", text
    elif not LABEL.match(name):
        remedy = "use letters, digits, '-', '_' and '.', or write ./ before a path that holds an equals sign"
        raise InputError(f"{shown(name)} cannot name an arm; {remedy}")
    if not named:
        raise InputError(f"{shown(text)} names no {what.lower()}; write ARM={what}")
    return name or None, named


def name_after(named: str) -> str:
    """A name for what has none: the last part of its path, address or id, in the characters of a name."""
    last = named.rstrip("/").rsplit("#", 1)[-1].rsplit("/", 1)[-1].rsplit(":", 1)[-1]
    name = re.sub(r"[^A-Za-z0-9_.-]+", "-", last).strip("-.")[:80] or "model"
    return name if LABEL.match(name) else f"m-{name}"
