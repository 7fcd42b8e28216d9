"""A task of another package or file beside ours: what a plan knows of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Foreign:
    """`name` is the one in logs and results, `asked` the one that the user wrote. Each of `samples` is answered
    `responses` / `samples` times. `arguments` are its own, with those of our options."""

    name: str
    asked: str
    samples: int
    responses: int
    arguments: Mapping[str, Any]


# From the name that the user wrote, and arguments; raises InputError for what cannot be loaded.
Look = Callable[[str, Mapping[str, Any]], Foreign]
