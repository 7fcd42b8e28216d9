"""What a judge is worth in draws of another: against all subsets, against draws of the reference itself."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inoc_evals.judging.worth import LESS, MORE, curve, equal, from_answers, from_exact, scored, worth
from inoc_evals.stats.calibration import Truth, smoothed, weighted
from inoc_evals.stats.responses import Floats

DRAWS = 6


def reference(seed: int, questions: int = 40) -> tuple[Floats, Truth]:
    """Exact shares, with a little that is no answer, and labels that follow them."""
    random = np.random.default_rng(seed)
    ones = random.beta(0.8, 0.8, size=questions * 5)
    labels = (random.random(len(ones)) < ones).astype(int)
    truth = Truth(2, labels, np.ones(len(ones)), np.repeat(np.arange(questions), 5))
    return np.stack([0.96 * (1 - ones), 0.96 * ones, np.full(len(ones), 0.04)], axis=1), truth


def drawn(shares: Floats, count: int, seed: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    return np.array([random.choice(shares.shape[1], p=each, size=count) for each in shares])


def shares_of(draws: np.ndarray) -> Floats:
    return np.array([np.bincount(each, minlength=3) / len(each) for each in draws])


def test_the_curve_is_that_of_all_subsets() -> None:
    shares, truth = reference(1)
    draws = drawn(shares, DRAWS, 2)
    found = curve(from_answers(draws), truth).means
    for count in (1, 2, 5, 6):
        brute = [
            weighted(scored(smoothed(shares_of(draws[:, list(chosen)]), count), truth), truth)
            for chosen in combinations(range(DRAWS), count)
        ]
        assert found[count - 1] == pytest.approx(np.mean(brute), abs=0.012)
    assert list(found) == sorted(found)


def test_draws_of_the_reference_itself_are_worth_their_number() -> None:
    shares, truth = reference(3)
    line = curve(from_answers(drawn(shares, DRAWS, 4)), truth)
    for count in range(1, DRAWS + 1):
        found = worth(line.scores[count - 1], line)
        assert found.draws == pytest.approx(count, abs=1e-3)
        assert found.low <= count <= found.high


def test_other_draws_of_the_reference_are_worth_about_their_number() -> None:
    # Another person's three draws of the same judge; the labels are many, so that chance has little part.
    shares, truth = reference(5, questions=600)
    line = curve(from_exact(shares, DRAWS), truth)
    for count in (1, 3, 5):
        scores = scored(smoothed(shares_of(drawn(shares, count, 6 + count)), count), truth)
        found = worth(scores, line)
        assert found.low <= count <= found.high
        # Below one draw there is no curve, only the word for it.
        assert found.draws == pytest.approx(count, abs=0.8) or (count, found.draws) == (1, LESS)


def test_simulated_draws_are_like_real_ones() -> None:
    shares, truth = reference(8, questions=300)
    real = curve(from_answers(drawn(shares, DRAWS, 9)), truth).means
    assert curve(from_exact(shares, DRAWS), truth).means == pytest.approx(real, abs=0.012)


def test_a_word_that_nobody_says_makes_no_judge_worth_more() -> None:
    shares, truth = reference(13, questions=200)
    draws = drawn(np.stack([shares[:, 0], shares[:, 1] + 0.04], axis=1), DRAWS, 14)
    # A judge that is read exactly, and knows less.
    odds = np.log(shares[:, 1] / shares[:, 0]) + 2 * np.random.default_rng(15).normal(size=len(truth))
    ones = 1 / (1 + np.exp(-odds))
    found = []
    for classes in (2, 3):
        own = Truth(classes, truth.labels, truth.weights, truth.clusters)
        exact = np.stack([1 - ones, ones] + [np.zeros(len(truth))] * (classes - 1), axis=1)
        found.append(worth(scored(smoothed(exact), own), curve(from_answers(draws), own)))
    assert 1 < found[0].draws < DRAWS
    assert found[1].draws == pytest.approx(found[0].draws, abs=0.1)


def test_more_than_all_and_less_than_one() -> None:
    shares, truth = reference(10, questions=100)
    line = curve(from_answers(drawn(shares, DRAWS, 11)), truth)
    sure = np.where(np.arange(2) == truth.labels[:, None], 0.99, 0.01)
    best = worth(scored(sure, truth), line)
    assert (best.draws, best.low, best.high) == (MORE, MORE, MORE)
    assert best.words(DRAWS) == "more than 6 (95% interval more than 6 to more than 6)"
    nothing = worth(np.full(len(truth), math.log(0.5)), line)
    assert (nothing.draws, nothing.low, nothing.high) == (LESS, LESS, LESS)
    assert "less than one" in nothing.words(DRAWS)


def test_a_reference_that_always_says_the_same_is_worth_one_draw() -> None:
    _, truth = reference(12)
    draws = np.repeat(truth.labels[:, None], DRAWS, axis=1)
    line = curve(from_answers(draws), truth)
    assert worth(line.scores[-1], line).draws == 1.0


def test_by_hand() -> None:
    means = (-0.6, -0.5, -0.46)
    assert equal(means, -0.7) == LESS
    assert equal(means, -0.6) == 1.0
    assert equal(means, -0.55) == pytest.approx(1.5)
    assert equal(means, -0.47) == pytest.approx(2.75)
    assert equal(means, -0.46) == pytest.approx(3)
    assert equal(means, -0.4) == MORE
    # Where a curve falls for a while, the first draw that reaches it counts.
    assert equal((-0.6, -0.5, -0.55, -0.4), -0.52) == pytest.approx(1.8)


@given(st.lists(st.floats(-2, -0.1), min_size=2, max_size=8), st.floats(-2, -0.1))
def test_a_better_judge_is_never_worth_less(means: list[float], reached: float) -> None:
    assert equal(tuple(means), reached) <= equal(tuple(means), reached + 0.05) + 1e-3


@given(st.lists(st.floats(0.0, 1.0), min_size=2, max_size=4).filter(lambda each: sum(each) > 0.1))
def test_answers_are_drawn_with_their_shares(parts: list[float]) -> None:
    shares = np.array(parts) / sum(parts)
    found = from_exact(np.tile(shares, (200, 1)), 40)(np.random.default_rng(1))
    assert found.shape == (200, 40)
    counted = np.bincount(found.ravel(), minlength=len(parts)) / found.size
    assert counted == pytest.approx(shares, abs=0.035)
