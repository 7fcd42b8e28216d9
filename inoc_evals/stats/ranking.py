"""Several candidates that were measured on the same questions or rows: which of them can be told apart."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from inoc_evals.stats.holm import holm
from inoc_evals.stats.letters import letters, pairs, significant
from inoc_evals.stats.limits import Interval
from inoc_evals.stats.seeds import difference
from inoc_evals.stats.tables import Cells

NAN = float("nan")


def mean_interval(values: Sequence[float], level: float = 0.95) -> tuple[float, Interval]:
    """The mean of independent rows and its two-sided t interval; NaN ends for fewer than two."""
    from scipy import special

    given = np.asarray(values, dtype=float)
    if len(given) < 2:
        return (float(given[0]) if len(given) else NAN), Interval(NAN, NAN)
    half = -float(special.stdtrit(len(given) - 1, (1 - level) / 2)) * float(given.std(ddof=1)) / math.sqrt(len(given))
    mean = float(given.mean())
    return mean, Interval(mean - half, mean + half)


def letters_of_rows(candidates: Sequence[Sequence[float]]) -> tuple[str, ...]:
    """Letters for candidates with a number for each of the same rows: all pairs by the paired t test over rows, and
    Holm's correction for all of them."""
    found = [_paired_p(candidates[first], candidates[second]) for first, second in pairs(len(candidates))]
    return letters(len(candidates), significant(holm(found), len(candidates)))


def letters_of_cells(candidates: Sequence[Cells]) -> tuple[str, ...]:
    """Letters for candidates whose responses are to the same questions: all pairs by the difference that is paired by
    question (see differences.py), and Holm's correction for all of them."""
    found = [
        difference(candidates[first], candidates[second], (0.0, 1.0)).p for first, second in pairs(len(candidates))
    ]
    return letters(len(candidates), significant(holm(found), len(candidates)))


def _paired_p(first: Sequence[float], second: Sequence[float]) -> float:
    """The two-sided p of Student's paired t test; NaN for fewer than two rows."""
    from scipy import special

    gaps = np.asarray(first, dtype=float) - np.asarray(second, dtype=float)
    if len(gaps) < 2:
        return NAN
    error = float(gaps.std(ddof=1)) / math.sqrt(len(gaps))
    mean = abs(float(gaps.mean()))
    if error == 0.0:
        return 1.0 if mean == 0.0 else 0.0
    return 2 * float(special.stdtr(len(gaps) - 1, -mean / error))
