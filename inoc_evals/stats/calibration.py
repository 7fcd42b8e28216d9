"""How likely a judge's probabilities make what people say, once its confidence is set right by one temperature.

Log-likelihoods are compared after temperature scaling only: before it they rank methods by how sure they happen to be
(Ashukha et al., arXiv 2002.06470, section 3). Arrays of probabilities are (responses, classes).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import optimize

from inoc_evals.stats.ratios import Estimate, ratio
from inoc_evals.stats.responses import Floats

Whole = npt.NDArray[np.intp]
Mask = npt.NDArray[np.bool_]
# No reading tells smaller probabilities apart: the tree of answers leaves out what weighs less.
FLOOR = 1e-5
# Of a judge's answers; a class that it says less often is rare.
COMMON = 0.02
COLDEST, HOTTEST = 0.05, 100.0
RUNS = 5


@dataclass(frozen=True)
class Truth:
    """What people say: the class of each response, its weight (how many responses it stands for) and its cluster, the
    question that it answers. `classes` is how many there are."""

    classes: int
    labels: Whole
    weights: Floats
    clusters: Whole

    def __len__(self) -> int:
        return len(self.labels)

    def at(self, places: Mask | Whole) -> Truth:
        """The responses at `places` (numbers or a mask)."""
        return Truth(self.classes, self.labels[places], self.weights[places], self.clusters[places])

    @property
    def effective(self) -> float:
        """As many responses of one weight would tell as much (Kish, Survey Sampling, 1965, 11.7)."""
        return float(self.weights.sum() ** 2 / (self.weights**2).sum())


def smoothed(shares: Floats, draws: int | None = None) -> Floats:
    """Probabilities of the classes from `shares`, (responses, classes + 1), the last of which is what is no answer.

    What is no answer speaks for every class alike. Shares of `draws` drawn answers get one more answer, since "3 of 3"
    is no certainty. It is spread evenly over the classes (Perks's prior; with two classes it is Jeffreys's), but for
    those that are fewer than one in fifty of the judge's answers to all of these responses: they get the less, or a
    word that nobody says would weigh against drawing, and not against exact readings. No probability is below 1e-5.
    """
    classes = shares.shape[-1] - 1
    found = shares[:, :-1] + shares[:, -1:] / classes
    if draws is not None:
        # One more answer to all of them together may be of any class too.
        usual = (found.sum(axis=0) * draws + 1 / classes) / (len(found) * draws + 1)
        spread = np.minimum(usual, COMMON)
        found = (found * draws + spread / spread.sum()) / (draws + 1)
    found = np.maximum(found, FLOOR)
    return np.asarray(found / found.sum(axis=1, keepdims=True), dtype=np.float64)


def fit_temperature(probabilities: Floats, truth: Truth) -> float:
    """The temperature, from 0.05 to 100, under which `probabilities` (above 0) make the labels likeliest: every one to
    the power of 1 / temperature, then summing to 1 again (Guo et al., arXiv 1706.04599). One more label, of kinds as
    common as they are, counts with the labels (after Platt, Advances in Large Margin Classifiers, 1999): else a judge
    that happens to err on none of a hundred would become certain, and its first error cost it everything. 1 where
    nothing depends on it, as where a judge says the same of all classes."""
    behind = _behind(probabilities, truth.labels)
    if not behind.any():
        return 1.0
    weights = truth.weights / truth.weights.sum()
    one_more = float(weights @ behind @ class_shares(truth)) / (len(truth) + 1)

    def loss(log_temperature: float) -> float:
        temperature = math.exp(log_temperature)
        return -float(weights @ _scores(behind, temperature)) - one_more / temperature

    # In the temperature's inverse the loss is convex, so that there is one minimum.
    found = optimize.minimize_scalar(
        loss, bounds=(math.log(COLDEST), math.log(HOTTEST)), method="bounded", options={"xatol": 1e-4}
    )
    return math.exp(float(found.x))


def class_shares(truth: Truth) -> Floats:
    """How common each class is among what the labels stand for, with one more label spread evenly over the classes,
    since a class that did not occur may yet."""
    counts = np.bincount(truth.labels, truth.weights, truth.classes) / truth.weights.mean()
    return np.asarray((counts + 1 / truth.classes) / (len(truth) + 1), dtype=np.float64)


def log_scores(probabilities: Floats, truth: Truth, temperature: float) -> Floats:
    """The log-probability of every response's label under `temperature`, in nats."""
    return _scores(_behind(probabilities, truth.labels), temperature)


def weighted(scores: Floats, truth: Truth) -> float:
    """The mean of `scores` over all the responses that those of `truth` stand for."""
    return float(truth.weights @ scores / truth.weights.sum())


def estimated(scores: Floats, truth: Truth, wider: float = 1.0) -> Estimate:
    """The `weighted` mean of `scores` with its 95% interval for questions like these, `wider` times as wide."""
    _, codes = np.unique(truth.clusters, return_inverse=True)
    totals, sizes = np.bincount(codes, truth.weights * scores), np.bincount(codes, truth.weights)
    found = ratio(totals.tolist(), sizes.tolist())
    if found.low is None or found.high is None:
        return found
    low, high = ((end - found.mean) * wider for end in (found.low, found.high))
    return Estimate(found.mean, found.mean + low, found.mean + high)


def estimated_likelihood(scores: Floats, truth: Truth, wider: float = 1.0) -> Estimate:
    """The same of log-probabilities, of which no mean is above 0."""
    found = estimated(scores, truth, wider)
    return found if found.high is None else Estimate(found.mean, found.low, min(found.high, 0.0))


def fitted_log_likelihood(probabilities: Floats, truth: Truth) -> float:
    """The mean log-probability of the labels under the temperature that suits these very labels best: right for
    choosing among methods on one set of labels, too high as a figure for others."""
    return weighted(log_scores(probabilities, truth, fit_temperature(probabilities, truth)), truth)


def halvings(clusters: Whole, runs: int, seed: int = 0) -> list[Mask]:
    """`runs` times a random half of the clusters, as masks. Raises ValueError for fewer than two clusters."""
    names, codes = np.unique(clusters, return_inverse=True)
    if len(names) < 2:
        raise ValueError("one cluster cannot be halved")
    drawing = np.random.default_rng(seed)
    return [(drawing.permutation(len(names)) < len(names) // 2)[codes] for _ in range(runs)]


def cross_validated(probabilities: Floats, truth: Truth, halves: Sequence[Mask] = ()) -> Floats:
    """The log-probability of every label under a temperature that was fitted to others: for each of `halves`, by
    default five, both halves are scored with the temperature of the other (test-time cross-validation, arXiv
    2002.06470, section 3.1, here by question). Means over the halvings; their `weighted` mean is the calibrated
    log-likelihood. Raises ValueError for fewer than two clusters."""
    halves = halves or halvings(truth.clusters, RUNS)
    total = np.zeros(len(truth))
    for first in halves:
        for held in (first, ~first):
            temperature = fit_temperature(probabilities[~held], truth.at(~held))
            total[held] += log_scores(probabilities[held], truth.at(held), temperature)
    return total / len(halves)


def folds(clusters: Whole, count: int, seed: int = 0) -> Whole:
    """The fold, 0 to `count` - 1, of every response: clusters stay whole, and are dealt out at random. Labels play no
    part. There are as many folds as clusters where these are fewer."""
    names, codes = np.unique(clusters, return_inverse=True)
    dealt = np.random.default_rng(seed).permutation(len(names)) % min(count, len(names))
    return np.asarray(dealt[codes], dtype=np.intp)


def _behind(probabilities: Floats, labels: Whole) -> Floats:
    """How far the log-probability of each class lies above the label's."""
    logs = np.log(probabilities)
    return np.asarray(logs - logs[np.arange(len(labels)), labels][:, None], dtype=np.float64)


def _scores(behind: Floats, temperature: float) -> Floats:
    # 1e-5 to the power of 20 is far from overflow.
    return np.asarray(-np.log(np.exp(behind / temperature).sum(axis=1)), dtype=np.float64)
