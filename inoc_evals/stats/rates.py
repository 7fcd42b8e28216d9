"""Intervals for questions like these: questions, and training seeds where there are several, are a sample."""

from __future__ import annotations

import numpy as np
from scipy import special

from inoc_evals.stats.limits import upper
from inoc_evals.stats.responses import Floats
from inoc_evals.stats.tables import Table
from inoc_evals.stats.variance import (
    PRIOR_CORRELATION,
    Components,
    comparable,
    components,
    spread,
    steadied,
    steadied_seeds,
)

NAN = float("nan")
NEAR_AN_END = 0.1


def interval(cells: Table, level: float = 0.95) -> tuple[float, float]:
    """The two-sided interval of an arm's mean in 0..1 for questions like these; NaN for no question.

    Wilson's interval (see limits.py) at the effective sample size of Korn and Graubard (Survey Methodology 24, 1998):
    p(1-p) over the variance of the mean, at most the effective number of responses, with the t quantile for questions
    - 1. Questions and checkpoints each bring their own steadied variance (see variance.py) and t quantile, and the
    squared half-widths add (Howe, J. Am. Stat. Assoc. 69, 1974). With one question the interval is over its responses;
    with one checkpoint it speaks of that checkpoint only. `level` is in 0..1 exclusive.

    That alone would let an upper limit fall when a hit is added where there was none: questions, or seeds, that were
    thought to differ turn out to be more alike. So the upper limit is the highest that these hits or any part of them
    give, and the lower one the lowest that these misses or any part of them give. Therefore, as long as at most a tenth
    of the responses are hits, no added hit lowers the upper limit; and the same, mirrored, at the other end. Elsewhere
    only parts with a mean of at most a tenth count, and a limit can still move inwards: with half of the responses of
    one question being hits and none of the others', hits in the others are news that the questions grow alike, and
    that is worth more than the higher rate. For the same reason the limit next to 0 can fall when hits are added to the
    question that has most: they are news that questions differ.
    """
    if not cells.questions:
        return NAN, NAN
    tail = (1 - level) / 2
    mean = cells.mean
    return min(mean, 1 - _highest(cells.mirrored(), tail)), max(mean, _highest(cells, tail))


def trials(
    parts: Components,
    tail: Floats | float,
    freedom: Floats | float | None = None,
    points: tuple[Floats, Floats, Floats] | None = None,
) -> tuple[Floats, Floats, Floats]:
    """The number of independent responses that tell as much about the mean as the arm does; the t quantile that it
    goes with; and the share of the half-width that comes from the questions.

    `points` are means, variances between questions and variances between seeds to take in place of those of `parts`,
    `freedom` the degrees of freedom for the seeds where they are not the arm's own; 0 leaves seeds out.
    """
    p, between_questions, between_seeds = points or (
        np.array(parts.mean),
        np.array(parts.between_questions),
        np.array(parts.between_seeds),
    )
    binomial = spread(p)
    least = binomial / parts.responses
    if parts.questions == 1:
        quantile, by_question = np.asarray(-special.ndtri(tail), dtype=float), least
        unseen = parts.responses
    else:
        quantile = np.asarray(-special.stdtrit(parts.questions - 1, tail), dtype=float)
        by_question = np.maximum(steadied(between_questions, p, parts.questions), least)
        unseen = min(parts.questions / PRIOR_CORRELATION, parts.responses)
    by_question = quantile**2 * by_question
    total = by_question
    if parts.seeds > 1 and (freedom is None or np.all(freedom)):
        by_seed, own = steadied_seeds(between_seeds, p, parts.seeds, parts.responses)
        total = by_question + special.stdtrit(own if freedom is None else freedom, tail) ** 2 * by_seed
    with np.errstate(divide="ignore", invalid="ignore"):
        # Without a hit there is no variance to estimate, and the number is the one that its limit tends to.
        number = np.where(total > 0, binomial * quantile**2 / total, unseen)
        share = np.where(total > 0, np.sqrt(by_question / total), 1.0)
    return number, quantile, share


def _highest(cells: Table, tail: float) -> float:
    parts = components(cells)
    reach = parts.mean if min(parts.mean, cells.pooled) <= NEAR_AN_END else NEAR_AN_END
    points = _points(cells, parts, reach)
    number, quantile, _ = trials(parts, tail, points=points)
    return float(upper(points[0], number, quantile, tail).max())


def _points(cells: Table, parts: Components, reach: float) -> tuple[Floats, Floats, Floats]:
    """Means up to `reach` that parts of the hits give, each with the largest variance between questions, and between
    checkpoints, that it can have; and the arm's own, last.

    Of all parts of the hits with the same mean, the sum of squares of the questions' means is largest where the
    questions with the most hits keep all theirs, one some of its, and all others none (majorisation); so is that of the
    checkpoints' means. What lies between two such points gives no higher limit than they do.
    """
    seeds, questions = cells.means.shape
    by_question = np.sort(cells.question_means)[::-1]
    by_seed = np.sort(cells.filled.mean(axis=1))[::-1]
    means = np.concatenate(([0.0], np.cumsum(by_question) / questions, np.cumsum(by_seed) / seeds))
    means = np.append(np.sort(means[means <= reach]), parts.mean)
    between_questions, between_seeds = np.zeros_like(means), np.zeros_like(means)
    if questions > 1:
        squares = _largest(by_question, means * questions) - questions * means**2
        between_questions = np.maximum(0.0, squares) / (questions - 1) / questions
    if (weight := comparable(cells)) > 0:
        between_seeds = np.maximum(0.0, _largest(by_seed, means * seeds) - seeds * means**2) / weight / seeds
    between_questions[-1], between_seeds[-1] = parts.between_questions, parts.between_seeds
    return means, between_questions, between_seeds


def _largest(descending: Floats, totals: Floats) -> Floats:
    """The largest sum of squares of parts of these numbers that add up to each of `totals`."""
    sums = np.concatenate(([0.0], np.cumsum(descending)))
    squares = np.concatenate(([0.0], np.cumsum(descending**2)))
    whole = np.minimum(np.searchsorted(sums, totals, side="right") - 1, len(descending))
    squared: Floats = squares[whole] + np.maximum(0.0, totals - sums[whole]) ** 2
    return squared
