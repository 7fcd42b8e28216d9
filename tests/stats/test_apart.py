"""The distance of two distributions of which only the likeliest outcomes are known, against all that is known."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inoc_evals.stats.apart import total_variation

WEIGHTS = st.lists(st.floats(1e-6, 1e3), min_size=6, max_size=6)


def distribution(weights: list[float]) -> dict[str, float]:
    return {f"t{number}": weight / sum(weights) for number, weight in enumerate(weights)}


def top(shares: dict[str, float], count: int) -> dict[str, float]:
    return dict(sorted(shares.items(), key=lambda entry: -entry[1])[:count])


@given(WEIGHTS, WEIGHTS, st.integers(1, 6), st.integers(1, 6))
def test_what_is_certain_is_never_more_than_what_is(
    one: list[float], two: list[float], first: int, second: int
) -> None:
    p, q = distribution(one), distribution(two)
    true = sum(abs(p[token] - q[token]) for token in p) / 2
    found = total_variation(top(p, first), top(q, second))
    assert 0 <= found <= true + 1e-12
    assert found == total_variation(top(q, second), top(p, first))
    assert total_variation(p, q) == pytest.approx(true, abs=1e-12)
    assert total_variation(top(p, first), top(p, first)) == 0


def test_a_mass_that_went_elsewhere_is_seen_though_nobody_lists_both() -> None:
    # 0.9 on a token that the other does not list, who would list it from 0.3 on.
    assert total_variation({"a": 0.9}, {"b": 0.5, "c": 0.3}) == pytest.approx(0.6)
    assert total_variation({"a": 0.5, "b": 0.5}, {"c": 0.5, "d": 0.5}) == 0
