"""Drawing rows by a seed, the same ones every time."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TypeVar

from inoc_evals.errors import InputError

T = TypeVar("T")


def drawn(of: int, count: int, seed: int) -> list[int]:
    """`count` of the places 0 to `of` - 1, drawn by `seed`, in their order."""
    # No secret: the same rows must come again.
    return sorted(random.Random(f"rows {seed}").sample(range(of), count))  # noqa: S311


def taken(rows: Sequence[T], amount: float | None, seed: int) -> list[T]:
    """So many of the rows (1 or more) or such a share of them (below 1, at least one row), drawn by `seed`, in their
    order; None: all. Raises InputError where there are fewer."""
    if amount is None:
        return list(rows)
    count = max(1, round(amount * len(rows))) if amount < 1 else int(amount)
    if count > len(rows):
        raise InputError(f"{count} rows are to be taken of {len(rows)}; take fewer, or a share below 1")
    return [rows[place] for place in drawn(len(rows), count, seed)]
