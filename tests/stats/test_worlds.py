"""In which share of worlds an order stays: against every world counted by hand."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from inoc_evals.stats.worlds import (
    WORLDS,
    Reading,
    difference,
    of_all,
    of_questions,
    of_readings,
    of_seeds,
    without_each_question,
    without_each_seed,
)

NAN = math.nan


def reading(first: list[list[float]], second: list[list[float]], chance: float = 1.0) -> Reading:
    return Reading(np.array(first, dtype=float), np.array(second, dtype=float), chance)


def mean(values: list[list[float]], seeds: tuple[int, ...], question: int) -> float | None:
    there = [values[seed][question] for seed in seeds if not math.isnan(values[seed][question])]
    return sum(there) / len(there) if there else None


def counted(
    first: list[list[float]], second: list[list[float]], *, seeds: bool, questions: bool, together: bool = False
) -> tuple[float, float]:
    """Shares of all worlds in which the first is above the second, and in which there is no difference; with `together`
    one draw of seeds is that of both."""
    own, others, asked = len(first), len(second), len(first[0])
    above = ties = worlds = 0
    for a in product(range(own), repeat=own) if seeds else [tuple(range(own))]:
        for b in [a] if together else product(range(others), repeat=others) if seeds else [tuple(range(others))]:
            for drawn in product(range(asked), repeat=asked) if questions else [tuple(range(asked))]:
                pairs = [(mean(first, a, q), mean(second, b, q)) for q in drawn]
                gaps = [one - other for one, other in pairs if one is not None and other is not None]
                total = sum(gaps) / len(gaps) if gaps else 0.0
                worlds += 1
                above += total > 1e-9
                ties += abs(total) <= 1e-9
    return above / worlds, ties / worlds


def test_three_questions_by_hand() -> None:
    # Gaps 1, 0, -0.5. Of 27 draws the sum is above 0 unless there are twice as many of the last as of the first.
    one = reading([[1, 0.5, 0]], [[0, 0.5, 0.5]])
    assert difference(one) == pytest.approx(0.5 / 3)
    order = of_questions(one, 1.0)
    # No first: 8 draws of the two others, 1 of which has no last; one first: with two of the last (3 draws) a tie.
    assert (order.stays, order.ties) == (pytest.approx(16 / 27), pytest.approx(4 / 27))
    assert order.exact
    assert without_each_question(one).tolist() == pytest.approx([-0.25, 0.25, 0.5])


@given(
    arrays.arrays(float, (2, 3), elements=st.sampled_from([0.0, 0.25, 1.0, NAN])),
    arrays.arrays(float, (2, 3), elements=st.sampled_from([0.0, 0.5, 1.0, NAN])),
)
def test_all_worlds_of_a_small_table(first: np.ndarray, second: np.ndarray) -> None:
    one = Reading(first, second)
    for order, which in (
        (of_questions(one, 1.0), {"seeds": False, "questions": True}),
        (of_seeds(one, 1.0), {"seeds": True, "questions": False}),
        (of_all([one], 1.0), {"seeds": True, "questions": True}),
    ):
        assert order.exact
        assert (order.stays, order.ties) == pytest.approx(counted(first.tolist(), second.tolist(), **which))


@given(
    arrays.arrays(float, (3, 2), elements=st.sampled_from([0.0, 0.25, 1.0, NAN])),
    arrays.arrays(float, (3, 2), elements=st.sampled_from([0.0, 0.5, 1.0, NAN])),
)
def test_seeds_of_the_same_weights_are_drawn_together(first: np.ndarray, second: np.ndarray) -> None:
    one = Reading(first, second, same_weights=True)
    for order, questions in ((of_seeds(one, 1.0), False), (of_all([one], 1.0), True)):
        assert order.exact
        expected = counted(first.tolist(), second.tolist(), seeds=True, questions=questions, together=True)
        assert (order.stays, order.ties) == pytest.approx(expected)
    without, nothing = without_each_seed(one)
    assert nothing.size == 0
    for seed, gap in enumerate(without.tolist()):
        left = [each for each in range(3) if each != seed]
        assert gap == pytest.approx(difference(Reading(first[left], second[left])), nan_ok=True)


def test_an_arm_that_is_always_lower_than_its_own_weights_stays_lower() -> None:
    # Seeds differ by far more than the prompt at evaluation changes in each.
    first = np.array([[0.1], [0.5], [0.9]])
    apart, together = (Reading(first + 0.05, first, same_weights=same) for same in (False, True))
    assert of_seeds(together, 1.0).stays == of_all([together], 1.0).stays == 1.0
    assert of_seeds(apart, 1.0).stays < 0.8


def test_many_questions_are_drawn_and_always_the_same_ones() -> None:
    chance = np.random.default_rng(3)
    one = Reading(chance.random((1, 40)) + 0.1, chance.random((1, 40)))
    order = of_questions(one, 1.0)
    assert order == of_questions(one, 1.0)
    assert (order.worlds, order.exact) == (WORLDS, False)
    # What a normal distribution with the bootstrap's own standard deviation says.
    gaps = (one.first - one.second)[0]
    expected = 0.5 * (1 + math.erf(gaps.mean() / (gaps.std() / math.sqrt(40)) / math.sqrt(2)))
    assert order.stays == pytest.approx(expected, abs=0.04)


def test_the_same_questions_are_drawn_for_both_arms() -> None:
    # Questions differ by far more than the arms do, which differ in each by the same.
    second = np.linspace(0, 0.9, 30)[None, :]
    assert of_questions(Reading(second + 0.01, second), 1.0).stays == 1.0


def test_readings_are_chosen_by_their_chance() -> None:
    ways = [reading([[1, 1]], [[0, 0]], 0.5), reading([[0, 0]], [[1, 1]], 0.25), reading([[1, 0]], [[0, 1]], 0.25)]
    assert (of_readings(ways, 1.0).stays, of_readings(ways, 1.0).ties) == (0.5, 0.25)
    order = of_all(ways, 1.0)
    # By the third, two questions are drawn as 1 1, 1 2, 2 1, 2 2: a quarter above, half without a difference.
    assert (order.stays, order.ties) == (pytest.approx(0.5 + 0.25 / 4), pytest.approx(0.25 / 2))
    assert order.exact


def test_without_each_seed() -> None:
    one = reading([[1, 1], [0, 0.5]], [[0.5, 0.5]])
    first, second = without_each_seed(one)
    assert first.tolist() == pytest.approx([-0.25, 0.5])
    assert second.size == 0


def test_without_a_common_question_there_is_no_difference() -> None:
    one = reading([[1, NAN]], [[NAN, 1]])
    assert math.isnan(difference(one))
    assert of_questions(one, 1.0).ties == 1.0
