"""Checkpoints in turns, and how far all of them are."""

from __future__ import annotations

from pathlib import Path

from inoc_evals.commands.progress import Pace
from inoc_evals.commands.turns import TOGETHER, Count, called, turns

LABELS = [f"a{number:03}" for number in range(2 * TOGETHER + 1)]


def test_every_checkpoint_has_one_turn_in_whatever_order_it_is_named() -> None:
    found = turns(LABELS, Path("logs/base"))
    assert found == turns(LABELS[::-1], Path("logs/base"))
    assert [label for turn in found for label in turn.labels] == LABELS
    assert [len(turn.labels) for turn in found] == [TOGETHER, TOGETHER, 1]
    assert [turn.folder for turn in found] == [Path(f"logs/base-part{number}") for number in (1, 2, 3)]


def test_few_checkpoints_have_one_folder() -> None:
    (only,) = turns(LABELS[:TOGETHER], Path("logs/base"), 5)
    assert (only.folder, only.at_once) == (Path("logs/base"), 5)


def test_what_a_turn_has_when_it_begins_was_made_earlier() -> None:
    seen: list[tuple[int, int]] = []
    pace = Pace(lambda: 0.0)

    def show(done: int, total: int) -> None:
        pace.count(done, total)
        seen.append((done, total))

    count = Count([20, 20], pace, show)
    count.of(0)(20, 20)
    second = count.of(1)
    for done in (5, 6, 20):
        second(done, 20)
    assert seen == [(20, 40), (25, 40), (26, 40), (40, 40)]
    assert pace.made == 15


def test_many_labels_are_said_by_their_ends() -> None:
    assert called(["a", "b", "c", "d"]) == "a, b, c, d"
    assert called(LABELS) == "65 checkpoints, a000 to a064"
