"""Which values the responses of each task carry: headline values, other yes-or-no values, and ratings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from inoc_evals.definitions.catalog import find_task
from inoc_evals.errors import InputError
from inoc_evals.results.row import ResponseRow

# A probability that is 1 but for rounding is no rating.
ROUNDING = 1e-6


@dataclass(frozen=True)
class TaskValues:
    """The value keys of one task: `headline` for tables and figures; `ratings` run from 0 to 100, all others from 0
    to 1. `keys` are all of them, headline first."""

    headline: tuple[str, ...]
    keys: tuple[str, ...]
    ratings: frozenset[str]

    def top(self, key: str) -> float:
        """The highest possible value of `key`; the lowest is 0."""
        return 100.0 if key in self.ratings else 1.0


def values_of(rows: Sequence[ResponseRow]) -> dict[str, TaskValues]:
    """The values of every task in `rows`, in the order in which the tasks appear.

    What a task's definition does not say (it may not be installed here) is read off the rows: a value above 1 makes a
    key a rating; without a definition every other key is a headline value.
    """
    found: dict[str, dict[str, bool]] = {}
    for row in rows:
        above = found.setdefault(row.task, {})
        for key, value in row.values.items():
            above[key] = above.get(key, False) or (value is not None and value > 1 + ROUNDING)
    return {task: _values(task, above) for task, above in found.items()}


def _values(task: str, above: dict[str, bool]) -> TaskValues:
    high = {key for key, is_above in above.items() if is_above}
    try:
        definition = find_task(task)[1]
    except InputError:
        headline = tuple(key for key in above if key not in high) or tuple(above)
        ratings = frozenset(high)
    else:
        headline = tuple(key for key in definition.headline if key in above)
        known = set(definition.value_keys())
        ratings = frozenset(key for key in above if key in definition.ratings or (key in high and key not in known))
    return TaskValues(headline, (*headline, *(key for key in above if key not in headline)), ratings)
