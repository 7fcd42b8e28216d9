"""Anything -> plain JSON that may be published: no NaN, no credentials."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Set
from typing import Any

from inoc_evals.blanking import blanked


def plain(value: Any) -> Any:
    """`value` as dict, list, text, number, bool or None.

    NaN and infinities become None, mappings get text keys, dataclasses become mappings, sets are sorted, and anything
    else becomes its text.
    """
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, Set):
        return sorted((plain(inner) for inner in value), key=str)
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value]
    return str(value)


def public(settings: Any) -> Any:
    """Settings as plain JSON without credentials."""
    return blanked(plain(settings))


def flat(settings: Any) -> list[tuple[str, str]]:
    """Settings as (path of keys, text), for a table of two columns; nothing is left out."""
    found: list[tuple[str, str]] = []
    _flatten(plain(settings), "", found)
    return found


def _flatten(value: Any, path: str, found: list[tuple[str, str]]) -> None:
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            _flatten(inner, f"{path} / {key}" if path else key, found)
    elif isinstance(value, list) and any(isinstance(inner, (dict, list)) for inner in value):
        for place, inner in enumerate(value, start=1):
            _flatten(inner, f"{path} / {place}" if path else str(place), found)
    elif isinstance(value, list):
        found.append((path, ", ".join(map(_text, value)) or "-"))
    else:
        found.append((path, _text(value)))


def _text(value: Any) -> str:
    return "-" if value is None or value == {} else str(value)
