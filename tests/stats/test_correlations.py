"""Correlations against formulas written out here, all permutations, and what their intervals cover."""

from __future__ import annotations

import math
import random
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inoc_evals.stats.correlations import calibration, pearson, spearman

NUMBERS = st.lists(
    st.tuples(st.integers(-50, 50).map(float), st.integers(-50, 50).map(float)), min_size=4, max_size=6
).filter(lambda pairs: len({x for x, _ in pairs}) > 1 and len({y for _, y in pairs}) > 1)


def by_hand(x: list[float], y: list[float]) -> float:
    mean_x, mean_y = math.fsum(x) / len(x), math.fsum(y) / len(y)
    top = math.fsum((a - mean_x) * (b - mean_y) for a, b in zip(x, y, strict=True))
    squares = [math.fsum((a - mean) ** 2 for a in given) for given, mean in ((x, mean_x), (y, mean_y))]
    return top / math.sqrt(squares[0] * squares[1])


def ranks(given: list[float]) -> list[float]:
    """Mean ranks from 1, by counting."""
    return [sum(b < a for b in given) + (sum(b == a for b in given) + 1) / 2 for a in given]


def all_orders(x: list[float], y: list[float]) -> float:
    """The share of all orders of y that are at least as extreme, twice the smaller tail."""
    seen = by_hand(x, y)
    found = [by_hand(x, list(order)) for order in permutations(y)]
    above = sum(value >= seen - 1e-12 for value in found) / len(found)
    below = sum(value <= seen + 1e-12 for value in found) / len(found)
    return min(1.0, 2 * min(above, below))


@given(NUMBERS)
def test_values_and_p_are_those_of_the_definition_and_of_all_orders(pairs: list[tuple[float, float]]) -> None:
    x, y = [a for a, _ in pairs], [b for _, b in pairs]
    found = pearson(x, y)
    assert found.value == pytest.approx(by_hand(x, y), abs=1e-9)
    assert found.p == pytest.approx(all_orders(x, y), abs=1e-9)
    ordered = spearman(x, y)
    assert ordered.value == pytest.approx(by_hand(ranks(x), ranks(y)), abs=1e-9)
    assert ordered.p == pytest.approx(all_orders(ranks(x), ranks(y)), abs=1e-9)
    for one in (found, ordered):
        assert -1 <= one.low <= one.value <= one.high <= 1


def test_intervals_are_those_of_their_formulas() -> None:
    x, y = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0], [2.0, 1.0, 4.0, 3.0, 7.0, 5.0, 6.0]
    value = by_hand(x, y)
    # Fisher: z with 1/sqrt(n - 3); here ranks and numbers are the same.
    for found, error in ((pearson(x, y), 0.5), (spearman(x, y), 0.5 * math.sqrt(1 + value**2 / 2))):
        assert found.low == pytest.approx(math.tanh(math.atanh(value) - 1.959964 * error), abs=1e-6)
        assert found.high == pytest.approx(math.tanh(math.atanh(value) + 1.959964 * error), abs=1e-6)


def test_a_perfect_order_of_few_is_no_proof() -> None:
    found = spearman([1.0, 2.0, 3.0, 4.0], [10.0, 20.0, 30.0, 40.0])
    assert (found.value, found.high) == (1.0, 1.0)
    assert found.low < 0
    # Of 24 orders one is this, and one its reverse.
    assert found.p == pytest.approx(2 / 24)


def test_too_few_or_equal_numbers_have_no_correlation() -> None:
    assert math.isnan(pearson([1.0, 2.0], [3.0, 4.0]).value)
    assert math.isnan(spearman([1.0, 1.0, 1.0], [1.0, 2.0, 3.0]).value)
    three = spearman([1.0, 2.0, 3.0], [1.0, 3.0, 2.0])
    assert three.value == pytest.approx(0.5)
    assert math.isnan(three.low)


def test_intervals_of_spearman_cover_what_they_say() -> None:
    chance = random.Random(3)
    # Of two normal variables with correlation r Spearman's is 6/pi asin(r/2).
    truth = 6 / math.pi * math.asin(0.8 / 2)
    covered = 0
    for _ in range(120):
        x = [chance.gauss(0, 1) for _ in range(12)]
        y = [0.8 * a + 0.6 * chance.gauss(0, 1) for a in x]
        n = len(x)
        value = by_hand(ranks(x), ranks(y))
        found = spearman(x, y)
        assert found.n == n
        assert found.value == pytest.approx(value)
        covered += found.low <= truth <= found.high
    assert covered / 120 > 0.9


def test_calibration_is_that_of_least_squares() -> None:
    predicted, measured = [0.0, 0.5, 1.0, 0.1], [0.1, 0.3, 0.6, 0.0]
    found = calibration(predicted, measured, [(0.0, 0.2), (0.4, 0.6), (0.5, 0.7), (-0.1, 0.2)])
    assert found.bias == pytest.approx((0.1 - 0.2 - 0.4 - 0.1) / 4)
    assert found.error == pytest.approx((0.1 + 0.2 + 0.4 + 0.1) / 4)
    # Sums of squares and products around the means 0.4 and 0.25.
    products = -0.4 * -0.15 + 0.1 * 0.05 + 0.6 * 0.35 + -0.3 * -0.25
    squares = 0.4**2 + 0.1**2 + 0.6**2 + 0.3**2
    assert found.slope == pytest.approx(products / squares)
    assert found.intercept == pytest.approx(0.25 - found.slope * 0.4)
    assert found.slope_low < found.slope < found.slope_high
    # 0.0 and 0.5 and 0.1 lie in theirs.
    assert (found.inside, found.n) == (3, 4)
    assert math.isnan(calibration([], [], []).bias)
    assert math.isnan(calibration([0.2, 0.2, 0.2], [0.1, 0.2, 0.3], [(0.0, 1.0)] * 3).slope)
