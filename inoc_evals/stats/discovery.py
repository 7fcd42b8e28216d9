"""Correction for asking several questions at once where a few false findings among many are borne."""

from __future__ import annotations

import math
from collections.abc import Sequence

from inoc_evals.stats.holm import by_size


def discovery_rate(p_values: Sequence[float]) -> tuple[float, ...]:
    """Benjamini and Hochberg's adjusted p-values (J. R. Stat. Soc. B 57, 1995, 289), 0..1, in the order given.

    Of those at or below 0.05 at most 5% are false on average, where the tests are independent or go up and down
    together (Benjamini and Yekutieli, Ann. Stat. 29, 2001, 1165). NaN (nothing was tested) stays NaN and does not count
    in the family. Raises ValueError for a value outside 0..1.
    """
    order = by_size(p_values)[::-1]
    adjusted = [math.nan] * len(p_values)
    lowest = 1.0
    for above, i in enumerate(order):
        lowest = min(lowest, len(order) * p_values[i] / (len(order) - above))
        adjusted[i] = lowest
    return tuple(adjusted)
