"""Which judges, wordings and numbers of draws to use together: a greedy search on labels by people.

After greedy policy search (Molchanov, Lyzhov et al., arXiv 2002.09103): from nothing, the candidate is added that
raises the calibrated log-likelihood of the set most. The probabilities of a set are the mean of its members', scaled by
one temperature. Other than there a candidate is a member once at most: to repeat it costs no call and only shifts
weights, for which labels by people are too few. No label judges a set that it helped to choose: questions are dealt out
to folds, and what is said of a fold's labels comes from a search, and a temperature, on all others.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from inoc_evals.stats.calibration import (
    Truth,
    class_shares,
    estimated,
    estimated_likelihood,
    fit_temperature,
    fitted_log_likelihood,
    folds,
    log_scores,
)
from inoc_evals.stats.ratios import Estimate
from inoc_evals.stats.responses import Floats

FOLDS = 10
# What a member must add to the mean log-probability of the labels, in nats, so that rounding adds none.
LEAST = 1e-6

Members = tuple[int, ...]


@dataclass(frozen=True)
class Fold:
    """What the labels outside of a fold chose: `members` in the order in which they were added, the `single` candidate
    that is best alone, and the `held` responses on which neither was chosen."""

    members: Members
    single: int
    held: tuple[int, ...]


@dataclass(frozen=True)
class Selection:
    """`members`, in the order in which they were added, and the best `single` candidate are what all labels choose,
    `path` the log-likelihood on these very labels after each addition, and `temperature` theirs. All other figures are
    of labels that chose nothing, in nats a response: `alone` of each candidate, of the set (`together`) and of the
    `best` single candidate, each chosen anew for every fold, and `gain` of the set over that, with its 95% interval for
    questions like these; `shares` is what the shares of the classes alone reach, and `over_shares` how far `best` is
    above that. `chosen` counts in how many folds each set was chosen."""

    members: Members
    single: int
    path: tuple[float, ...]
    temperature: float
    alone: tuple[Estimate, ...]
    together: Estimate
    best: Estimate
    gain: Estimate
    shares: Estimate
    over_shares: Estimate
    folds: tuple[Fold, ...]
    chosen: Mapping[Members, int]

    @property
    def gains(self) -> bool:
        """Is the set better than the best single candidate, as far as labels kept aside tell?"""
        return len(self.members) > 1 and self.gain.low is not None and self.gain.low > 0

    @property
    def advised(self) -> Members:
        """The candidates to use: the set where it gains, else the best single one."""
        return self.members if self.gains else (self.single,)


def search(candidates: Floats, truth: Truth, most: int) -> tuple[Members, tuple[float, ...]]:
    """The set of at most `most` that a greedy search finds on these labels, in the order in which members were added,
    and the log-likelihood after each. `candidates` are probabilities, (candidates, responses, classes).

    It ends where no candidate adds anything. Of equal candidates the first is taken.
    """
    members: list[int] = []
    path: list[float] = []
    total = np.zeros(candidates.shape[1:])
    while len(members) < min(most, len(candidates)):
        left = [place for place in range(len(candidates)) if place not in members]
        reached = [fitted_log_likelihood((total + candidates[place]) / (len(members) + 1), truth) for place in left]
        best = max(range(len(left)), key=lambda place: reached[place])
        if path and reached[best] <= path[-1] + LEAST:
            break
        members.append(left[best])
        path.append(reached[best])
        total += candidates[left[best]]
    return tuple(members), tuple(path)


def select(candidates: Floats, truth: Truth, most: int, seed: int = 0) -> Selection:
    """Search on all labels, and say how good that is on labels kept aside: `FOLDS` times a part of the questions.

    Raises ValueError where there are no two questions.
    """
    if len(np.unique(truth.clusters)) < 2:
        raise ValueError("one question cannot be kept aside from itself")
    fold_of = folds(truth.clusters, FOLDS, seed)
    scores = np.zeros((len(candidates) + 1, len(truth)))
    best, shares = np.zeros(len(truth)), np.zeros(len(truth))
    found = []
    for number in range(int(fold_of.max()) + 1):
        held = fold_of == number
        fold = _fold(candidates, truth, most, held)
        sets = [*((place,) for place in range(len(candidates))), fold.members]
        for place, members in enumerate(sets):
            scores[place, held] = held_out(candidates, truth, members, held)
        best[held] = scores[fold.single, held]
        shares[held] = np.log(class_shares(truth.at(~held)))[truth.labels[held]]
        found.append(fold)
    members, path = search(candidates, truth, most)
    wider = _wider(len(found))
    return Selection(
        members=members,
        single=members[0],
        path=path,
        temperature=fit_temperature(mean_of_members(candidates, members), truth),
        alone=tuple(estimated_likelihood(scores[place], truth) for place in range(len(candidates))),
        together=estimated_likelihood(scores[-1], truth, wider),
        best=estimated_likelihood(best, truth, wider),
        gain=estimated(scores[-1] - best, truth, wider),
        shares=estimated_likelihood(shares, truth),
        over_shares=estimated(best - shares, truth, wider),
        folds=tuple(found),
        chosen=Counter(tuple(sorted(fold.members)) for fold in found),
    )


def _fold(candidates: Floats, truth: Truth, most: int, held: npt.NDArray[np.bool_]) -> Fold:
    members, _ = search(candidates[:, ~held], truth.at(~held), most)
    return Fold(members, members[0], tuple(np.flatnonzero(held).tolist()))


def held_out(candidates: Floats, truth: Truth, members: Sequence[int], held: npt.NDArray[np.bool_]) -> Floats:
    """The log-probability of the `held` labels (a mask) under a temperature of the others."""
    together = mean_of_members(candidates, members)
    temperature = fit_temperature(together[~held], truth.at(~held))
    return log_scores(together[held], truth.at(held), temperature)


def _wider(parts: int) -> float:
    """How much wider intervals of what is chosen anew for each of `parts` folds are than those of one choice. The
    labels that choose are nearly the same for all folds, so that a lucky or unlucky choice is made in all of them: the
    variance of the mean grows by the number of folds times labels kept aside over labels that choose (Nadeau and
    Bengio, Machine Learning 52, 2003, 239-281)."""
    return math.sqrt(1 + parts / (parts - 1))


def mean_of_members(candidates: Floats, members: Sequence[int]) -> Floats:
    """The probabilities of a set, (responses, classes)."""
    return np.asarray(candidates[list(members)].mean(axis=0), dtype=np.float64)
