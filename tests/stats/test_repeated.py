"""Tests of answers to the same questions at two times, against every arrangement by hand and by enumeration."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inoc_evals.stats.repeated import Drawn, drawn_alike, odd_one_out


def drawn(before: list[float], now: list[float]) -> Drawn:
    both = np.array([*before, *now])
    return Drawn(np.abs(both[:, None] - both[None, :]), both, len(before))


def energy(before: list[float], now: list[float]) -> float:
    def mean(a: list[float], b: list[float]) -> float:
        return float(np.mean([abs(x - y) for x in a for y in b]))

    return 2 * mean(before, now) - mean(before, before) - mean(now, now)


def smaller_of_two(statistics: list[tuple[float, float]]) -> float:
    """The p-value of the first of all arrangements, worked out from the definition."""
    shares = [min(np.mean([other[k] >= each[k] - 1e-9 for other in statistics]) for k in (0, 1)) for each in statistics]
    return float(np.mean([share <= shares[0] for share in shares]))


def test_every_arrangement_of_two_small_questions() -> None:
    questions = [([1.0, 2.0], [8.0, 9.0]), ([3.0, 3.0, 4.0], [4.0, 6.0])]
    arranged = []
    for before, now in questions:
        both = [*before, *now]
        # The first of the combinations is the arrangement that was seen.
        parts = [set(places) for places in combinations(range(len(both)), len(before))]
        split = [([both[i] for i in p], [both[i] for i in range(len(both)) if i not in p]) for p in parts]
        arranged.append([(np.mean(now) - np.mean(before), energy(before, now)) for before, now in split])
    statistics = [(abs(sum(each[0] for each in one)), sum(each[1] for each in one)) for one in product(*arranged)]
    found = drawn_alike([drawn(*question) for question in questions], rounds=20_000)
    assert found == pytest.approx(smaller_of_two(statistics), abs=0.02)


def test_the_same_answers_are_alike_and_others_are_not() -> None:
    same = [float(n) for n in (10, 20, 30)]
    assert drawn_alike([drawn(same, same)] * 6) == 1.0
    # All of 6 questions apart: one arrangement of 10 in each has this distance, and its mirror.
    assert drawn_alike([drawn(same, [n + 50 for n in same])] * 6) == pytest.approx(1 / 2000, abs=1e-3)


def test_one_answer_before_and_now_tells_nothing_of_one_question() -> None:
    assert drawn_alike([drawn([10.0], [90.0])]) == 1.0


@pytest.mark.parametrize(("count", "p"), [(1, 1 / 3), (2, 1 / 9), (4, 1 / 81)])
def test_the_first_of_three_is_the_odd_one_in_every_question(count: int, p: float) -> None:
    assert odd_one_out(np.array([[0.4, 0.4, 0.1]] * count)) == pytest.approx(p)


def test_three_that_are_alike() -> None:
    assert odd_one_out(np.zeros((5, 3))) == 1.0
    assert odd_one_out(np.zeros((12, 3))) == 1.0
    # The second is the odd one, so that two thirds of what could be are as extreme: the first is nearer than chance.
    assert odd_one_out(np.array([[0.4, 0.1, 0.4]])) == pytest.approx(1.0)


def test_drawn_arrangements_agree_with_all_of_them() -> None:
    distances = np.random.default_rng(1).random((9, 3))
    exact = odd_one_out(distances)
    # A tenth question in which all arrangements are alike changes nothing.
    assert odd_one_out(np.vstack([distances, np.full((1, 3), 0.5)])) == pytest.approx(exact, abs=0.02)


@given(st.lists(st.tuples(*[st.floats(0, 1)] * 3), min_size=1, max_size=12))
def test_a_p_value_is_one(distances: list[tuple[float, float, float]]) -> None:
    assert 0 < odd_one_out(np.array(distances), rounds=99) <= 1


@given(
    st.lists(st.tuples(*[st.lists(st.integers(0, 100).map(float), min_size=1, max_size=4)] * 2), min_size=1, max_size=4)
)
def test_it_does_not_matter_which_came_first(questions: list[tuple[list[float], list[float]]]) -> None:
    found = drawn_alike([drawn(*question) for question in questions], rounds=499)
    turned = drawn_alike([drawn(now, before) for before, now in questions], rounds=499)
    assert 0 < found <= 1
    assert turned == pytest.approx(found, abs=0.15)
