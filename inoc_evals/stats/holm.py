"""Correction for asking several questions at once."""

from __future__ import annotations

import math
from collections.abc import Sequence


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """Holm's adjusted p-values (Scand. J. Stat. 6, 1979, 65), 0..1, in the order given.

    Rejecting those at or below 0.05 keeps the chance of any false rejection in the family at 5%, however the tests
    depend on each other. NaN (nothing was tested) stays NaN and does not count in the family. Raises ValueError for a
    value outside 0..1.
    """
    order = by_size(p_values)
    adjusted = [math.nan] * len(p_values)
    highest = 0.0
    for rank, i in enumerate(order):
        highest = max(highest, min(1.0, (len(order) - rank) * p_values[i]))
        adjusted[i] = highest
    return tuple(adjusted)


def by_size(p_values: Sequence[float]) -> list[int]:
    """The places of the p-values that are not NaN, the smallest first. Raises ValueError for a value outside 0..1."""
    for p in p_values:
        if not math.isnan(p) and not 0 <= p <= 1:
            raise ValueError(f"{p} is no p-value")
    return sorted((i for i, p in enumerate(p_values) if not math.isnan(p)), key=lambda i: p_values[i])
