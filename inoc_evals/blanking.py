"""Keys and passwords are blanked in whatever this program writes: one place that knows what they look like."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any, overload

HIDDEN = "(hidden)"
_NAMES = (
    r"(api[_\-. ]?key|access[_\-. ]?key|key|token|secret|password|passwd|authorization|credentials?|signature|sig|pat)"
)
# The last word of a name says what it is: judge_api_key and hf-token are secret, max_tokens and monkey are not.
_SECRET_NAME = re.compile(rf"(^|[_\-. ]){_NAMES}$", re.I)
# Names that nothing harmless has, with a value in any notation: JSON, YAML, headers, assignments.
_PLAIN_NAMES = (
    r"[\w\-]*(api[_\-]?key|access[_\-]?token|auth[_\-]?token|secret[_\-]?(access[_\-]?)?key|client[_\-]?secret"
    r"|password)"
)
_BOUNDARY = r"(?<![A-Za-z0-9_\-])"
_PATTERNS = (
    # --api-key VALUE, --token=VALUE
    re.compile(rf"(?P<kept>(?:^|[\s=,'\"\[])--?(?:[\w\-]*[\-_])?{_NAMES}[=\s]\s*)[^\s,'\"]+", re.I),
    # ?key=VALUE&token=VALUE
    re.compile(rf"(?P<kept>[?&;](?:[\w\-.]*[\-_.])?{_NAMES}=)[^\s&;#'\"]+", re.I),
    re.compile(rf"(?P<kept>{_BOUNDARY}{_PLAIN_NAMES}['\"]?\s*[:=]\s*['\"]?)[^\s,;&'\"{{}}()]{{4,}}", re.I),
    re.compile(r"(?P<kept>authorization['\"]?\s*[:=]\s*['\"]?(?:bearer|basic)\s+)[\w\-.~+/=]+", re.I),
    re.compile(r"(?P<kept>\bbearer\s+)(?=[^\s,'\"]*\d)[\w\-.~+/=]{8,}", re.I),
    # scheme://user:password@host. Without an end to its length a long text is gone through for each of its letters.
    re.compile(r"(?P<kept>[a-z][a-z0-9+.\-]{0,40}://)[^/\s@#?]+(?=@)", re.I),
    # Keys that say by their beginning whose they are.
    re.compile(rf"(?P<kept>){_BOUNDARY}sk-(?=[\w\-]*\d)[\w\-]{{12,}}"),
    re.compile(
        rf"(?P<kept>){_BOUNDARY}(?:hf_|gh[pousr]_|github_pat_|gsk_|xai-|nvapi-|r8_|glpat-|pplx-|wandb_v1_|xox[abprs]-)"
        r"(?=[\w\-]*\d)[\w\-]{16,}"
    ),
    re.compile(rf"(?P<kept>){_BOUNDARY}AIza[\w\-]{{30,}}"),
    re.compile(rf"(?P<kept>){_BOUNDARY}(?:AKIA|ASIA)[A-Z0-9]{{16}}(?![A-Z0-9])"),
    re.compile(rf"(?P<kept>){_BOUNDARY}eyJ[\w\-]{{8,}}\.[\w\-]{{8,}}\.[\w\-]{{8,}}"),
)
# A shorter value of a variable may stand anywhere by chance.
_SHORTEST = 8


@overload
def blanked(value: str) -> str: ...
@overload
def blanked(value: Any) -> Any: ...
def blanked(value: Any) -> Any:
    """`value`, a text or plain JSON, with `(hidden)` in place of every credential.

    A credential is: the value of a key or option that names one; a user name or password in an address; a text that
    begins as the keys of well-known services do; and the values of the environment variables whose names end in KEY,
    TOKEN, SECRET, PASSWORD or the like, 8 or more characters long.
    """
    return _blanked(value, key_values())


def without_values(value: Any, values: tuple[str, ...]) -> Any:
    """`value`, a text or plain JSON, with `(hidden)` in place of the `values` alone, as `key_values` gives them: for
    what models have said, which may look like anything."""
    if isinstance(value, Mapping):
        return {key: without_values(inner, values) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [without_values(inner, values) for inner in value]
    if isinstance(value, str):
        for secret in values:
            value = value.replace(secret, HIDDEN)
    return value


def key_values() -> tuple[str, ...]:
    """The keys that stand in the environment, longest first."""
    found = {
        value.strip()
        for name, value in os.environ.items()
        # Some variables name the file that the key lies in.
        if _SECRET_NAME.search(name) and not value.strip().startswith(("/", "~", "."))
    }
    return tuple(sorted((value for value in found if len(value) >= _SHORTEST), key=len, reverse=True))


def looks_secret(text: str) -> bool:
    """Does `text` hold what `blanked` would hide?"""
    return blanked(text) != text


def _blanked(value: Any, values: tuple[str, ...]) -> Any:
    if isinstance(value, Mapping):
        return {
            _text(str(key), values): HIDDEN if inner and _names_secret(key, inner) else _blanked(inner, values)
            for key, inner in value.items()
        }
    if isinstance(value, list | tuple):
        # A command line names a credential in the word before it.
        before = [None, *value][: len(value)]
        return [
            HIDDEN if _is_option(word) else _blanked(inner, values) for word, inner in zip(before, value, strict=True)
        ]
    return _text(value, values) if isinstance(value, str) else value


def _text(text: str, values: tuple[str, ...]) -> str:
    shown: str = without_values(text, values)
    for pattern in _PATTERNS:
        shown = pattern.sub(rf"\g<kept>{HIDDEN}", shown)
    return shown


def _names_secret(key: Any, inner: Any) -> bool:
    # What has keys of its own is no credential but, say, an arm that is called "secret".
    return not isinstance(inner, Mapping) and bool(_SECRET_NAME.search(str(key)))


def _is_option(word: Any) -> bool:
    return isinstance(word, str) and word.startswith("-") and bool(_SECRET_NAME.search(word))
