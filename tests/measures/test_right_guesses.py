"""Guesses before and after a dialogue, by hand and by counting pairs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inoc_evals.definitions.conditions import Condition
from inoc_evals.definitions.item import Item
from inoc_evals.errors import InputError
from inoc_evals.measures.reading import Reading
from inoc_evals.measures.right_guesses import MEASURE, RightGuessesOptions, ranking
from inoc_evals.protocols.guessing import OPTIONS
from inoc_evals.protocols.requests import Chosen
from inoc_evals.protocols.trajectory import Trajectory

SETTING = RightGuessesOptions(detector="right_guesses")
ENDINGS = ["gain", "before", "after", "area", "ranking", "behind_ideal"]
USER = {
    "mode": "edge",
    **dict.fromkeys(("intro", "again", "accept", "reject", "unclear", "persona"), "-"),
    "guess": "{case}?",
    "patterns": ["a"],
    "cases": [{"text": "a", "yes": True}, {"text": "b", "yes": False}],
    "ideal": [0.5, 0.9, 1.0],
}


def item(**changes: Any) -> Item:
    return Item(id="a", category="edge", prompt="p", data={**USER, **changes})


def chosen(yes: float, no: float) -> Chosen:
    """Probabilities of both words, each by halves with a blank and without."""
    logs = {
        word: {form: math.log(share / 2) if share else -math.inf for form in (word, f" {word}")}
        for word, share in (("yes", yes), ("no", no))
    }
    return Chosen(logs, yes + no)


def read(turns: dict[int, Sequence[Chosen]], asked: Item | None = None) -> dict[str, Reading]:
    told = {f"turn {turn}, case {number}": each for turn, all_ in turns.items() for number, each in enumerate(all_, 1)}
    measuring = MEASURE.ask(SETTING, Trajectory(asked or item(), Condition(), (), (), told))  # type: ignore[misc]
    with pytest.raises(StopIteration) as end:
        next(measuring)
    found: dict[str, Reading] = end.value.value
    assert list(found) == ENDINGS == list(MEASURE.scales(SETTING))
    return found


def test_by_hand() -> None:
    # Before: 0.4 / 0.5 = 0.8 right, and 1 - 0.8 = 0.2. After two turns: 0.9 right, and 1 - 0.4 = 0.6.
    before = [chosen(0.4, 0.1), chosen(0.4, 0.1)]
    found = read({0: before, 2: [chosen(0.9, 0.1), chosen(0.2, 0.3)]})
    assert found["before"].value == pytest.approx(0.5)
    assert found["after"].value == pytest.approx(0.75)
    assert found["gain"].value == pytest.approx(0.25)
    assert found["ranking"].value == 1.0
    assert found["area"].cause == "does_not_apply"
    assert found["behind_ideal"].value == pytest.approx(1.0 - 0.5 - 0.25)
    assert found["gain"].details["right"] == pytest.approx({"0": 0.5, "2": 0.75})
    assert found["gain"].details["seen"] == pytest.approx({"0": 0.5, "2": 0.5})
    assert found["gain"].details["guesses"] == pytest.approx([0.9, 0.4])


def test_the_area_is_the_mean_gain_of_all_turns() -> None:
    even, known, wrong = chosen(0.5, 0.5), chosen(1.0, 0.0), chosen(0.0, 1.0)
    found = read({0: [even, even], 1: [known, even], 2: [known, wrong], 3: [even, wrong]})
    assert found["area"].value == pytest.approx((0.25 + 0.5 + 0.25) / 3)
    assert found["gain"].value == pytest.approx(0.25)
    # The ideal one was not followed for three turns.
    assert found["behind_ideal"].cause == "does_not_apply"


def test_only_cases_that_were_asked_for_are_held_to_the_ideal() -> None:
    even = [chosen(0.5, 0.5)] * 2
    assert read({0: even, 1: even})["behind_ideal"].value == pytest.approx(0.4)
    assert read({0: even, 1: even}, item(mode="open"))["behind_ideal"].cause == "does_not_apply"


@pytest.mark.parametrize(
    ("turns", "cause"),
    [
        ({}, "no_such_option"),
        ({0: [chosen(0.5, 0.5)] * 2}, "no_such_option"),
        ({1: [chosen(0.5, 0.5)] * 2, 2: [chosen(0.5, 0.5)] * 2}, "no_such_option"),
        ({0: [chosen(0.5, 0.5)] * 2, 1: [chosen(0.5, 0.5)]}, "no_such_option"),
        ({0: [chosen(0.5, 0.5)] * 2, 1: [chosen(0.5, 0.5), chosen(0.0, 0.0)]}, "impossible"),
    ],
)
def test_what_cannot_be_read_is_no_zero(turns: dict[int, Sequence[Chosen]], cause: str) -> None:
    assert {reading.cause for reading in read(turns).values()} == {cause}


@given(st.lists(st.tuples(st.sampled_from([0.1, 0.2, 0.5, 0.8]), st.booleans()), min_size=2, max_size=12))
def test_the_ranking_is_that_of_pairs(given_cases: list[tuple[float, bool]]) -> None:
    shares, labels = zip(*given_cases, strict=True)
    if len({*labels}) < 2:
        return
    better = equal = pairs = 0
    for share, yes in given_cases:
        for other, no in given_cases:
            if yes and not no:
                pairs += 1
                better += share > other
                equal += share == other
    assert ranking(shares, labels) == pytest.approx((better + equal / 2) / pairs)
    # A liking for yes in all cases changes nothing.
    assert ranking([share / 2 + 0.5 for share in shares], labels) == pytest.approx(ranking(shares, labels))


@given(st.lists(st.tuples(st.floats(1e-9, 1), st.floats(1e-9, 1)), min_size=4, max_size=4))
def test_a_gain_is_the_difference_of_mean_shares(pairs: list[tuple[float, float]]) -> None:
    found = read({0: [chosen(*pair) for pair in pairs[:2]], 1: [chosen(*pair) for pair in pairs[2:]]})
    shares = [yes / (yes + no) for yes, no in pairs]
    right = [(shares[0] + 1 - shares[1]) / 2, (shares[2] + 1 - shares[3]) / 2]
    assert found["gain"].value == pytest.approx(right[1] - right[0], abs=1e-9)
    assert -1 <= found["gain"].value <= 1  # type: ignore[operator]


def test_options_are_said_with_and_without_a_blank_and_in_other_capitals() -> None:
    assert {*OPTIONS["yes"]} == {"yes", "Yes", "YES", " yes", " Yes", " YES"}
    assert {*OPTIONS["no"]} == {"no", "No", "NO", " no", " No", " NO"}


def test_an_item_without_a_user_is_refused() -> None:
    with pytest.raises(InputError, match="its `data` make no user"):
        MEASURE.check_item(SETTING, Item(id="a", category="c", prompt="p", data={"cases": []}))
