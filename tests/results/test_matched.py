"""Labels find their responses again, whatever files, checkpoints and arms are called, and however they are ordered."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from inoc_evals.readers.inputs import Input, read_inputs
from inoc_evals.results.label import Labels, response_name
from inoc_evals.results.matched import places_of
from inoc_evals.results.row import ResponseRow
from tests.readers.test_tables import organism
from tests.results.test_corrected import as_judged, labels, study

Whose = list[tuple[str, str, str, float | None]]


def found(given: Labels, rows: Sequence[ResponseRow]) -> Whose:
    """Arm, question, text and rating of the rows that the drawn responses are taken for."""
    places = places_of(given, rows)
    chosen = [rows[places[drawn.response]] for drawn in given.drawn]
    assert len(set(places.values())) == len(given.drawn)
    return [(row.arm, row.cluster, row.response, row.values["alignment"]) for row in chosen]


def drawn(given: Labels) -> Whose:
    return [(each.arm, each.cluster, each.answer, each.judged) for each in given.drawn]


def test_other_names_and_another_order_are_nothing() -> None:
    rows = study(seeds=2)
    given = labels(rows, as_judged)
    assert found(given, rows) == drawn(given)
    others = [replace(row, checkpoint=f"runs-{row.checkpoint}") for row in rows]
    assert found(given, others) == drawn(given)
    # A table that was sorted numbers its responses otherwise.
    sorted_ = [replace(row, epoch=11 - row.epoch) for row in rows]
    random.Random(0).shuffle(sorted_)
    assert found(given, sorted_) == drawn(given)


def test_arms_that_say_the_same_are_not_taken_for_each_other() -> None:
    rows = [replace(row, response="I cannot help with that.") for row in study()]
    given = labels(rows, as_judged)
    # The arms' files are called alike, and came in another order when they got a number.
    other = {"none-s0": "spanish-s0", "spanish-s0": "none-s0"}
    assert found(given, [replace(row, checkpoint=other[row.checkpoint]) for row in rows]) == drawn(given)


def test_an_arm_that_was_renamed_keeps_its_labels_though_another_has_its_name() -> None:
    rows = study()
    given = labels(rows, as_judged)
    other = {"none": "control", "spanish": "none"}
    renamed = [replace(row, arm=other[row.arm]) for row in rows]
    assert found(given, renamed) == [(other[arm], *rest) for arm, *rest in drawn(given)]


def test_what_is_not_here_any_more_is_left_out() -> None:
    rows = study()
    given = labels(rows, as_judged)
    gone = {each.response for each in given.drawn[::3]}
    left = [row for row in rows if response_name(row) not in gone]
    assert set(places_of(given, left)) == {each.response for each in given.drawn} - gone


def test_checkpoints_of_one_name_are_called_alike_in_any_order(tmp_path: Path) -> None:
    paths = {}
    for arm in ("none", "inoculated"):
        (tmp_path / arm).mkdir()
        paths[arm] = organism(tmp_path / arm / "eval.csv", [("Q", "q", f"answer of {arm}", 90, 90)])
    inputs = [Input(path, arm) for arm, path in paths.items()]
    names = [{row.arm: row.checkpoint for row in read_inputs(order).rows} for order in (inputs, list(reversed(inputs)))]
    assert names[0] == names[1]
    assert set(names[0].values()) == {"eval", "eval-2"}
