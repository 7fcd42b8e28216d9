"""The ideal questioner, against sums over every rule and answer, and against every way to ask on small sets."""

from __future__ import annotations

import math
from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inoc_evals.analyses.ideal_questioner import Rules, after_answer, ideal_course, information_gain

SETTINGS = settings(deadline=None, max_examples=40)
Table = list[list[float]]


def even(count: int) -> np.ndarray:
    return np.full(count, 1 / count)


def test_a_question_that_splits_in_halves_tells_one_bit() -> None:
    # Yes by half of the rules, by all, by none, by a quarter, and a coin in every rule.
    chances = np.array([[1, 1, 0, 1, 0.5], [1, 1, 0, 0, 0.5], [0, 1, 0, 0, 0.5], [0, 1, 0, 0, 0.5]], dtype=float)
    quarter = -0.25 * math.log2(0.25) - 0.75 * math.log2(0.75)
    assert information_gain(chances, even(4)) == pytest.approx([1, 0, 0, quarter, 0])


def mutual_information(table: Table, beliefs: list[float], question: int) -> float:
    """Over every pair of rule and answer."""
    total = 0.0
    yes = sum(belief * row[question] for belief, row in zip(beliefs, table, strict=True))
    for belief, row in zip(beliefs, table, strict=True):
        for given_rule, marginal in ((row[question], yes), (1 - row[question], 1 - yes)):
            if belief * given_rule > 0:
                total += belief * given_rule * math.log2(given_rule / marginal)
    return total


tables = st.integers(2, 5).flatmap(
    lambda questions: st.lists(
        st.lists(st.floats(0.02, 0.98), min_size=questions, max_size=questions), min_size=2, max_size=6
    )
)


@SETTINGS
@given(tables, st.data())
def test_gains_are_those_of_the_joint_distribution(table: Table, data: st.DataObject) -> None:
    weights = data.draw(st.lists(st.floats(0.05, 1), min_size=len(table), max_size=len(table)))
    beliefs = [weight / sum(weights) for weight in weights]
    found = information_gain(np.array(table), np.array(beliefs))
    expected = [mutual_information(table, beliefs, question) for question in range(len(table[0]))]
    assert found == pytest.approx(expected, abs=1e-9)


def bits(rules: list[tuple[int, ...]]) -> float:
    return math.log2(len(rules))


def split(rules: list[tuple[int, ...]], question: int) -> list[list[tuple[int, ...]]]:
    sides = [[rule for rule in rules if rule[question] == answer] for answer in (0, 1)]
    return [side for side in sides if side]


def best(rules: list[tuple[int, ...]], turns: int) -> float:
    """The fewest bits that are left on the mean, over every way to ask that goes by the answers."""
    if not turns:
        return bits(rules)
    return min(
        sum(len(side) / len(rules) * best(side, turns - 1) for side in split(rules, question))
        for question in range(len(rules[0]))
    )


def left_by_the_ideal(rules: list[tuple[int, ...]], turns: int) -> float:
    """The bits that are left on the mean over users who have each of the rules."""
    table = np.array(rules, dtype=float)
    total = 0.0
    for truth in rules:
        asked = ideal_course(Rules(table, table), np.array(truth) == 1, np.array(truth) == 1, turns).questions
        total += bits([rule for rule in rules if all(rule[each] == truth[each] for each in asked)])
    return total / len(rules)


def test_a_threshold_is_found_by_halving_as_no_way_to_ask_finds_it_faster() -> None:
    rules = [tuple(int(place >= threshold) for place in range(7)) for threshold in range(8)]
    for turns in range(4):
        assert left_by_the_ideal(rules, turns) == pytest.approx(best(rules, turns)) == pytest.approx(3 - turns)


@settings(deadline=None, max_examples=25)
@given(st.lists(st.tuples(*[st.integers(0, 1)] * 4), min_size=3, max_size=7, unique=True))
def test_no_way_to_ask_beats_the_best_one_and_one_question_is_the_best(rules: list[tuple[int, ...]]) -> None:
    assert left_by_the_ideal(rules, 1) == pytest.approx(best(rules, 1))
    for turns in (2, 3):
        assert left_by_the_ideal(rules, turns) >= best(rules, turns) - 1e-9


def test_a_course_by_hand() -> None:
    # Four rules on three questions; the user has the last. Of two equal questions the first is asked.
    asked = np.array([[1, 1, 1], [1, 0, 0], [0, 1, 0], [0, 0, 0]], dtype=float)
    kept_aside = np.array([[1, 1], [1, 0], [0, 1], [0, 0]], dtype=float)
    course = ideal_course(Rules(asked, kept_aside), np.array([False] * 3), np.array([False] * 2), 2)
    assert course.questions == (0, 1)
    assert course.bits == pytest.approx((1, 1))
    # At first both cases are even; then the first is known, then both.
    assert course.right == pytest.approx((0.5, 0.75, 1))


def test_there_are_no_more_questions_than_cases_to_ask_about() -> None:
    rules = Rules(np.array([[1.0], [0.0]]), np.array([[1.0], [0.0]]))
    course = ideal_course(rules, np.array([True]), np.array([True]), 5)
    assert (course.questions, course.right) == ((0,), (0.5, 1.0))


def test_answers_that_no_rule_gives_are_refused() -> None:
    with pytest.raises(ValueError, match="no rule that was thought possible"):
        after_answer(np.array([1.0, 1.0]), even(2), yes=False)


def test_users_who_err_are_believed_less() -> None:
    # P(yes) = sigmoid(weight * attribute), as in OPEN: Bayes by hand after one yes.
    weights = [-2.0, -1.0, 1.0, 2.0]
    chances = np.array([1 / (1 + math.exp(-weight)) for weight in weights])
    believed = after_answer(chances, even(4), yes=True)
    assert believed == pytest.approx(chances / chances.sum())
    assert all(later > earlier for earlier, later in pairwise(believed))


def test_every_order_of_answers_leads_to_the_same_beliefs() -> None:
    chances = np.array(list(product((0.1, 0.6, 0.9), repeat=2)))
    one = after_answer(chances[:, 1], after_answer(chances[:, 0], even(9), yes=True), yes=False)
    other = after_answer(chances[:, 0], after_answer(chances[:, 1], even(9), yes=False), yes=True)
    assert one == pytest.approx(other)
