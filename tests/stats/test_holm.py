from __future__ import annotations

import math
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inoc_evals.stats.holm import holm

P_VALUES = st.lists(st.one_of(st.floats(0, 1), st.just(math.nan)), max_size=7)


def closed(p_values: list[float], one: int) -> float:
    """The largest Bonferroni p-value of all families that hold this one: Holm's procedure by its definition."""
    others = [i for i in range(len(p_values)) if i != one]
    families = [(one, *rest) for size in range(len(p_values)) for rest in combinations(others, size)]
    return max(min(1.0, len(family) * min(p_values[i] for i in family)) for family in families)


def test_holm_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx((0.03, 0.06, 0.06, 0.02))
    assert holm([]) == ()
    assert holm([0.04]) == (0.04,)
    with pytest.raises(ValueError, match=r"1\.5"):
        holm([1.5])


@given(P_VALUES)
def test_holm_is_the_closed_bonferroni_test(p_values: list[float]) -> None:
    found = holm(p_values)
    tested = [p for p in p_values if not math.isnan(p)]
    kept = [q for q in found if not math.isnan(q)]
    assert [math.isnan(p) for p in p_values] == [math.isnan(q) for q in found]
    assert kept == pytest.approx([closed(tested, i) for i in range(len(tested))])


@given(P_VALUES)
def test_order_is_nothing(p_values: list[float]) -> None:
    assert holm(p_values[::-1]) == pytest.approx(holm(p_values)[::-1], nan_ok=True)
