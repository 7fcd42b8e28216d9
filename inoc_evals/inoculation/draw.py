"""Drawing rows by a seed, the same ones every time."""

from __future__ import annotations

import random


def drawn(of: int, count: int, seed: int) -> list[int]:
    """`count` of the places 0 to `of` - 1, drawn by `seed`, in their order."""
    # No secret: the same rows must come again.
    return sorted(random.Random(f"rows {seed}").sample(range(of), count))  # noqa: S311
