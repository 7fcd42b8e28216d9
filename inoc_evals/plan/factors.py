"""Whether the items of a run have the levels that their task contrasts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from inoc_evals.definitions.item import Item
from inoc_evals.definitions.task import Task
from inoc_evals.definitions.words import did_you_mean, shown
from inoc_evals.errors import InputError


def check_factors(task: Task, items: Sequence[Item], file: Path) -> None:
    """Raise InputError for an item of `file` without a level (a text or a number) of a factor, and where no item has
    the level with which others are compared."""
    for name, contrast in task.contrasts.items():
        levels: dict[str, None] = {}
        for item in items:
            level = item.data.get(contrast.by)
            if not isinstance(level, str | int | float) or isinstance(level, bool):
                message = f"item {item.id!r} has no level of {contrast.by} in its data, which contrast {name} needs"
                raise InputError.at(file, f"{message}; add it, as in {shown({contrast.by: contrast.reference})}")
            levels[str(level)] = None
        if contrast.reference not in levels:
            known = ", ".join(levels) + did_you_mean(contrast.reference, levels)
            message = f"no item has {contrast.by} {contrast.reference!r}, with which contrast {name} compares"
            raise InputError.at(file, f"{message}; choose a reference from {known}")
