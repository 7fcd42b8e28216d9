"""Addresses of servers that the user names."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from inoc_evals.blanking import looks_secret
from inoc_evals.errors import InputError

_EXAMPLE = "http://127.0.0.1:8000/v1"


def plain_address(text: str) -> str:
    """The URL, or URL#MODEL, without slashes where the URL ends: with them it is the same server. Any other text as it
    is."""
    if not text.lower().startswith(("http://", "https://")):
        return text
    url, mark, model = text.partition("#")
    return f"{url.rstrip('/')}{mark}{model}"


def named_twice(names: Sequence[str]) -> str | None:
    """The first of these names and addresses that stands there once more, be it with other slashes; None where none
    does."""
    plain = [plain_address(name) for name in names]
    return next((name for name, same in zip(names, plain, strict=True) if plain.count(same) > 1), None)


def check_address(text: str, variable: str) -> None:
    """Raise InputError if `text`, which may be anything, is an address that cannot be used or that holds a key: every
    log and process list would show it. `variable` is the environment variable for the key.

    A key is a user name, a query of any kind (to which no path of the interface could be added anyhow), and whatever
    `blanked` would hide in the path or in the model's name behind the #. The message repeats none of it.
    """
    if not text.lower().startswith(("http://", "https://")):
        return
    try:
        parts = urlsplit(text)
        host = f"{parts.hostname}:{parts.port}" if parts.port else parts.hostname
    except ValueError:
        raise InputError(
            f"an address cannot be read (its host or port is malformed); write it as in {_EXAMPLE}"
        ) from None
    if parts.username is not None or parts.password is not None:
        raise InputError(f"the address of {host} holds a name or key, which logs would show; put it in {variable}")
    if not host or any(character.isspace() or not character.isprintable() for character in text):
        raise InputError(f"an address cannot be read (it has no host, or holds blanks); write it as in {_EXAMPLE}")
    if parts.query or "?" in text.partition("#")[0]:
        remedy = f"end it where /v1 ends, and put a key in {variable}"
        raise InputError(f"the address of {host} holds a query (what follows the ?), which logs would show; {remedy}")
    if looks_secret(text):
        raise InputError(f"the address of {host} holds what looks like a key, which logs show; put it in {variable}")
