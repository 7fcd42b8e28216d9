"""How a score changes along an axis, such as size or training steps: the mean of the questions' own slopes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from inoc_evals.stats.differences import SMALLEST_P
from inoc_evals.stats.responses import Floats

NAN = float("nan")


@dataclass(frozen=True)
class Trend:
    """The slope in score per unit of the axis, with its interval for questions like these and the two-sided p-value of
    no slope; NaN for fewer than two questions, and all of it for fewer than two `points` that differ. `questions` have
    a score at every point, and `left_out` others have not."""

    slope: float
    low: float
    high: float
    p: float
    points: int
    questions: int
    left_out: int


def trend(axis: Sequence[float], scores: Floats) -> Trend:
    """The trend of `scores`, shape (points, questions), NaN where there is none, at the places `axis`, shape (points,).

    Every question has its own line of least squares; questions weigh equally, and the 95% interval is t over their
    slopes (questions - 1 degrees of freedom), as for families of lines (Feldman, J. Appl. Physiol. 64, 1988, 1721).
    For questions with a score at every point their mean slope is that of the mean scores. The points are taken as they
    are: what other models of the same size would score is not in the interval. p is at least 1e-100.
    Raises ValueError for another shape.
    """
    from scipy import special

    places = np.asarray(axis, dtype=float)
    if scores.ndim != 2 or len(places) != len(scores):
        raise ValueError(f"{len(places)} places do not fit scores of shape {scores.shape}")
    whole = ~np.isnan(scores).any(axis=0)
    counts = {"questions": int(whole.sum()), "left_out": int((~whole).sum())}
    points = len(np.unique(places))
    if points < 2 or not counts["questions"]:
        return Trend(NAN, NAN, NAN, NAN, points, **counts)
    apart = places - places.mean()
    slopes = apart @ scores[:, whole] / float(apart @ apart)
    slope, number = float(slopes.mean()), len(slopes)
    if number < 2:
        return Trend(slope, NAN, NAN, NAN, points, **counts)
    error = float(slopes.std(ddof=1)) / math.sqrt(number)
    half = -float(special.stdtrit(number - 1, 0.025)) * error
    p = 1.0 if slope == 0 else 2 * float(special.stdtr(number - 1, -abs(slope) / (error or 1e-300)))
    return Trend(slope, slope - half, slope + half, max(SMALLEST_P, p), points, **counts)
