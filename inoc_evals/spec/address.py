"""Addresses of servers that the user names."""

from __future__ import annotations

from urllib.parse import urlsplit

from inoc_evals.spec.errors import InputError


def check_address(text: str, variable: str) -> None:
    """Raise InputError if `text`, which may be anything, is an address with a user name or key in it: every log and
    process list would show it. `variable` is the environment variable for the key."""
    if text.startswith(("http://", "https://")) and urlsplit(text).username is not None:
        place = text.partition("://")[2].rpartition("@")[2]
        raise InputError(f"the address of {place} holds a name or key, which logs would show; put it in {variable}")
