from __future__ import annotations

import math

import pytest
from scipy import stats

from inoc_evals.stats.means import mean

RATINGS = [10.0, 30.0, 50.0, None, 90.0, 70.0]
QUESTIONS = ["a", "a", "b", "b", "c", "c"]


def test_without_a_span_it_is_t_over_question_means() -> None:
    found = mean(RATINGS, QUESTIONS)
    low, high = stats.t.interval(0.95, 2, loc=50, scale=stats.sem([20, 50, 80]))
    assert (found.low, found.high, found.equal, found.excluded) == pytest.approx((low, high, 50, 1))


def test_responses_and_questions_are_weighed_apart() -> None:
    # Question means 20, 50 and 80; five responses with the sum 250. A NaN is as missing as None.
    found = mean([*RATINGS, math.nan], [*QUESTIONS, "d"])
    assert (found.n, found.excluded, found.clusters) == (5, 2, 3)
    assert (found.pooled, found.equal) == (50, 50)
    uneven = mean([0.0, 0.0, 0.0, 100.0], ["a", "a", "a", "b"])
    assert (uneven.pooled, uneven.equal) == (25, 50)


@pytest.mark.parametrize("level", [0.5, 0.9, 0.99])
def test_the_level_is_two_sided(level: float) -> None:
    found = mean(RATINGS, QUESTIONS, level)
    assert (found.low, found.high) == pytest.approx(stats.t.interval(level, 2, loc=50, scale=stats.sem([20, 50, 80])))


def test_one_question_has_no_interval() -> None:
    found = mean([10.0, 20.0, 60.0], ["a", "a", "a"])
    assert (found.clusters, found.equal, found.pooled) == (1, 30, 30)
    assert math.isnan(found.low)
    assert math.isnan(found.high)


@pytest.mark.parametrize("values", [[], [None, None], [math.nan]])
def test_nothing_to_say(values: list[float | None]) -> None:
    found = mean(values, ["a"] * len(values))
    assert (found.n, found.excluded, found.clusters) == (0, len(values), 0)
    assert all(map(math.isnan, (found.pooled, found.equal, found.low, found.high)))


def test_every_value_has_its_question() -> None:
    with pytest.raises(ValueError, match=r"shorter|longer"):
        mean([1.0, 2.0], ["a"])
