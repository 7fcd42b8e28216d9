"""Compact letter displays: two share a letter just if they are not told apart, checked against all subsets."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from inoc_evals.stats.letters import groups, letters, pairs, significant

GRAPHS = st.tuples(st.integers(0, 7), st.sets(st.sampled_from(list(combinations(range(7), 2))))).map(
    lambda drawn: (drawn[0], {pair for pair in drawn[1] if pair[1] < drawn[0]})
)


def brute_force(number: int, apart: set[tuple[int, int]]) -> set[tuple[int, ...]]:
    """All largest subsets in which no two are told apart."""
    alike = [
        subset
        for size in range(1, number + 1)
        for subset in combinations(range(number), size)
        if not any(pair in apart for pair in combinations(subset, 2))
    ]
    return {one for one in alike if not any(set(one) < set(other) for other in alike)}


@given(GRAPHS)
def test_groups_are_the_largest_subsets_of_which_no_two_are_told_apart(graph: tuple[int, set[tuple[int, int]]]) -> None:
    number, apart = graph
    assert set(groups(number, apart)) == brute_force(number, apart)
    # The order within a pair says nothing.
    assert groups(number, {(second, first) for first, second in apart}) == groups(number, apart)


@given(GRAPHS)
def test_two_share_a_letter_just_if_they_are_not_told_apart(graph: tuple[int, set[tuple[int, int]]]) -> None:
    number, apart = graph
    told = letters(number, apart)
    assert len(told) == number
    for first, second in combinations(range(number), 2):
        assert bool(set(told[first]) & set(told[second])) == ((first, second) not in apart)


def test_a_chain_of_three_has_two_letters() -> None:
    # The ends differ, and the middle is like both.
    assert letters(3, {(0, 2)}) == ("a", "ab", "b")
    assert letters(3, {(0, 1), (0, 2), (1, 2)}) == ("a", "b", "c")
    assert letters(2, set()) == ("a", "a")


def test_more_groups_than_letters_are_named_on() -> None:
    apart = set(combinations(range(28), 2))
    assert letters(28, apart)[25:] == ("z", "aa", "ab")


def test_pairs_are_told_apart_at_5_percent_and_never_without_a_number() -> None:
    assert pairs(3) == [(0, 1), (0, 2), (1, 2)]
    assert significant([0.05, 0.051, float("nan")], 3) == {(0, 1)}
