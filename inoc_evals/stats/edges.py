"""How sure it is that a quantity lies between two edges, from its intervals of all levels."""

from __future__ import annotations

import math
from collections.abc import Callable

Limits = Callable[[float], tuple[float, float]]
SMALLEST_P = 1e-12
_STEPS = 50


def p_between(limits: Limits, low: float, high: float) -> float:
    """The smallest p (0..1) at which the interval of level 1 - p lies between `low` and `high` without touching them;
    1 where not even the narrowest does, and NaN where there is no interval. It is at least 1e-12.

    `limits` gives both ends at a level. For one edge this is a two-sided p-value of the test against it; for two it is
    the larger of both, a test of equivalence (Westlake's, by inclusion of the interval), which errs on the safe side.
    """

    def inside(p: float) -> bool:
        ends = limits(1 - p)
        return low < ends[0] and ends[1] < high

    if any(math.isnan(end) for end in limits(0.5)):
        return math.nan
    widest, narrowest = math.log(SMALLEST_P), math.log(1 - 1e-9)
    if inside(math.exp(widest)):
        return SMALLEST_P
    if not inside(math.exp(narrowest)):
        return 1.0
    for _ in range(_STEPS):
        middle = (widest + narrowest) / 2
        widest, narrowest = (widest, middle) if inside(math.exp(middle)) else (middle, narrowest)
    return math.exp(narrowest)
