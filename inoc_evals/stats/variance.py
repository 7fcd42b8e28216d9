"""Where the variance of an arm's mean comes from: questions, checkpoints, and what is left in their cells."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

PRIOR_CORRELATION = 1 / 3
PRIOR_QUESTIONS = 1.0
# Products of anything smaller vanish in floating point, and ratios of them mean nothing.
SMALLEST_SPREAD = 1e-280


@dataclass(frozen=True)
class Components:
    """The mean of an arm and the estimated variances of that mean, for values scaled to 0..1.

    `mean` weighs questions equally, and within a question its checkpoints. `between_questions` is the variance of
    question means over `questions`; `between_seeds` that of checkpoint effects over `seeds`; each contains `cells`,
    the variance of question-by-checkpoint cells (interaction and sampling) over their number, which their sum would
    count twice. All are NaN for no question; `between_questions` is 0 for one question, `between_seeds` and `cells`
    for one checkpoint. `responses` is the number of counted responses (1 or more; may be infinite).
    """

    mean: float
    between_questions: float
    between_seeds: float
    cells: float
    questions: int
    seeds: int
    responses: float


def components(cells: npt.NDArray[np.float64], responses: float) -> Components:
    """Components of an arm from its cell means, shape (checkpoints, questions), values in 0..1, NaN where a checkpoint
    has no counted response to a question. Checkpoints and questions without any are left out.

    In a complete table these are the mean squares of a two-way analysis of variance. In an incomplete one checkpoint
    effects are means of deviations from the question means, so that a checkpoint is not judged by the questions that
    it happened to lack.
    """
    if cells.size:
        present = ~np.isnan(cells)
        cells = cells[present.any(axis=1)][:, present.any(axis=0)]
    if not cells.size:
        nan = float("nan")
        return Components(nan, nan, nan, nan, 0, 0, 0)
    present = ~np.isnan(cells)
    seeds, questions = cells.shape
    question_means = np.nansum(cells, axis=0) / present.sum(axis=0)
    centre = float(question_means.mean())
    between_questions = float(question_means.var(ddof=1)) / questions if questions > 1 else 0.0
    if seeds == 1:
        return Components(centre, between_questions, 0.0, 0.0, questions, 1, responses)
    deviations = cells - question_means
    effects = np.nansum(deviations, axis=1) / present.sum(axis=1)
    between_seeds = float((effects**2).sum()) / (seeds - 1) / seeds
    count = int(present.sum())
    freedom = count - questions - seeds + 1
    left = float(np.nansum((deviations - effects[:, None]) ** 2)) / freedom / count if freedom > 0 else 0.0
    return Components(centre, between_questions, between_seeds, left, questions, seeds, responses)


def spread(mean: float) -> float:
    """p(1-p), the variance of one yes or no at a rate of `mean` (0..1); 0 where the rate cannot be told from 0 or 1."""
    product = mean * (1 - mean)
    return product if product > SMALLEST_SPREAD else 0.0


def steadied(between_questions: float, mean: float, questions: int) -> float:
    """`between_questions` (variance of the mean of `questions` question means in 0..1), never smaller, kept from
    collapsing where few questions carry it.

    At a rate p only about 4p(1-p) of the questions say anything about how much questions differ: with rate 0.01 the
    questions that matter are often not in the sample, and the variance is too small exactly when the rate is. The
    variance is therefore averaged, as in Smyth (Stat. Appl. Genet. Mol. Biol. 3, 2004, art. 3), with a prior guess:
    the variance at an intraclass correlation of 1/3, weighing one question against 4p(1-p) of the real ones (at most
    questions - 1). It fades as questions times rate grows.
    """
    binomial = spread(mean)
    if binomial == 0 or questions < 1:
        return between_questions
    weight = min(questions - 1.0, 4 * questions * binomial)
    prior = PRIOR_CORRELATION * binomial / questions
    averaged = (weight * between_questions + PRIOR_QUESTIONS * prior) / (weight + PRIOR_QUESTIONS)
    return max(between_questions, averaged)
