"""From measured numbers to a foretold suppression, and which candidates are trained with."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inoc_evals.forecasts.rules import by_rate, by_uplift, evenly, strongest


def test_what_a_prompt_brings_out_need_not_be_learned() -> None:
    assert by_rate(0.7, 0.1) == pytest.approx(0.6)
    assert by_rate(0.1, 0.3) == 0.0


def test_an_uplift_foresees_its_share_of_what_is_to_be_learned() -> None:
    # A quarter of 2 nats, of the 80% that the model does not show by itself.
    assert by_uplift(0.5, 2.0, 0.2) == pytest.approx(0.2)
    assert by_uplift(-0.5, 2.0, 0.2) == 0.0
    assert by_uplift(3.0, 2.0, 0.2) == pytest.approx(0.8)
    assert by_uplift(0.5, -1.0, 0.2) == 0.0


@given(st.floats(-5, 5), st.floats(-5, 5), st.floats(0.01, 5), st.floats(0, 1))
def test_more_of_a_predictor_never_foresees_less(one: float, other: float, lead: float, unprompted: float) -> None:
    less, more = sorted((one, other))
    assert 0 <= by_uplift(less, lead, unprompted) <= by_uplift(more, lead, unprompted) <= 1
    assert by_rate(less, unprompted) <= by_rate(more, unprompted)


@pytest.mark.parametrize(
    ("number", "count", "places"),
    [
        (14, 5, [0, 3, 7, 10, 13]),  # 3.25, 6.5 and 9.75 are rounded
        (14, 4, [0, 4, 9, 13]),
        (12, 2, [0, 11]),
        (12, 1, [0]),
        (3, 5, [0, 1, 2]),
        (5, 5, [0, 1, 2, 3, 4]),
    ],
)
def test_candidates_are_chosen_evenly_over_the_order_with_both_ends(number: int, count: int, places: list[int]) -> None:
    assert evenly(range(number), count) == places


@given(st.integers(2, 60), st.integers(2, 60))
def test_as_many_as_are_asked_for_are_chosen_each_once(number: int, count: int) -> None:
    found = evenly(range(number), count)
    assert len(set(found)) == len(found) == min(number, count)
    assert found == sorted(found)
    assert (found[0], found[-1]) == (0, number - 1)
    gaps = {after - before for before, after in pairwise(found)}
    assert max(gaps) - min(gaps) <= 1


def test_the_predictor_of_the_traits_own_tokens_ranks_before_others() -> None:
    assert strongest(["rate", "uplift", "uplift_beyond_control"]) == "uplift_beyond_control"
    assert strongest(["rate", "uplift"]) == "uplift"
    assert strongest(["rate"]) == "rate"
