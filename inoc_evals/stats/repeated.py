"""Whether answers to the same questions, given at two times, come from the same distributions, question by question.

Both tests shuffle within a question what would be alike if nothing had changed, and nothing else is assumed of it:
randomization tests in the sense of Fisher (The Design of Experiments, 1935). Questions may differ as they like.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt

from inoc_evals.stats.responses import Floats

ROUNDS = 1999
_SEED = 20251
_ALL = 9  # questions up to which every arrangement of three is gone through
# How far sums of the same numbers in another order may differ.
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Drawn:
    """Answers drawn to one question: `distances` of each from each, of shape (answers, answers), 0 on the diagonal, and
    the `values` of those that have one, of shape (answers,), else NaN. The first `before` of them (1 or more, and fewer
    than all) are the earlier ones."""

    distances: Floats
    values: Floats
    before: int


def drawn_alike(questions: Sequence[Drawn], rounds: int = ROUNDS) -> float:
    """The p-value (above 0, at most 1) of the answers before and now coming from the same distributions.

    Two statistics are looked at, summed over questions, of which there is one at least: how far the mean moved, which
    sees a shift of all questions best, and the energy distance of the two samples (Székely and Rizzo 2013,
    doi:10.1016/j.jspi.2013.03.018), which grows with every difference between distributions. `rounds` times the answers
    to each question are shuffled between before and now; the smaller p-value of the two is set against the smaller ones
    of the shuffled answers (Westfall and Young, Resampling-Based Multiple Testing, 1993).
    """
    chance = np.random.default_rng(_SEED)
    # The first line of each is what was seen.
    moved, apart = np.zeros(rounds + 1), np.zeros(rounds + 1)
    for question in questions:
        size = len(question.distances)
        seen = np.full((1, size), -1 / (size - question.before))
        seen[0, : question.before] = 1 / question.before
        weights = np.concatenate([seen, chance.permuted(np.repeat(seen, rounds, axis=0), axis=1)])
        moved += weights @ _centred(question.values)
        apart -= ((weights @ question.distances) * weights).sum(axis=1)
    smaller = np.minimum(_shares(np.abs(moved)), _shares(apart))
    return float(np.mean(smaller <= smaller[0]))


def _centred(values: Floats) -> Floats:
    """The values less their mean, so that an answer without one moves nothing."""
    known = ~np.isnan(values)
    centred: Floats = np.where(known, values - (values[known].mean() if known.any() else 0.0), 0.0)
    return centred


def _shares(statistics: Floats) -> Floats:
    """For each of the statistics which share of all is as large or larger."""
    ordered = np.sort(statistics)
    places = np.searchsorted(ordered, statistics - _ROUNDING, side="left")
    shares: Floats = (len(ordered) - places) / len(ordered)
    return shares


def odd_one_out(distances: Floats, rounds: int = ROUNDS) -> float:
    """The p-value (above 0, at most 1) of three answers to each question being alike, so that the first is as near to
    the others as these are to each other.

    `distances` have shape (questions, 3): of the first answer from the second, of the first from the third, of the
    second from the third. The statistic is how much farther the first is from the other two than these are from each
    other, summed over questions; each of the three may be the first one, in every arrangement for up to nine questions,
    in `rounds` drawn ones for more.
    """
    first, second, others = distances.T
    # What the statistic is where each of the three is taken for the first one.
    taken = np.stack(
        [(first + second) / 2 - others, (first + others) / 2 - second, (second + others) / 2 - first], axis=1
    )
    seen = float(taken[:, 0].sum())
    count = len(taken)
    if count <= _ALL:
        places: npt.NDArray[np.int64] = np.array(list(product(range(3), repeat=count)), dtype=np.int64)
        sums = taken[np.arange(count), places].sum(axis=1)
        return float(np.mean(sums >= seen - _ROUNDING))
    places = np.random.default_rng(_SEED).integers(0, 3, (rounds, count))
    sums = taken[np.arange(count), places].sum(axis=1)
    return (1 + int(np.sum(sums >= seen - _ROUNDING))) / (1 + rounds)
