"""The false discovery rate, against its definition and another library."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from inoc_evals.stats.discovery import discovery_rate
from inoc_evals.stats.holm import holm

P_VALUES = st.lists(st.one_of(st.floats(0, 1), st.just(math.nan)), max_size=7)


def rejected(p_values: list[float], level: float) -> set[int]:
    """Benjamini and Hochberg's procedure by its definition: the k smallest, k the largest with p(k) <= k level / m."""
    order = sorted(range(len(p_values)), key=lambda i: p_values[i])
    passing = [k for k in range(1, len(order) + 1) if p_values[order[k - 1]] <= k * level / len(order)]
    return set(order[: max(passing, default=0)])


def test_by_hand() -> None:
    assert discovery_rate([0.01, 0.04, 0.03, 0.005]) == pytest.approx((0.02, 0.04, 0.04, 0.02))
    assert discovery_rate([]) == ()
    assert discovery_rate([math.nan, 0.04]) == pytest.approx((math.nan, 0.04), nan_ok=True)
    with pytest.raises(ValueError, match=r"-0\.1"):
        discovery_rate([-0.1])


@given(P_VALUES, st.sampled_from([0.01, 0.05, 0.2, 0.5]))
def test_what_is_at_most_the_level_is_what_the_procedure_rejects(p_values: list[float], level: float) -> None:
    found = discovery_rate(p_values)
    assert [math.isnan(p) for p in p_values] == [math.isnan(q) for q in found]
    tested = [p for p in p_values if not math.isnan(p)]
    kept = [q for q in found if not math.isnan(q)]
    # Rounding decides where a p-value stands on the line itself.
    on_the_line = any(math.isclose(q, level, rel_tol=1e-9) for q in kept)
    assert on_the_line or {i for i, q in enumerate(kept) if q <= level} == rejected(tested, level)


@given(P_VALUES)
def test_it_is_that_of_scipy_and_at_most_holms(p_values: list[float]) -> None:
    tested = [p for p in p_values if not math.isnan(p)]
    found = discovery_rate(tested)
    assert found == pytest.approx(np.asarray(stats.false_discovery_control(tested)) if tested else ())
    assert all(q <= h + 1e-12 for q, h in zip(found, holm(tested), strict=True))


@given(P_VALUES)
def test_order_is_nothing(p_values: list[float]) -> None:
    assert discovery_rate(p_values[::-1]) == pytest.approx(discovery_rate(p_values)[::-1], nan_ok=True)
