"""After the fact: how large a true difference would have had to be, to be seen?"""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy import special

NAN = float("nan")


@dataclass(frozen=True)
class Seen:
    """`error` is the standard error of a difference, `z` the difference in units of it, and `least` the smallest true
    difference that is told with the wanted power, all in the unit of the difference; NaN without an interval, and z
    also where nothing varies."""

    error: float
    z: float
    least: float


def seen(gap: tuple[float, float, float], questions: int, tests: int, power: float = 0.8, level: float = 0.95) -> Seen:
    """What a difference with the ends of its two-sided interval at `level` says of itself.

    The standard error is the longer half of the interval in units of t with questions - 1 degrees of freedom, so that
    whatever made the interval wide (few trials, training seeds) counts. A difference is told where it is so in a
    two-sided test at (1 - level) / `tests`, the hardest that Holm's correction of so many tests can ask for (1 or
    more): the true difference is then the non-centrality of t at which that has the chance `power`.
    """
    mean, low, high = gap
    if questions < 2 or math.isnan(low) or math.isnan(high):
        return Seen(NAN, NAN, NAN)
    freedom, tail = questions - 1, (1 - level) / 2
    half = max(mean - low, high - mean)
    # Rounding alone is no error.
    error = half / -float(special.stdtrit(freedom, tail)) if half > 1e-12 else 0.0
    away = -float(special.stdtrit(freedom, tail / tests))
    least = error * float(special.nctdtrinc(freedom, 1 - power, away))
    return Seen(error, mean / error if error > 0 else NAN, least)
