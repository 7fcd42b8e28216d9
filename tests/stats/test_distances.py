"""The Jensen-Shannon distance and how decided shares are, against scipy and by hand."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.spatial.distance import jensenshannon

from inoc_evals.stats.distances import decided, jensen_shannon, normalised

WEIGHTS = st.lists(st.one_of(st.just(0.0), st.floats(1e-6, 1e6)), min_size=2, max_size=6).filter(any)
PAIRS = st.integers(2, 6).flatmap(
    lambda count: st.tuples(
        *[st.lists(st.one_of(st.just(0.0), st.floats(1e-6, 1e6)), min_size=count, max_size=count).filter(any)] * 2
    )
)


def test_a_thousand_pairs_agree_with_scipy() -> None:
    chance = random.Random(3)
    for case in range(1000):
        count = chance.randint(2, 9)
        # Peaked and even ones, with options that nobody chose among them.
        one, other = (
            [chance.gammavariate(shape, 1.0) * (chance.random() > 0.2) for _ in range(count)]
            for shape in (0.1 + case % 4, 0.1 + case % 3)
        )
        if any(one) and any(other):
            assert jensen_shannon(one, other) == pytest.approx(float(jensenshannon(one, other, base=2)), abs=1e-7)
            assert decided(one) == pytest.approx(1 - float(stats.entropy(one, base=count)), abs=1e-9)


@given(PAIRS)
def test_it_is_a_distance_that_agrees_with_scipy(pair: tuple[list[float], list[float]]) -> None:
    one, other = pair
    found = jensen_shannon(one, other)
    assert 0 <= found <= 1
    assert found == jensen_shannon(other, one)
    wanted = float(np.nan_to_num(jensenshannon(one, other, base=2)))
    # The square root magnifies the rounding of divergences near 0.
    assert found**2 == pytest.approx(wanted**2, abs=1e-9)


@pytest.mark.parametrize(
    ("one", "other", "wanted"),
    [
        ([1, 0], [0, 1], 1.0),
        ([0.5, 0.5], [3, 3], 0.0),
        # H(3/4, 1/4) - (H(1, 0) + H(1/2, 1/2)) / 2 = 0.811278 - 0.5.
        ([1, 0], [1, 1], math.sqrt(0.311278)),
        ([1, 1, 0], [0, 0, 5], 1.0),
        ([1, 0, 0, 0], [1, 0, 0, 0], 0.0),
        ([1e-300, 1e300], [0, 1], 0.0),
    ],
)
def test_distances_by_hand(one: list[float], other: list[float], wanted: float) -> None:
    assert jensen_shannon(one, other) == pytest.approx(wanted, abs=1e-6)


@pytest.mark.parametrize(
    ("weights", "wanted"),
    [([1, 1], 0.0), ([2, 2, 2], 0.0), ([0, 7, 0], 1.0), ([1, 3], 1 - 0.811278), ([1, 1, 0, 0], 0.5)],
)
def test_decided_by_hand(weights: list[float], wanted: float) -> None:
    assert decided(weights) == pytest.approx(wanted, abs=1e-6)


@given(WEIGHTS)
def test_shares_add_up_to_1_whatever_the_unit(weights: list[float]) -> None:
    shares = normalised(weights)
    assert math.fsum(shares) == pytest.approx(1)
    assert shares == pytest.approx(normalised([1e-250 * weight for weight in weights]))


@pytest.mark.parametrize(
    "weights", [[], [1.0], [0.0, 0.0], [1.0, -0.1], [1.0, math.nan], [1.0, math.inf], [1, 10**400]]
)
def test_what_is_no_distribution_is_refused(weights: list[float]) -> None:
    with pytest.raises(ValueError, match=r"options or more|weight"):
        normalised(weights)
    with pytest.raises(ValueError, match=r"cannot be compared|options or more|weight"):
        jensen_shannon(weights, [0.5, 0.5])
