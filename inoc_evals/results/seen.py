"""The scale of a value that nobody has declared, from its numbers."""

from __future__ import annotations

from collections.abc import Sequence

from inoc_evals.measures.scale import Scale, share

# A value may lie outside its scale by rounding.
ROUNDING = 1e-6


def seen_scale(key: str, numbers: Sequence[float]) -> Scale:
    """The scale of the value `key` with these `numbers`.

    Only 0 and 1 are a share of correct answers, or of whatever else is a yes; numbers from 0 to 1 with others between
    are a bounded mean. All else is an open mean: that no number was above 5 does not say that none can be. Without any
    number it is open too.
    """
    if numbers and all(number in (0.0, 1.0) for number in numbers):
        return share(key)
    if numbers and all(-ROUNDING <= number <= 1 + ROUNDING for number in numbers):
        return Scale(0.0, 1.0, "mean", "", "", key)
    return Scale(None, None, "unbounded", "", "", key)
