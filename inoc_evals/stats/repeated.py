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
    """Answers drawn to one question: `distances` of each from each, of shape (answers, answers), 0 on the diagonal;
    the first `before` of them (1 or more, and fewer than all) are the earlier ones."""

    distances: Floats
    before: int


def drawn_alike(questions: Sequence[Drawn], rounds: int = ROUNDS) -> float:
    """The p-value (above 0, at most 1) of the answers before and now coming from the same distributions.

    The statistic is the energy distance of the two samples (Székely and Rizzo 2013, doi:10.1016/j.jspi.2013.03.018),
    summed over questions, of which there is one at least: it grows with every difference between distributions, a shift
    of the mean among them. `rounds` times the answers to each question are shuffled between before and now.
    """
    chance = np.random.default_rng(_SEED)
    seen, shuffled = 0.0, np.zeros(rounds)
    for question in questions:
        size = len(question.distances)
        weights = np.full(size, -1 / (size - question.before))
        weights[: question.before] = 1 / question.before
        seen += float(_energy(question.distances, weights[None, :])[0])
        shuffled += _energy(question.distances, chance.permuted(np.tile(weights, (rounds, 1)), axis=1))
    return (1 + int(np.sum(shuffled >= seen - _ROUNDING))) / (1 + rounds)


def _energy(distances: Floats, weights: Floats) -> Floats:
    found: Floats = -np.einsum("ri,ij,rj->r", weights, distances, weights, optimize=True)
    return found


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
