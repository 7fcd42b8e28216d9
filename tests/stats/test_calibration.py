"""Temperatures against a grid, shares of drawn answers by hand, and what may not matter."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inoc_evals.stats.calibration import (
    Truth,
    cross_validated,
    estimated,
    estimated_likelihood,
    fit_temperature,
    fitted_log_likelihood,
    folds,
    log_scores,
    smoothed,
    weighted,
)
from inoc_evals.stats.responses import Floats


def drawn(seed: int, responses: int = 60, classes: int = 2, sharpness: float = 2.0) -> tuple[Floats, Truth]:
    """A judge whose probabilities are too sharp by `sharpness`, and labels that follow what it should have said."""
    random = np.random.default_rng(seed)
    logits = random.normal(size=(responses, classes)) * 1.5
    right = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    labels = np.array([random.choice(classes, p=each) for each in right])
    weights = random.uniform(1, 4, size=responses)
    said = np.exp(logits * sharpness) / np.exp(logits * sharpness).sum(axis=1, keepdims=True)
    return np.maximum(said, 1e-5), Truth(classes, labels, weights, np.arange(responses) // 3)


def by_grid(probabilities: Floats, truth: Truth) -> tuple[float, float]:
    """The best temperature of a fine grid for the labels and one more, written another way, and the log-likelihood of
    the labels under it."""
    best = (-math.inf, 0.0, 0.0)
    kinds = np.array([truth.weights[truth.labels == kind].sum() for kind in range(truth.classes)])
    common = (len(truth) * kinds / kinds.sum() + 1 / truth.classes) / (len(truth) + 1)
    for temperature in np.geomspace(0.05, 100, 4000):
        powers = probabilities ** (1 / temperature)
        logs = np.log(powers / powers.sum(axis=1, keepdims=True))
        likely = float(np.average(logs[np.arange(len(truth)), truth.labels], weights=truth.weights))
        one_more = float(np.average(logs @ common, weights=truth.weights))
        best = max(best, (len(truth) * likely + one_more, float(temperature), likely))
    return best[1], best[2]


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("sharpness", [0.3, 1.0, 4.0])
def test_the_temperature_is_that_of_a_grid(classes: int, sharpness: float) -> None:
    probabilities, truth = drawn(3, classes=classes, sharpness=sharpness)
    temperature, likelihood = by_grid(probabilities, truth)
    assert fit_temperature(probabilities, truth) == pytest.approx(temperature, rel=5e-3)
    assert fitted_log_likelihood(probabilities, truth) == pytest.approx(likelihood, abs=1e-4)


def test_a_judge_that_is_too_sure_by_a_factor_gets_that_factor() -> None:
    probabilities, truth = drawn(1, responses=20_000, sharpness=3.0)
    assert fit_temperature(probabilities, truth) == pytest.approx(3.0, rel=0.05)


def test_a_judge_that_is_always_wrong_is_made_to_say_nothing() -> None:
    truth = Truth(2, np.array([0, 1] * 10), np.ones(20), np.arange(20))
    wrong = np.where(np.arange(20)[:, None] % 2 == [0, 1], 0.1, 0.9)
    assert fitted_log_likelihood(wrong, truth) == pytest.approx(math.log(0.5), abs=0.02)


@pytest.mark.parametrize("labels", [30, 400])
def test_a_judge_that_happens_to_err_on_none_is_not_made_certain(labels: int) -> None:
    truth = Truth(2, np.arange(labels) % 2, np.ones(labels), np.arange(labels))
    right = np.where(np.arange(labels)[:, None] % 2 == [0, 1], 0.9, 0.1)
    # So sure that all of the labels, and half of one more, are right.
    sure = (labels + 0.5) / (labels + 1)
    assert fitted_log_likelihood(right, truth) == pytest.approx(math.log(sure), rel=1e-3)


def test_labels_choose_a_temperature_that_suits_others_where_a_judge_is_good() -> None:
    def judged(seed: int, responses: int) -> tuple[Floats, Truth]:
        random = np.random.default_rng(seed)
        labels = random.integers(0, 2, size=responses)
        ones = 1 / (1 + np.exp(-(3 * (2 * labels - 1) + 1.2 * random.normal(size=responses))))
        return np.stack([1 - ones, ones], axis=1), Truth(2, labels, np.ones(responses), np.arange(responses))

    # Right on 99.3 of 100: two of three sets of labels show no error of it, and a temperature of those alone is 0.05.
    others, kept = judged(99, 20_000)
    reached = [weighted(log_scores(others, kept, fit_temperature(*judged(seed, 60))), kept) for seed in range(40)]
    assert np.mean(reached) > 2 * fitted_log_likelihood(others, kept)


def test_a_judge_without_an_opinion_has_no_temperature() -> None:
    _, truth = drawn(2)
    assert fit_temperature(np.full((len(truth), 2), 0.5), truth) == 1.0


def test_shares_by_hand() -> None:
    # Of four draws three say the first class and one is no answer, half of which speaks for each; one more is spread.
    assert smoothed(np.array([[0.75, 0.0, 0.25]]), 4)[0] == pytest.approx([(3.5 + 0.5) / 5, (0.5 + 0.5) / 5])
    # One draw is no certainty, and five are more than one.
    both = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    assert smoothed(both, 1) == pytest.approx(np.array([[0.75, 0.25], [0.25, 0.75]]))
    assert smoothed(both, 5) == pytest.approx(np.array([[5.5, 0.5], [0.5, 5.5]]) / 6)
    # An exact reading stays as it is, but for a floor.
    exact = smoothed(np.array([[0.9, 0.1, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]))
    assert exact[[0, 2]] == pytest.approx(np.array([[0.9, 0.1], [0.5, 0.5]]))
    assert exact[1, 1] == pytest.approx(1e-5, rel=1e-4)


def test_a_class_that_is_hardly_ever_said_gets_little_of_one_more_answer() -> None:
    # 100 responses, one draw each: 60 and 39 of two classes, and one of a third.
    said = np.repeat([[1.0, 0, 0, 0], [0, 1.0, 0, 0], [0, 0, 1.0, 0]], [60, 39, 1], axis=0)
    third = (1 + 1 / 3) / 101
    even, rare = 0.02 / (0.04 + third), third / (0.04 + third)
    assert smoothed(said, 1)[0] == pytest.approx(np.array([1 + even, even, rare]) / 2)
    assert smoothed(said, 1)[-1] == pytest.approx(np.array([even, even, 1 + rare]) / 2)


def test_the_mean_is_weighted_and_its_interval_is_over_questions() -> None:
    truth = Truth(2, np.array([0, 0, 1]), np.array([1.0, 3.0, 4.0]), np.array([7, 7, 9]))
    found = estimated(np.array([-1.0, -2.0, -0.5]), truth)
    assert found.mean == pytest.approx((-1 - 6 - 2) / 8)
    assert found.mean == pytest.approx(weighted(np.array([-1.0, -2.0, -0.5]), truth))
    # Two questions: what is left of each is -7 + 4.5 and -2 + 4.5, and t of one degree is 12.706.
    assert found.high == pytest.approx(-9 / 8 + 12.7062 * math.sqrt(2 * 2 * 2.5**2) / 8, abs=1e-3)
    assert truth.effective == pytest.approx(64 / 26)
    # No probability is above 1, however questions differ.
    of_likelihoods = estimated_likelihood(np.array([-1.0, -2.0, -0.5]), truth)
    assert (of_likelihoods.mean, of_likelihoods.low, of_likelihoods.high) == (found.mean, found.low, 0)


def test_test_time_cross_validation_is_nearly_the_fit_where_labels_are_many_and_below_it_where_few() -> None:
    probabilities, truth = drawn(4, responses=3000)
    fitted = fitted_log_likelihood(probabilities, truth)
    assert weighted(cross_validated(probabilities, truth), truth) == pytest.approx(fitted, abs=2e-3)
    few = [drawn(seed, responses=12) for seed in range(60)]
    gaps = [fitted_log_likelihood(*each) - weighted(cross_validated(*each), each[1]) for each in few]
    assert np.mean(gaps) > 0.01


def test_no_label_is_scored_with_a_temperature_that_it_helped_to_fit() -> None:
    # Two questions: each half is one of them, so that what is said of one must not move with its own labels.
    probabilities, truth = drawn(5, responses=6)
    own = truth.clusters == 0
    scores = cross_validated(probabilities, truth)
    flipped = Truth(2, np.where(own, 1 - truth.labels, truth.labels), truth.weights, truth.clusters)
    other = cross_validated(probabilities, flipped)
    assert np.exp(scores[own]) + np.exp(other[own]) == pytest.approx(1)


def test_folds_keep_questions_whole_and_are_alike_in_size() -> None:
    clusters = np.repeat(np.arange(23), 4)
    found = folds(clusters, 10, seed=1)
    assert all(len(set(found[clusters == name])) == 1 for name in range(23))
    assert sorted(np.bincount(found).tolist()) == [8] * 7 + [12] * 3
    assert folds(np.repeat(np.arange(4), 5), 10).max() == 3


@given(st.integers(0, 10_000), st.floats(0.5, 2.0), st.integers(2, 4))
def test_what_may_not_matter(seed: int, power: float, classes: int) -> None:
    probabilities, truth = drawn(seed, classes=classes)
    likelihood = fitted_log_likelihood(probabilities, truth)
    # How sure it is by one factor for all, the order of responses and of classes, and the unit of weights.
    powers = probabilities**power
    assert fitted_log_likelihood(powers / powers.sum(axis=1, keepdims=True), truth) == pytest.approx(
        likelihood, abs=1e-5
    )
    order = np.random.default_rng(seed).permutation(len(truth))
    assert fitted_log_likelihood(probabilities[order], truth.at(order)) == pytest.approx(likelihood, abs=1e-6)
    names = np.random.default_rng(seed).permutation(classes)
    renamed = Truth(classes, np.argsort(names)[truth.labels], 7 * truth.weights, truth.clusters)
    assert fitted_log_likelihood(probabilities[:, names], renamed) == pytest.approx(likelihood, abs=1e-6)
    # A response of weight 2 is two responses.
    twice = np.concatenate([np.arange(len(truth)), [0]])
    doubled = Truth(classes, truth.labels, np.where(np.arange(len(truth)) == 0, 2, 1) * 1.0, truth.clusters)
    single = Truth(classes, truth.labels[twice], np.ones(len(twice)), truth.clusters[twice])
    # But for the one more label, which is one of 60 or of 61.
    assert fitted_log_likelihood(probabilities, doubled) == pytest.approx(
        fitted_log_likelihood(probabilities[twice], single), abs=1e-3
    )
    temperature = fit_temperature(probabilities, truth)
    every = [
        log_scores(probabilities, Truth(classes, np.full(len(truth), n), *_rest(truth)), temperature)
        for n in range(classes)
    ]
    assert np.exp(every).sum(axis=0) == pytest.approx(1)


def _rest(truth: Truth) -> tuple[Floats, np.ndarray]:
    return truth.weights, truth.clusters
