"""What stands first on the page and what is folded: each task's leading category (or condition), then the others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

from inoc_evals.report.texts import heading
from inoc_evals.results.columns import leading


class Placed(Protocol):
    """Whatever is about one category or condition of a task."""

    @property
    def task(self) -> str:
        """The task's name."""

    @property
    def category(self) -> str:
        """The name of the category or condition."""


Line = TypeVar("Line", bound=Placed)


def by_lead(lines: Sequence[Line]) -> list[tuple[str, list[Line]]]:
    """The lines of each task's leading category, under "", then all others under what to call them."""
    categories: dict[str, dict[str, None]] = {}
    for line in lines:
        categories.setdefault(line.task, {})[line.category] = None
    leads = {task: leading(list(names)) for task, names in categories.items()}
    first = [line for line in lines if line.category == leads[line.task]]
    others = [line for line in lines if line.category != leads[line.task]]
    names = ", ".join(dict.fromkeys(heading(line.category) for line in others))
    groups = [("", first), (f"Other categories and conditions: {names}", others)]
    return [(label, group) for label, group in groups if group]
