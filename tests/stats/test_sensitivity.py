"""How large a difference would have been seen, and differences in standard units: by simulation and by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from inoc_evals.stats.responses import Responses
from inoc_evals.stats.sensitivity import seen
from inoc_evals.stats.standardized import average_deviation, standardized
from inoc_evals.stats.tables import Cells, cells


def given_interval(error: float, questions: int) -> tuple[float, float, float]:
    half = float(stats.t.ppf(0.975, questions - 1)) * error
    return 0.1, 0.1 - half, 0.1 + half


@pytest.mark.parametrize(("questions", "tests", "power"), [(5, 1, 0.8), (40, 9, 0.8), (200, 45, 0.5)])
def test_a_difference_of_the_least_size_is_told_as_often_as_it_says(questions: int, tests: int, power: float) -> None:
    error = 0.02
    found = seen(given_interval(error, questions), questions, tests, power)
    assert found.error == pytest.approx(error)
    assert found.z == pytest.approx(5)
    draw = np.random.default_rng(1)
    means = found.least + draw.standard_normal(200_000) * error
    errors = error * np.sqrt(draw.chisquare(questions - 1, len(means)) / (questions - 1))
    told = means / errors > stats.t.ppf(1 - 0.025 / tests, questions - 1)
    assert float(told.mean()) == pytest.approx(power, abs=0.005)


def test_the_longer_side_of_an_interval_counts_and_none_says_nothing() -> None:
    assert seen((0.1, 0.0, 0.3), 40, 1).error == pytest.approx(seen((0.1, -0.1, 0.3), 40, 1).error)
    assert all(math.isnan(value) for value in vars(seen((0.1, math.nan, math.nan), 1, 1)).values())
    nothing = seen((0.0, 0.0, 0.0), 40, 1)
    assert (nothing.error, nothing.least) == (0.0, 0.0)
    assert math.isnan(nothing.z)
    assert seen((0.3, 0.3 - 1e-16, 0.3 + 1e-16), 40, 1).least == 0


def arm(values: dict[str, list[float]]) -> Cells:
    pairs = [(question, value) for question, listed in values.items() for value in listed]
    questions, numbers = zip(*pairs, strict=True)
    return cells(Responses(np.array(numbers), list(questions), ["one"] * len(numbers), None))


def test_the_unit_is_the_mean_of_both_deviations_of_question_means_in_common() -> None:
    a = arm({"q1": [0.0, 2.0], "q2": [3.0], "q3": [9.0], "q4": [5.0], "q5": [2.0], "only": [100.0]})
    b = arm({"q1": [1.0], "q2": [5.0], "q3": [6.0, 12.0], "q4": [5.0], "q5": [5.0]})
    # Means 1, 3, 9, 5, 2 and 1, 5, 9, 5, 5: sums of squares 40 and 32, over 4.
    assert average_deviation(a, b) == pytest.approx((math.sqrt(10) + math.sqrt(8)) / 2)
    assert math.isnan(average_deviation(arm({f"q{place}": [1.0] for place in (1, 2, 3, 4)}), b))
    alike = [arm({f"q{place}": [value] for place in range(5)}) for value in (0.3, 0.7)]
    assert average_deviation(*alike) == 0


def test_a_difference_in_this_unit_and_where_there_is_none() -> None:
    assert standardized((1.0, -1.0, 3.0), 2.0) == standardized((0.5, -0.5, 1.5), 1.0)
    found = standardized((1.0, math.nan, math.nan), 2.0)
    assert (found.effect, found.low, found.high) == (0.5, None, None)
    assert standardized((1.0, 0.0, 2.0), 0.0).why == "all questions have one value in either arm"
    assert standardized((1.0, 0.0, 2.0), math.nan).why == "fewer than 5 questions in common"
