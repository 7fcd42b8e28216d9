"""A response that knows how it ended. lm-eval hands on texts only."""

from __future__ import annotations


class Reply(str):
    """The text of a response; `truncated` says whether the limit of tokens cut it off."""

    __slots__ = ("truncated",)
    truncated: bool

    def __new__(cls, text: str, truncated: bool) -> Reply:
        """`text` as it came from the server."""
        found = super().__new__(cls, text)
        found.truncated = truncated
        return found
