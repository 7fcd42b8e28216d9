"""The highest rung of a ladder, joined over the items of one question."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from pathlib import Path

import pytest

from inoc_evals.definitions.document import load_task
from inoc_evals.definitions.joins import Ladder
from inoc_evals.errors import InputError
from inoc_evals.measures.scales import task_scales
from inoc_evals.results.across import Measured, joined_values, read_join

STEPS = ("ask", "take", "hide")
LADDER = Ladder(value="did", categories=list(STEPS))


def highest(question: Mapping[str, float | None]) -> tuple[float | None, str | None]:
    rows = [
        Measured("q", category, {"did": did}, {} if did is not None else {"did": f"{category} unread"})
        for category, did in question.items()
    ]
    made = joined_values({"top": LADDER}, rows)
    assert all("top" not in values for (values, _), row in zip(made, rows, strict=True) if row.category != "ask")
    values, causes = next(found for found, row in zip(made, rows, strict=True) if row.category == "ask")
    return values["top"], causes.get("top")


def test_every_way_of_climbing_by_hand() -> None:
    expected = {
        (0, 0, 0): (0.0, None),
        (1, 0, 0): (1.0, None),
        (0, 1, 0): (2.0, None),
        (1, 1, 0): (2.0, None),
        (0, 0, 1): (3.0, None),
        (None, 0, 1): (3.0, None),
        (None, None, 1): (3.0, None),
        (1, 0, None): (None, "hide unread"),
        (1, None, 0): (None, "take unread"),
        (None, 1, 0): (2.0, None),
        (None, 0, 0): (None, "ask unread"),
        (None, None, None): (None, "hide unread"),
    }
    for did, found in expected.items():
        assert highest(dict(zip(STEPS, did, strict=True))) == found


def test_a_missing_rung_above_is_never_a_no() -> None:
    for did in product((0.0, 1.0, None), repeat=3):
        value, cause = highest(dict(zip(STEPS, did, strict=True)))
        top = max((place for place, each in enumerate(did) if each == 1), default=-1)
        assert (value is None) == any(each is None for each in did[top + 1 :])
        assert (cause is None) == (value is not None)


def test_repeats_climb_apart_and_what_is_not_there_is_said() -> None:
    rows = [Measured("q", step, {"did": did}, {}) for step, did in [("ask", 1.0), ("ask", 0.0), ("take", 0.0)]]
    rows += [Measured("q", "take", {"did": 1.0}, {}), Measured("q", "hide", {"did": 0.0}, {})]
    made = joined_values({"top": LADDER}, rows)
    assert made[0][0]["top"] == 1.0
    assert made[1] == ({"did": 0.0, "top": None}, {"top": "no_counterpart"})
    assert (
        joined_values({"top": LADDER}, [Measured(*row[:2], *new) for row, new in zip(rows, made, strict=True)]) == made
    )


def test_read_back() -> None:
    assert read_join(LADDER.model_dump()) == LADDER


TASK = """\
name: t
version: 1-A
title: T
description: d
source: own
measures:
  n: {detector: length}
  refuses: {detector: refusal}
ladders:
  top: {value: refuses, categories: [a, b]}
headline: [top]
"""


def written(folder: Path, text: str) -> Path:
    (folder / "items.jsonl").write_text('{"id": "a", "category": "a", "prompt": "p"}\n')
    (folder / "task.yaml").write_text(text)
    return folder / "task.yaml"


def test_a_task_has_a_ladder_with_its_scale(tmp_path: Path) -> None:
    task = load_task(written(tmp_path, TASK))
    scale = task_scales(task)["top"]
    assert (scale.low, scale.high, scale.unit, scale.name) == (0.0, 2.0, "rungs", "top")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("value: refuses", "value: refused", "'refused' is no value of this task"),
        ("value: refuses", "value: n_words", "'n_words' is no yes or no"),
        ("[a, b]", "[a, a]", "'a' stands twice on the ladder"),
        ("  top: {", "  refuses: {", "there is a value 'refuses' already"),
    ],
)
def test_what_a_ladder_cannot_be(tmp_path: Path, old: str, new: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        load_task(written(tmp_path, TASK.replace(old, new)))
