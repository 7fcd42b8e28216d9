"""Who answers: what the replies to our requests say about the model behind them, heard without being asked for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

_LONGEST = 200  # characters of a name


@dataclass(frozen=True)
class Told:
    """What one reply says: the name of the `model`, such as the dated one behind an alias, and the `fingerprint` of
    what serves it; None for what it does not say."""

    model: str | None
    fingerprint: str | None


_listening: ContextVar[list[Told] | None] = ContextVar("_listening", default=None)


@contextmanager
def overheard() -> Iterator[list[Told]]:
    """A list that grows by one for every reply within the block, in tasks too that are started there."""
    replies: list[Told] = []
    token = _listening.set(replies)
    try:
        yield replies
    finally:
        _listening.reset(token)


def note(model: object, fingerprint: object) -> None:
    """Tell whoever listens what a reply says; what is no name counts as nothing said."""
    replies = _listening.get()
    if replies is not None:
        replies.append(Told(_name(model), _name(fingerprint)))


def _name(value: object) -> str | None:
    text = value.strip() if isinstance(value, str) else ""
    # It is shown on terminals and in reports.
    return text if 0 < len(text) <= _LONGEST and text.isprintable() else None
