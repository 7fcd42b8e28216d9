from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from inoc_evals.stats.rates import interval
from inoc_evals.stats.variance import Components, components, steadied, steadied_seeds
from tests.stats.tables import valued

CELL = st.one_of(
    st.just(math.nan), st.sampled_from([0.0, 0.25, 0.5, 1.0]), st.floats(0, 1).map(lambda share: round(share, 3))
)
TABLES = arrays(float, st.tuples(st.integers(0, 4), st.integers(0, 6)), elements=CELL)


def test_components_by_hand() -> None:
    # Question means 0.2, 0.6; checkpoint means 0.3, 0.5; grand mean 0.4.
    found = components(valued([[0.2, 0.4], [0.2, 0.8]], 10))
    assert found.mean == pytest.approx(0.4)
    assert found.between_questions == pytest.approx(2 * 0.2**2 / 1 / 2)
    assert found.between_seeds == pytest.approx(2 * 0.1**2 / 1 / 2)
    assert (found.questions, found.seeds, found.responses) == (2, 2, 40)


@pytest.mark.parametrize("missing", [0.0, 0.3])
def test_the_variance_between_checkpoints_is_unbiased(missing: float) -> None:
    random = np.random.default_rng(0)
    seeds, questions, found = 3, 10, []
    present = random.random((seeds, questions)) >= missing
    for _ in range(3000):
        cells = 0.5 + random.normal(0, 0.05, questions) + random.normal(0, 0.02, (seeds, 1)) + np.zeros((3, 10))
        found.append(components(valued(np.where(present, cells, math.nan), 1)).between_seeds)
    assert np.mean(found) == pytest.approx(0.02**2 / seeds, rel=0.06)


def test_a_checkpoint_is_not_judged_by_the_questions_that_it_lacks() -> None:
    nan = math.nan
    # No difference between checkpoints, though the second one has only the hard question.
    found = components(valued([[0.1, 0.9], [nan, 0.9]], 10))
    assert found.mean == pytest.approx(0.5)
    assert found.between_seeds == pytest.approx(0)
    apart = components(valued([[0.1, nan], [nan, 0.9]], 10))
    assert (apart.questions, apart.seeds, apart.between_seeds) == (2, 2, 0)


def test_unequal_cells_tell_less_than_their_responses() -> None:
    # Two questions weigh 1/2 each; 1 and 100 responses: 1 / (1/4 + 1/400).
    assert components(valued([[0.0, 1.0]], [[1, 100]])).responses == pytest.approx(1 / (0.25 + 0.0025))
    assert components(valued([[0.0, 1.0], [0.5, 0.5]], 7)).responses == pytest.approx(28)


def test_steadied_by_hand() -> None:
    # Rate 0.1, 10 questions: 4 * 10 * 0.09 = 3.6 questions' worth against 1 of the prior 0.09 / 3 / 10.
    assert steadied(0.001, 0.1, 10) == pytest.approx((3.6 * 0.001 + 0.003) / 4.6)
    assert steadied(0.02, 0.1, 10) == 0.02
    assert steadied(0.0, 0.0, 10) == 0.0
    # It fades with the number of questions.
    assert steadied(0.0001, 0.5, 1000) == pytest.approx(0.0001, rel=0.01)


def test_steadied_seeds_by_hand() -> None:
    # Rate 0.5, 3 seeds, 1000 responses: prior (0.4 * 0.25)^2 / 3, which counts as one of 1 + 2 degrees of freedom;
    # 0.25 / 1000 of what was observed is sampling.
    variance, freedom = steadied_seeds(0.01, 0.5, 3, 1000)
    assert variance == pytest.approx((0.01 / 3 + 2 * (0.01 - 0.00025)) / 3)
    assert freedom == 3
    # Two seeds that agree do not show that seeds agree.
    assert steadied_seeds(0.0, 0.5, 2, 1000)[0] == pytest.approx(0.01 / 2 / 2)


@given(TABLES, st.floats(0.5, 0.99))
def test_intervals_of_any_table_are_total(cells: np.ndarray, level: float) -> None:
    table = valued(cells, 1)
    low, high = interval(table, level)
    if np.isnan(cells).all():
        assert math.isnan(low)
        assert math.isnan(high)
        return
    assert 0 <= low <= table.mean + 1e-12
    assert table.mean - 1e-12 <= high <= 1
    wider = interval(table, (1 + level) / 2)
    assert wider[0] <= low + 1e-9
    assert wider[1] >= high - 1e-9
    assert interval(valued(1 - cells, 1), level) == pytest.approx((1 - high, 1 - low), abs=1e-6)


@given(TABLES)
def test_order_of_questions_and_checkpoints_is_nothing(cells: np.ndarray) -> None:
    first, second = components(valued(cells, 1)), components(valued(cells[::-1, ::-1], 1))
    for name in Components.__dataclass_fields__:
        assert getattr(first, name) == pytest.approx(getattr(second, name), nan_ok=True, abs=1e-12)
