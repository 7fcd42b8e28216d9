"""Slopes against scipy's line and t test, and what their intervals cover."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from inoc_evals.stats.trends import trend

SCORE = st.floats(-20, 20)
TABLES = st.integers(2, 5).flatmap(
    lambda points: st.tuples(
        st.lists(st.integers(0, 30), min_size=points, max_size=points, unique=True),
        st.lists(st.lists(SCORE, min_size=points, max_size=points), min_size=3, max_size=6),
    )
)


@given(TABLES)
def test_the_slope_is_the_mean_of_each_questions_line(table: tuple[list[int], list[list[float]]]) -> None:
    axis, questions = table
    slopes = [float(stats.linregress(axis, scores).slope) for scores in questions]
    found = trend(axis, np.array(questions).T)
    assert found.slope == pytest.approx(math.fsum(slopes) / len(slopes), abs=1e-9)
    assert (found.points, found.questions, found.left_out) == (len(axis), len(questions), 0)
    # With every question whole it is the line through the means too.
    assert found.slope == pytest.approx(float(stats.linregress(axis, np.mean(questions, axis=0)).slope), abs=1e-9)
    if np.std(slopes) > 1e-6:
        test = stats.ttest_1samp(slopes, 0.0)
        assert (found.low, found.high) == pytest.approx(tuple(test.confidence_interval(0.95)), abs=1e-6)
        assert found.p == pytest.approx(float(test.pvalue), abs=1e-6)


def test_a_question_without_a_score_somewhere_is_left_out() -> None:
    found = trend([0, 1, 2], np.array([[0.0, 5.0, 1.0], [1.0, math.nan, 3.0], [2.0, 7.0, 5.0]]))
    # Slopes 1 and 2: their mean, and t with one degree of freedom (12.706) times 0.5.
    assert (found.slope, found.questions, found.left_out) == (1.5, 2, 1)
    assert (found.low, found.high) == pytest.approx((1.5 - 6.353, 1.5 + 6.353), abs=1e-3)


def test_without_two_points_or_two_questions_there_is_no_interval() -> None:
    assert math.isnan(trend([3.0], np.array([[1.0, 2.0]])).slope)
    assert math.isnan(trend([3.0, 3.0], np.array([[1.0, 2.0], [2.0, 2.0]])).slope)
    alone = trend([0.0, 2.0], np.array([[1.0], [2.0]]))
    assert (alone.slope, math.isnan(alone.low), math.isnan(alone.p)) == (0.5, True, True)
    assert trend([0.0, 1.0], np.array([[1.0, 1.0], [1.0, 1.0]])).p == 1.0
    with pytest.raises(ValueError, match="2 places do not fit"):
        trend([0.0, 1.0], np.array([[1.0, 1.0]]))


def test_its_interval_covers_the_slope_of_all_questions() -> None:
    chance = random.Random(5)
    hits = 0
    for _ in range(400):
        # Questions differ in level and slope, and every score has noise of its own.
        questions = []
        for _ in range(12):
            level, own = chance.gauss(0, 2), chance.gauss(-0.5, 1)
            questions.append([level + own * place + chance.gauss(0, 0.5) for place in (0, 1, 3)])
        found = trend([0, 1, 3], np.array(questions).T)
        hits += found.low <= -0.5 <= found.high
    assert 366 <= hits <= 394  # 95% of 400, four standard errors up and down
