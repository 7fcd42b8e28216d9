"""Which of the data are kept aside, so that what was made from the rest is told by what it has not seen."""

from __future__ import annotations

import random

PART = 4
LEAST = 2 * PART


def kept_aside(count: int) -> frozenset[int]:
    """A quarter of the places 0 to `count` - 1, drawn at random, always the same ones: data may come in turns."""
    # No secret.
    return frozenset(random.Random(0).sample(range(count), count // PART))  # noqa: S311
