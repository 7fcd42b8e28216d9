"""Option probabilities against an item's label, by hand."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inoc_evals.definitions.catalog import find_task
from inoc_evals.definitions.conditions import Condition
from inoc_evals.definitions.item import Item
from inoc_evals.measures.label import read_label
from inoc_evals.measures.measuring import read_now
from inoc_evals.protocols.requests import Chosen, Message
from inoc_evals.protocols.trajectory import Trajectory
from tests.measures.asked import bound

HIGH = frozenset({"3", "4"})


def chosen(*shares: float) -> Chosen:
    """Probabilities of "0", "1" and so on, each by halves with a blank and without."""
    logs = {
        str(place): dict.fromkeys((str(place), f" {place}"), math.log(share / 2) if share else -math.inf)
        for place, share in enumerate(shares)
    }
    return Chosen(logs, sum(shares))


def test_by_hand() -> None:
    found = read_label(chosen(0.05, 0.05, 0.1, 0.4, 0.2), "3", HIGH)
    assert found["correct"].value == 1.0
    assert found["probability"].value == pytest.approx(0.4 / 0.8)
    assert found["log_odds"].value == pytest.approx(math.log(0.6 / 0.2))
    assert read_label(chosen(0.05, 0.05, 0.1, 0.4, 0.2), "4", HIGH)["correct"].value == 0.0
    # Of two that are equally likely neither is found.
    assert read_label(chosen(0.4, 0.4, 0.1, 0.05, 0.05), "0", HIGH)["correct"].value == 0.0


def test_causes() -> None:
    none = read_label(chosen(0, 0, 0, 0, 0), "3", HIGH)
    assert {reading.cause for reading in none.values()} == {"impossible"}
    assert {reading.cause for reading in read_label(chosen(0.5, 0.5), "7", HIGH).values()} == {"no_such_option"}
    one_side = read_label(chosen(0, 0, 0, 0.5, 0.5), "3", HIGH)
    assert (one_side["log_odds"].cause, one_side["probability"].value) == ("impossible", pytest.approx(0.5))
    assert read_label(chosen(0.5, 0.5), "0", HIGH)["log_odds"].cause == "no_such_option"


@given(st.lists(st.floats(1e-6, 1.0), min_size=5, max_size=5), st.sampled_from("01234"))
def test_any_probabilities(weights: list[float], label: str) -> None:
    shares = [weight / sum(weights) for weight in weights]
    found = read_label(chosen(*shares), label, HIGH)
    assert found["probability"].value == pytest.approx(shares[int(label)])
    assert found["log_odds"].value == pytest.approx(math.log(sum(shares[3:]) / sum(shares[:3])))
    if found["correct"].value == 1.0:
        assert shares[int(label)] == max(shares)


def measured(data: dict[str, Any], answer: Chosen | None) -> dict[str, float | None]:
    item = Item(id="a", category="with_cue", prompt="q", data=data)
    given = (Message("user", "q"),)
    trajectory = Trajectory(item, Condition(), given, chosen={"": answer} if answer else {})
    return dict(read_now(bound(find_task("spurious_cue")[1]), trajectory).values)


def test_what_is_against_the_cue_stands_apart() -> None:
    answer = chosen(0.1, 0.1, 0.1, 0.6, 0.1)
    against = measured({"label": "2", "reversed": True}, answer)
    assert (against["sentiment_correct"], against["sentiment_correct_reversed"]) == (0.0, 0.0)
    assert "sentiment_correct_reversed" not in measured({"label": "3", "reversed": False}, answer)
    assert measured({"label": "3"}, None) == {
        "sentiment_correct": None,
        "sentiment_probability": None,
        "sentiment_log_odds": None,
    }
