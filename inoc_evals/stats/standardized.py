"""A difference of two arms in units of how much questions differ, so that values of several kinds can be compared."""

from __future__ import annotations

import math
from dataclasses import dataclass

from inoc_evals.stats.tables import Cells

# Of fewer a standard deviation says nothing: that of two questions may be a tenth of the true one by chance.
FEWEST = 5


@dataclass(frozen=True)
class Standardized:
    """A difference in standard units with its interval; None, and `why`, where there are no such units."""

    effect: float | None
    low: float | None = None
    high: float | None = None
    why: str = ""


def standardized(gap: tuple[float, float, float], deviation: float) -> Standardized:
    """A difference and the ends of its interval, in units of `deviation` (0 or more, of the same unit; NaN: unknown).

    The interval takes the deviation for known. It is a little too narrow for that where questions are few.
    """
    mean, low, high = gap
    if math.isnan(mean) or math.isnan(deviation):
        return Standardized(None, why=f"fewer than {FEWEST} questions in common")
    if deviation == 0:
        return Standardized(None, why="all questions have one value in either arm")
    first, last = (None if math.isnan(end) else end / deviation for end in (low, high))
    return Standardized(mean / deviation, first, last)


def average_deviation(a: Cells, b: Cells) -> float:
    """The mean of two arms' standard deviations of question means over their common questions, as shares of the scale
    or, without ends, in its unit; NaN for fewer than five questions.

    A difference in this unit is Cohen's d_av (Lakens, Front. Psychol. 4, 2013, 863, doi 10.3389/fpsyg.2013.00863). It
    does not grow with the likeness of the arms, as a paired t does, so that panels of other sizes can be compared.
    """
    common = sorted(set(a.table.questions) & set(b.table.questions))
    if len(common) < FEWEST:
        return math.nan
    deviations = [float(arm.table.only(common).question_means.std(ddof=1)) for arm in (a, b)]
    # Rounding alone makes no questions differ.
    return sum(each if each > 1e-12 else 0.0 for each in deviations) / 2
