"""Intervals of exact values on a scale with ends, such as probabilities that a model was asked for: clustered t.

A share near 0 that was counted may be 0 by chance, and its interval must allow for it. A probability of 0.002 is known:
what is left is how questions and training seeds differ, which the values themselves show. So means and differences have
the intervals of a scale without ends, cut at the ends.
"""

from __future__ import annotations

from inoc_evals.stats import means
from inoc_evals.stats.differences import Paired
from inoc_evals.stats.tables import Table


def interval(cells: Table, level: float = 0.95) -> tuple[float, float]:
    """The two-sided interval of an arm's mean for questions like these, within 0..1; NaN for fewer than two
    questions."""
    low, high = means.interval(cells, level)
    return max(0.0, low), min(1.0, high)


def difference(parts: Paired, level: float = 0.95) -> tuple[tuple[float, float], float]:
    """The two-sided interval of a - b for questions like these, within -1..1, and the p-value of no difference; NaN for
    fewer than two questions."""
    (low, high), p = means.difference(parts, level)
    return (max(-1.0, low), min(1.0, high)), p
