from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from inoc_evals.stats.rates import interval, joint
from inoc_evals.stats.variance import Components, components, steadied

CELL = st.one_of(
    st.just(math.nan), st.sampled_from([0.0, 0.25, 0.5, 1.0]), st.floats(0, 1).map(lambda share: round(share, 3))
)
TABLES = arrays(float, st.tuples(st.integers(0, 4), st.integers(0, 6)), elements=CELL)


def test_components_by_hand() -> None:
    # Question means 0.2, 0.6; checkpoint means 0.3, 0.5; grand mean 0.4; what is left is +-0.1 in every cell.
    found = components(np.array([[0.2, 0.4], [0.2, 0.8]]), 40)
    assert found.mean == pytest.approx(0.4)
    assert found.between_questions == pytest.approx(2 * 0.2**2 / 1 / 2)
    assert found.between_seeds == pytest.approx(2 * 0.1**2 / 1 / 2)
    assert found.cells == pytest.approx(4 * 0.1**2 / 1 / 4)
    assert (found.questions, found.seeds, found.responses) == (2, 2, 40)


def test_components_are_unbiased_in_sum() -> None:
    random = np.random.default_rng(0)
    seeds, questions = 3, 10
    sums, means = [], []
    for _ in range(4000):
        table = (
            random.normal(0, 2, questions) + random.normal(0, 1, (seeds, 1)) + random.normal(0, 3, (seeds, questions))
        )
        found = components(table, 1)
        sums.append(found.between_questions + found.between_seeds - found.cells)
        means.append(found.mean)
    # The variance of the mean: 4/10 + 1/3 + 9/30.
    assert np.mean(sums) == pytest.approx(0.4 + 1 / 3 + 0.3, rel=0.03)
    assert np.var(means) == pytest.approx(0.4 + 1 / 3 + 0.3, rel=0.08)


def test_a_checkpoint_is_not_judged_by_the_questions_that_it_lacks() -> None:
    nan = math.nan
    # No difference between checkpoints, though the second one has only the hard question.
    found = components(np.array([[0.1, 0.9], [nan, 0.9]]), 30)
    assert found.mean == pytest.approx(0.5)
    assert found.between_seeds == pytest.approx(0)
    empty = components(np.array([[0.1, nan, 0.9], [nan, nan, nan]]), 20)
    assert (empty.questions, empty.seeds, empty.between_seeds) == (2, 1, 0)


def test_steadied_by_hand() -> None:
    # Rate 0.1, 10 questions: 4 * 10 * 0.09 = 3.6 questions' worth against 1 of the prior 0.09 / 3 / 10.
    assert steadied(0.001, 0.1, 10) == pytest.approx((3.6 * 0.001 + 0.003) / 4.6)
    assert steadied(0.02, 0.1, 10) == 0.02
    assert steadied(0.0, 0.0, 10) == 0.0
    # It fades with the number of questions.
    assert steadied(0.0001, 0.5, 1000) == pytest.approx(0.0001, rel=0.01)


def test_squared_half_widths_add() -> None:
    # t(2) at 0.975 is 4.302653; 4.302653^2 = 18.512821
    assert joint(3.0, 0.5, 0.1, 2, 0.025) == pytest.approx(3 + 18.512821 * 0.4)
    assert joint(1.0, 0.5, 0.6, 2, 0.025) == pytest.approx(18.512821 * 0.5)
    assert joint(20.0, 0.5, 0.6, 2, 0.025) == 20.0
    assert joint(3.0, 0.0, 0.0, 0, 0.025) == 3.0


@given(TABLES, st.floats(0.5, 0.99))
def test_intervals_of_any_table_are_total(table: np.ndarray, level: float) -> None:
    parts = components(table, max(1, int((~np.isnan(table)).sum())))
    low, high = interval(parts, level)
    if np.isnan(table).all():
        assert math.isnan(low)
        assert math.isnan(high)
        return
    assert 0 <= low <= parts.mean + 1e-12
    assert parts.mean - 1e-12 <= high <= 1
    wider = interval(parts, (1 + level) / 2)
    assert wider[0] <= low + 1e-9
    assert wider[1] >= high - 1e-9
    mirrored = interval(components(1 - table, parts.responses), level)
    assert mirrored == pytest.approx((1 - high, 1 - low), abs=1e-6)


@given(TABLES)
def test_order_of_questions_and_checkpoints_is_nothing(table: np.ndarray) -> None:
    first, second = components(table, 100), components(table[::-1, ::-1], 100)
    for name in Components.__dataclass_fields__:
        assert getattr(first, name) == pytest.approx(getattr(second, name), nan_ok=True, abs=1e-12)
