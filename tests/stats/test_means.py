from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from inoc_evals.stats.means import mean
from inoc_evals.stats.rates import rate

RATINGS = [10.0, 30.0, 50.0, None, 90.0, 70.0]
QUESTIONS = ["a", "a", "b", "b", "c", "c"]


def test_without_a_span_it_is_t_over_question_means() -> None:
    found = mean(RATINGS, QUESTIONS)
    low, high = stats.t.interval(0.95, 2, loc=50, scale=stats.sem([20, 50, 80]))
    assert (found.low, found.high, found.equal, found.excluded) == pytest.approx((low, high, 50, 1))


def test_with_a_span_it_is_a_rate_in_its_units() -> None:
    found = mean(RATINGS, QUESTIONS, span=(0, 100))
    share = rate([None if v is None else v / 100 for v in RATINGS], QUESTIONS)
    assert (found.low, found.equal, found.high) == pytest.approx((100 * share.low, 50, 100 * share.high))
    shifted = mean([None if v is None else v - 50 for v in RATINGS], QUESTIONS, span=(-50, 50))
    assert (shifted.low, shifted.high) == pytest.approx((found.low - 50, found.high - 50))
    with pytest.raises(ValueError, match="outside"):
        mean(RATINGS, QUESTIONS, span=(0, 50))


def test_few_low_ratings_do_not_make_it_sure() -> None:
    ratings = list(np.full(8, 100.0))
    assert mean(ratings, list("abcdefgh")).low == 100
    assert mean(ratings, list("abcdefgh"), span=(0, 100)).low < 80
    assert math.isnan(mean([None], ["a"], span=(0, 100)).equal)
