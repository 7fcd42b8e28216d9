"""Candidates on the same rows or questions: intervals and letters against scipy's own tests."""

from __future__ import annotations

import math
import random
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from inoc_evals.stats.ranking import letters_of_cells, letters_of_rows, mean_interval
from inoc_evals.stats.responses import Responses
from inoc_evals.stats.tables import Cells, cells


@given(st.lists(st.floats(-5, 5), min_size=2, max_size=30))
def test_the_interval_of_a_mean_is_students(values: list[float]) -> None:
    mean, found = mean_interval(values)
    assert mean == pytest.approx(float(np.mean(values)), abs=1e-9)
    error = float(stats.sem(values))
    half = float(stats.t.ppf(0.975, len(values) - 1)) * error
    assert (found.low, found.high) == (pytest.approx(mean - half, abs=1e-9), pytest.approx(mean + half, abs=1e-9))


def test_one_row_has_no_interval() -> None:
    mean, found = mean_interval([0.5])
    assert mean == 0.5
    assert math.isnan(found.low)
    assert math.isnan(found.high)


@settings(max_examples=30)
@given(st.integers(0, 10_000))
def test_letters_of_rows_are_paired_t_tests_with_holms_correction(seed: int) -> None:
    chance = random.Random(seed)
    rows = [chance.gauss(0, 2) for _ in range(20)]
    # What rows have in common hides no difference between candidates.
    candidates = [[row + shift + chance.gauss(0, 0.3) for row in rows] for shift in (0.0, 0.1, 0.25, 1.0)]
    pairs = list(combinations(range(4), 2))
    found = [float(stats.ttest_rel(candidates[a], candidates[b]).pvalue) for a, b in pairs]
    order = sorted(range(6), key=lambda place: found[place])
    apart, going = set(), True
    for rank, place in enumerate(order):
        going = going and found[place] * (6 - rank) <= 0.05
        if going:
            apart.add(pairs[place])
    told = letters_of_rows(candidates)
    for a, b in pairs:
        assert bool(set(told[a]) & set(told[b])) == ((a, b) not in apart)


def test_rows_without_any_spread_are_told_apart_just_where_they_differ() -> None:
    assert letters_of_rows([[1.0, 1.0], [1.0, 1.0], [2.0, 2.0]]) == ("a", "a", "b")
    assert letters_of_rows([[1.0], [2.0]]) == ("a", "a")


def arm(hits: int, questions: int = 40) -> Cells:
    names = [f"q{number}" for number in range(questions)]
    values = [float(number < hits) for number in range(questions)]
    return cells(Responses(np.array(values), names, ["base"] * questions, (0.0, 1.0)))


def test_rates_that_are_far_apart_have_no_letter_in_common_and_near_ones_have() -> None:
    first, second, third = letters_of_cells([arm(38), arm(36), arm(2)])
    assert set(first) & set(second)
    assert not set(first) & set(third)
    assert not set(second) & set(third)
