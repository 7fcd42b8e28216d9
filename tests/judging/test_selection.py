"""Greedy search for a set of judges: where it must gain, where it must not, and that labels kept aside stay aside."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inoc_evals.judging.selection import held_out, search, select
from inoc_evals.stats.calibration import Truth, fit_temperature, fitted_log_likelihood, log_scores, weighted
from inoc_evals.stats.responses import Floats

QUESTIONS, EACH = 30, 5


def truth_of(random: np.random.Generator, questions: int = QUESTIONS) -> Truth:
    responses = questions * EACH
    labels = random.integers(0, 2, size=responses)
    return Truth(2, labels, random.uniform(1, 3, size=responses), np.repeat(np.arange(questions), EACH))


def judge(random: np.random.Generator, truth: Truth, strength: float, noise: float = 1.0) -> Floats:
    """Log odds of the label's class: `strength`, and an error of its own."""
    return strength * (2 * truth.labels - 1) + noise * random.normal(size=len(truth))


def said(*log_odds: Floats) -> Floats:
    ones = 1 / (1 + np.exp(-np.array(log_odds)))
    return np.clip(np.stack([1 - ones, ones], axis=-1), 1e-5, 1 - 1e-5)


def independent(seed: int, questions: int = QUESTIONS) -> tuple[Floats, Truth]:
    """Two judges that err independently and one that knows nothing."""
    random = np.random.default_rng(seed)
    truth = truth_of(random, questions)
    return said(judge(random, truth, 1.0), judge(random, truth, 0.9), judge(random, truth, 0.0)), truth


def no_gain(seed: int) -> tuple[Floats, Truth]:
    """A judge, and three that say the same with an error on top: together they are worse than it is alone."""
    random = np.random.default_rng(seed)
    truth = truth_of(random)
    first = judge(random, truth, 1.0)
    return said(first, *(first + random.normal(size=len(truth)) for _ in range(3))), truth


def ignorant(seed: int) -> tuple[Floats, Truth]:
    """Four judges that know nothing."""
    random = np.random.default_rng(seed)
    truth = truth_of(random)
    return said(*(judge(random, truth, 0.0) for _ in range(4))), truth


def test_two_judges_that_err_independently_beat_the_best_of_them() -> None:
    candidates, truth = independent(1)
    found = select(candidates, truth, 3)
    assert found.gains
    assert found.advised == found.members
    assert {0, 1} <= set(found.members)
    assert found.gain.low is not None
    assert 0 < found.gain.low < found.gain.mean
    assert found.together.mean - found.best.mean == pytest.approx(found.gain.mean)
    # On labels that nothing here has seen it is better by about as much as was said.
    fresh, kept = independent(2, questions=2000)
    together = fresh[list(found.members)].mean(axis=0)
    single = fit_temperature(candidates[found.single], truth)
    better = weighted(log_scores(together, kept, found.temperature), kept) - weighted(
        log_scores(fresh[found.single], kept, single), kept
    )
    assert found.gain.high is not None
    assert better > 0
    assert found.gain.low <= better <= found.gain.high


def test_where_the_others_only_add_error_there_is_no_gain() -> None:
    candidates, truth = no_gain(1)
    found = select(candidates, truth, 3)
    assert not found.gains
    assert found.advised == (0,)
    assert found.over_shares.low is not None
    assert found.over_shares.low > 0


def test_the_same_judge_twice_is_no_gain() -> None:
    candidates, truth = independent(3)
    found = select(candidates[[0, 0]], truth, 2)
    assert (found.members, found.gains, found.gain.mean) == ((0,), False, 0.0)


def test_ignorant_judges_are_not_told_from_the_shares_of_the_labels() -> None:
    candidates, truth = ignorant(1)
    found = select(candidates, truth, 3)
    assert found.over_shares.low is None or found.over_shares.low <= 0
    assert found.shares.mean == pytest.approx(math.log(0.5), abs=0.02)


@pytest.mark.parametrize("case", [no_gain, ignorant])
def test_a_gain_is_told_where_there_is_none_in_at_most_five_of_a_hundred(case) -> None:
    told = [select(*case(seed), 3, seed).gains for seed in range(100)]
    assert sum(told) <= 5


def test_labels_kept_aside_choose_nothing() -> None:
    candidates, truth = independent(4)
    found = select(candidates, truth, 3, seed=9)
    for number, fold in enumerate(found.folds):
        held = list(fold.held)
        labels = truth.labels.copy()
        labels[held] = 1 - labels[held]
        other = select(candidates, Truth(2, labels, truth.weights, truth.clusters), 3, seed=9).folds[number]
        assert other == fold
    together = sorted(place for fold in found.folds for place in fold.held)
    assert together == list(range(len(truth)))
    questions = [set(truth.clusters[list(fold.held)].tolist()) for fold in found.folds]
    assert all(not a & b for a, b in combinations(questions, 2))


def test_labels_kept_aside_do_not_set_the_temperature_that_judges_them() -> None:
    candidates, truth = independent(5)
    held = truth.clusters < 3
    flipped = Truth(2, np.where(held, 1 - truth.labels, truth.labels), truth.weights, truth.clusters)
    both = [np.exp(held_out(candidates, each, (0, 1), held)) for each in (truth, flipped)]
    assert sum(both) == pytest.approx(1)


def test_the_search_is_greedy() -> None:
    candidates, truth = independent(6)
    members, path = search(candidates, truth, 2)
    alone = [fitted_log_likelihood(each, truth) for each in candidates]
    assert members[0] == int(np.argmax(alone))
    pairs = {
        n: fitted_log_likelihood(candidates[[members[0], n]].mean(axis=0), truth) for n in range(3) if n != members[0]
    }
    assert members[1] == max(pairs, key=pairs.__getitem__)
    assert path == pytest.approx((max(alone), max(pairs.values())))


def test_weights_decide_where_judges_are_good_at_different_kinds() -> None:
    # The first judge knows the first half, the second the other half, which stands for nine times as many responses.
    half = np.arange(200) < 100
    labels = np.tile([0, 1], 100)
    knows = np.where(labels == 1, 2.0, -2.0)
    candidates = said(np.where(half, knows, 0), np.where(half, 0, knows))
    clusters = np.arange(200) // 4
    for weights, best in ((np.where(half, 1.0, 9.0), 1), (np.where(half, 9.0, 1.0), 0)):
        assert select(candidates, Truth(2, labels, weights, clusters), 1).single == best


def test_one_question_is_refused() -> None:
    candidates, truth = independent(7)
    with pytest.raises(ValueError, match="one question"):
        select(candidates, Truth(2, truth.labels, truth.weights, np.zeros_like(truth.clusters)), 2)


@settings(max_examples=20)
@given(st.integers(0, 1000), st.permutations(range(3)))
def test_the_order_of_candidates_and_responses_does_not_matter(seed: int, order: list[int]) -> None:
    candidates, truth = independent(seed, questions=10)
    members, path = search(candidates, truth, 3)
    again, same = search(candidates[order], truth, 3)
    assert [order[place] for place in again] == list(members)
    assert same == pytest.approx(path)
    mixed = np.random.default_rng(seed).permutation(len(truth))
    assert search(candidates[:, mixed], truth.at(mixed), 3)[0] == members
