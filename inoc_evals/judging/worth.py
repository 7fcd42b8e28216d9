"""How many draws of a reference judge another judge is worth.

After the deep ensemble equivalent (Ashukha et al., arXiv 2002.06470, section 4): the smallest number of draws of the
reference whose calibrated log-likelihood of the labels reaches the other judge's, with straight lines between whole
numbers. Several draws are worth their mean as probabilities, and everything is compared after temperature scaling, each
label under a temperature that others gave.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from inoc_evals.stats.calibration import (
    Truth,
    Whole,
    cross_validated,
    estimated,
    estimated_likelihood,
    halvings,
    smoothed,
    weighted,
)
from inoc_evals.stats.ratios import Estimate
from inoc_evals.stats.responses import Floats

REPEATS = 20
# Temperatures are fitted to about this.
ROUNDING = 1e-6
STEPS = 20  # a draw is parted into so many where ends of an interval are looked for
LESS, MORE = 0.0, math.inf

# One way to draw: (responses, draws), the class of each draw, and the number of classes for what is no answer.
Draw = Callable[[np.random.Generator], Whole]


@dataclass(frozen=True)
class Curve:
    """`scores` (draws, responses): what the mean of 1, 2, ... draws scores of each label, in nats, as a mean over
    several ways to choose the draws."""

    scores: Floats
    truth: Truth

    @property
    def means(self) -> tuple[float, ...]:
        """The calibrated log-likelihood of each number of draws."""
        return tuple(weighted(each, self.truth) for each in self.scores)

    def at(self, draws: float) -> Floats:
        """The scores of a number of draws from 1 to all, whole or not."""
        below = min(int(draws), len(self.scores) - 1)
        part = draws - below
        return np.asarray(
            (1 - part) * self.scores[below - 1] + part * self.scores[below] if part else self.scores[below - 1],
            dtype=np.float64,
        )


@dataclass(frozen=True)
class Worth:
    """A judge in draws of the reference: `draws`, and the ends of the 95% interval for questions like these, those
    numbers of draws from which it cannot be told. 0 stands for less than one draw, infinity for more than all of them.
    `likelihood` is the judge's own calibrated log-likelihood, in nats a response."""

    likelihood: Estimate
    draws: float
    low: float
    high: float

    def words(self, most: int) -> str:
        """In a sentence's part; `most` draws were made."""
        ends = f"{_number(self.low, most)} to {_number(self.high, most)}"
        return f"{_number(self.draws, most)} (95% interval {ends})"


def _number(draws: float, most: int) -> str:
    if draws == LESS:
        return "less than one"
    return f"more than {most}" if draws == MORE else f"{draws:.1f}"


def from_answers(draws: Whole) -> Draw:
    """Choose among answers that were drawn, (responses, draws), in another order each time: of the first l every subset
    is as likely, for each response by itself, since its draws tell nothing of those of others."""
    return lambda drawing: drawing.permuted(draws, axis=1)


def from_exact(shares: Floats, count: int) -> Draw:
    """Draw `count` answers a response from its exact `shares`, (responses, classes + 1), as the judge would."""
    ends = shares.cumsum(axis=1)

    def draw(drawing: np.random.Generator) -> Whole:
        points = drawing.random((len(shares), count)) * ends[:, -1:]
        return np.asarray((points[:, :, None] >= ends[:, None, :]).sum(axis=2), dtype=np.intp)

    return draw


def scored(probabilities: Floats, truth: Truth, seed: int = 0) -> Floats:
    """The log-probability of every label, in nats, by a judge that is read as it is: what stands against a curve of the
    same `seed`. Raises ValueError where all labels are of one question."""
    return cross_validated(probabilities, truth, halvings(truth.clusters, REPEATS, seed))


def curve(draw: Draw, truth: Truth, seed: int = 0) -> Curve:
    """The curve of a judge's draws, over `REPEATS` ways to choose them, each with its own halving of the questions.

    Raises ValueError where all labels are of one question.
    """
    drawing = np.random.default_rng(seed)
    parts = []
    for half in halvings(truth.clusters, REPEATS, seed):
        classes = draw(drawing)
        counts = (classes[:, :, None] == np.arange(truth.classes + 1)).cumsum(axis=1)
        numbers = range(1, classes.shape[1] + 1)
        parts.append([cross_validated(smoothed(counts[:, n - 1] / n, n), truth, [half]) for n in numbers])
    return Curve(np.mean(parts, axis=0), truth)


def worth(scores: Floats, reference: Curve) -> Worth:
    """What `scores`, those of a judge on the labels of `reference`, are worth in its draws."""
    most = len(reference.scores)
    steps = [1 + step / STEPS for step in range((most - 1) * STEPS + 1)]
    gaps = [estimated(scores - reference.at(draws), reference.truth) for draws in steps]
    few = [gap.low is not None and gap.low > ROUNDING for gap in gaps]
    many = [gap.high is not None and gap.high < -ROUNDING for gap in gaps]
    enough = [draws for draws, too_few in zip(steps, few, strict=True) if not too_few]
    bearable = [draws for draws, too_many in zip(steps, many, strict=True) if not too_many]
    low = LESS if not few[0] else min(enough, default=MORE)
    high = MORE if not many[-1] else max(bearable, default=LESS)
    return Worth(
        estimated_likelihood(scores, reference.truth),
        equal(reference.means, weighted(scores, reference.truth)),
        low,
        high,
    )


def equal(means: tuple[float, ...], reached: float) -> float:
    """The smallest number of draws at which a curve through `means`, those of 1, 2, ... draws, is at `reached`: 0 where
    one draw is better, infinity where all are worse."""
    if reached < means[0] - ROUNDING:
        return LESS
    for number, mean in enumerate(means, start=1):
        if mean >= reached - ROUNDING:
            if number == 1:
                return 1.0
            before = means[number - 2]
            return number - 1 + min(1.0, max(0.0, (reached - before) / (mean - before)))
    return MORE
