from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from inoc_evals.stats.responses import Responses
from inoc_evals.stats.seeds import arm_difference, arm_rate
from inoc_evals.stats.these_questions import difference, interval
from tests.stats.tables import counted, responses, valued

CELL = st.one_of(st.just(math.nan), st.sampled_from([0.0, 0.25, 0.5, 1.0]), st.floats(0, 1))
TABLES = arrays(float, st.tuples(st.integers(1, 3), st.integers(1, 6)), elements=CELL)


@pytest.mark.parametrize(("hits", "asked"), [(0, 10), (0, 2000), (10, 10), (1, 1), (0, 1)])
def test_without_hits_or_misses_one_question_gives_clopper_and_pearson(hits: int, asked: int) -> None:
    expected = stats.binomtest(hits, asked).proportion_ci()
    assert interval(counted([hits], asked)) == pytest.approx((expected.low, expected.high), abs=1e-9)


@pytest.mark.parametrize(("questions", "asked"), [(1, 1), (2, 1), (8, 1), (400, 1), (8, 3), (3, 50)])
def test_what_no_question_shows_has_the_exact_upper_limit_of_all_responses(questions: int, asked: int) -> None:
    """The chance that none of n responses is a hit is 2.5% at the rate whose complement to the power of n is that."""
    rate = arm_rate(responses([0] * questions, asked))
    exact = 1 - 0.025 ** (1 / (questions * asked))
    assert (rate.on_these_questions.low, rate.on_these_questions.high) == pytest.approx((0.0, exact), abs=1e-9)
    # Questions of their own may bring what these do not show.
    assert rate.low == 0.0
    assert rate.high >= exact or questions == 1


@pytest.mark.parametrize(("hits", "asked"), [(1, 10), (3, 10), (50, 200), (1, 2000), (1900, 2000)])
def test_one_question_is_close_to_clopper_and_pearson(hits: int, asked: int) -> None:
    expected = stats.binomtest(hits, asked).proportion_ci()
    low, high = interval(counted([hits], asked))
    width = expected.high - expected.low
    assert (low, high) == pytest.approx((expected.low, expected.high), abs=0.03 * width)


@pytest.mark.parametrize("chances", [(0.02, 0.02), (0.0, 0.1), (0.9, 0.3), (0.5, 0.5), (1.0, 0.05)])
@pytest.mark.parametrize("asked", [(1, 1), (2, 9), (10, 10), (1, 30)])
def test_two_questions_are_covered_in_every_possible_outcome(
    chances: tuple[float, float], asked: tuple[int, int]
) -> None:
    inside = 0.0
    for first in range(asked[0] + 1):
        for second in range(asked[1] + 1):
            low, high = interval(counted([first, second], [list(asked)]))
            chance = stats.binom.pmf(first, asked[0], chances[0]) * stats.binom.pmf(second, asked[1], chances[1])
            inside += chance * (low - 1e-12 <= sum(chances) / 2 <= high + 1e-12)
    assert inside > 0.95


def test_it_is_narrower_than_for_questions_like_these() -> None:
    random = np.random.default_rng(0)
    found = arm_rate(responses(random.binomial(100, random.beta(0.5, 2, 20)), 100))
    these = found.on_these_questions
    assert found.low < these.low < found.equal < these.high < found.high
    assert these.high - these.low < 0.3 * (found.high - found.low)


def test_a_question_that_always_hits_leaves_little_doubt_but_some() -> None:
    low, high = interval(counted([100] + [0] * 19, 100))
    assert 0.04 < low < 0.05 < high < 0.056


def test_one_response_a_question_is_as_if_all_had_one_rate() -> None:
    expected = stats.binomtest(30, 100).proportion_ci()
    assert interval(counted([1] * 30 + [0] * 70, 1)) == pytest.approx((expected.low, expected.high), abs=0.003)


def test_the_heaviest_response_decides_without_a_hit() -> None:
    # 4 questions: one response to one of them weighs a quarter, as if there were 4 responses in all.
    assert interval(counted([0, 0, 0, 0], [[1, 100, 100, 100]]))[1] == pytest.approx(1 - 0.025 ** (1 / 4))


def test_checkpoints_are_fixed_too() -> None:
    together = interval(counted([[10] * 10, [40] * 10], 50))
    assert together[1] - together[0] < 0.06
    assert together[0] < 0.5 < together[1]


def test_differences_combine_both_arms() -> None:
    a, b = counted([5, 9], 20), counted([2, 3], 20)
    (low_a, high_a), (low_b, high_b) = interval(a), interval(b)
    gap = 14 / 40 - 5 / 40
    expected = (gap - math.hypot(a.mean - low_a, high_b - b.mean), gap + math.hypot(high_a - a.mean, b.mean - low_b))
    assert difference(a, b) == pytest.approx(expected)
    assert difference(b, a) == pytest.approx((-expected[1], -expected[0]))
    found = arm_difference(responses([5, 9], 20), responses([2, 3], 20))
    assert (found.on_these_questions.low, found.on_these_questions.high) == pytest.approx(expected)


def test_ratings_vary_less_than_yes_and_no() -> None:
    random = np.random.default_rng(0)
    names = [f"q{place % 10}" for place in range(500)]
    ratings = arm_rate(Responses(random.uniform(40, 60, 500).tolist(), names, ["one"] * 500, (0, 100)))
    these = ratings.on_these_questions
    # The standard error of the mean is 20 / sqrt(12) / sqrt(500).
    assert 1.96 * 2 * 20 / math.sqrt(12 * 500) < these.high - these.low < 3


@given(TABLES, st.integers(1, 5), st.floats(0.5, 0.99))
def test_limits_of_any_table_are_total_and_mirror(cells: np.ndarray, asked: int, level: float) -> None:
    table = valued(cells, asked)
    low, high = interval(table, level)
    if np.isnan(cells).all():
        assert math.isnan(low)
        return
    assert 0 <= low <= table.mean + 1e-12
    assert table.mean - 1e-12 <= high <= 1
    assert interval(valued(1 - cells, asked), level) == pytest.approx((1 - high, 1 - low), abs=1e-9)
