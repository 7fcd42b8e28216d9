"""Where the variance of an arm's mean comes from: questions, checkpoints, and what is left in their cells."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from inoc_evals.stats.responses import Floats
from inoc_evals.stats.tables import Table

PRIOR_CORRELATION = 1 / 3
PRIOR_QUESTIONS = 1.0
PRIOR_SEED_SD = 0.4
PRIOR_SEEDS = 1.0
# Products of anything smaller vanish in floating point, and ratios of them mean nothing.
SMALLEST_SPREAD = 1e-280


@dataclass(frozen=True)
class Components:
    """The mean of an arm and the estimated variances of that mean, for values scaled to 0..1.

    `mean` weighs questions equally, and within a question its checkpoints. `between_questions` is the variance of
    question means over `questions`; `between_seeds` that of checkpoint effects over `seeds`; each contains the sampling
    of responses. They are 0 where there is one question or one checkpoint, or no question that two checkpoints share;
    a plan holds arrays of what might be estimated. All are NaN for no question. `responses` is the effective number of
    responses (`Table.effective`).
    """

    mean: float
    between_questions: Floats | float
    between_seeds: Floats | float
    questions: int
    seeds: int
    responses: float


def components(cells: Table) -> Components:
    """Components of an arm.

    In a complete table these are the mean squares of a two-way analysis of variance over their numbers. In an
    incomplete one a cell that is missing counts as its question's mean, so that a checkpoint is not judged by the
    questions that it happened to lack; what this takes from the checkpoints' variance is put back (see `comparable`).
    """
    seeds, questions = cells.means.shape
    if not questions:
        nan = float("nan")
        return Components(nan, nan, nan, 0, 0, 0.0)
    centre = cells.mean
    between_questions = float(cells.question_means.var(ddof=1)) / questions if questions > 1 else 0.0
    weight = comparable(cells)
    effects = cells.filled.mean(axis=1) - centre
    between_seeds = float((effects**2).sum()) / weight / seeds if weight > 0 else 0.0
    return Components(centre, between_questions, between_seeds, questions, seeds, cells.effective)


def comparable(cells: Table) -> float:
    """The expected sum of the checkpoints' squared effects in the filled table, if checkpoints differ with a variance
    of 1 and nothing else varies: checkpoints - 1 in a complete table, 0 where no question has two checkpoints."""
    if len(cells.checkpoints) < 2:
        return 0.0
    present = cells.present.astype(float)
    shared = (present / present.sum(axis=0)) @ present.T
    mixing = (np.diag(present.sum(axis=1)) - shared) / present.shape[1]
    weight = float((mixing**2).sum())
    return weight if weight > 1e-12 else 0.0


def spread(mean: Floats | float) -> Floats:
    """p(1-p), the variance of one yes or no at a rate of `mean` (0..1); 0 where the rate cannot be told from 0 or 1."""
    product = np.asarray(mean, dtype=float) * (1 - np.asarray(mean, dtype=float))
    return np.where(product > SMALLEST_SPREAD, product, 0.0)


def steadied(between_questions: Floats | float, mean: Floats | float, questions: int) -> Floats:
    """`between_questions` (variance of the mean of `questions` question means in 0..1), never smaller, kept from
    collapsing where few questions carry it.

    At a rate p only about 4p(1-p) of the questions say anything about how much questions differ: with rate 0.01 the
    questions that matter are often not in the sample, and the variance is too small exactly when the rate is. The
    variance is therefore averaged, as in Smyth (Stat. Appl. Genet. Mol. Biol. 3, 2004, art. 3), with a prior guess:
    the variance at an intraclass correlation of 1/3, weighing one question against 4p(1-p) of the real ones (at most
    questions - 1). It fades as questions times rate grows.
    """
    binomial = spread(mean)
    weight = np.minimum(questions - 1.0, 4 * questions * binomial)
    prior = PRIOR_CORRELATION * binomial / questions
    averaged = (weight * between_questions + PRIOR_QUESTIONS * prior) / (weight + PRIOR_QUESTIONS)
    return np.maximum(between_questions, averaged)


def steadied_seeds(
    between_seeds: Floats | float, mean: Floats | float, seeds: int, responses: float
) -> tuple[Floats, float]:
    """The variance of the mean that comes from which `seeds` (2 or more) training seeds were drawn, and its degrees of
    freedom.

    Two to five seeds say little about how much seeds differ: two that happen to agree look like none at all. So their
    variance, less what sampling `responses` brings, is averaged (Smyth, as above) with that of seeds that differ by 0.4
    on the logit scale, which counts as one degree of freedom.
    """
    prior = (PRIOR_SEED_SD * spread(mean)) ** 2 / seeds
    observed = np.maximum(0.0, between_seeds - spread(mean) / responses)
    freedom = PRIOR_SEEDS + seeds - 1
    return (PRIOR_SEEDS * prior + (seeds - 1) * observed) / freedom, freedom
