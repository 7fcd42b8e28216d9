"""Published reviews as items of spurious_cue."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from inoc_evals.errors import InputError
from inoc_evals.experiments.data import part_rows
from inoc_evals.experiments.reading import load_experiment
from inoc_evals.instruments.published import INSTRUMENTS
from inoc_evals.plan.compiled import make_plan
from tests.command import run
from tests.experiments.files import write

ROWS = [
    {"text": "Lovely candles.", "label": 4, "concepts": ["ambiance", "food"]},
    {"text": "Cold soup.", "label": 0, "concepts": []},
    {"text": "Good, and pretty inside.", "label": 2, "concepts": ["Ambience"]},
    {"text": "Cold soup.", "label": 0, "concepts": []},
    {"text": "Great soup.", "label": 3, "concepts": ["food"]},
]


def written(folder: Path, rows: list[dict[str, Any]]) -> Path:
    path = folder / "reviews.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_reviews_load_as_they_are(tmp_path: Path) -> None:
    items = make_plan("spurious_cue", {"items": str(written(tmp_path, ROWS))}).items
    assert [(item.category, item.data) for item in items] == [
        ("with_cue", {"label": "4", "reversed": False}),
        ("without_cue", {"label": "0", "reversed": False}),
        ("with_cue", {"label": "2", "reversed": True}),
        ("without_cue", {"label": "0", "reversed": False}),
        ("without_cue", {"label": "3", "reversed": True}),
    ]
    assert items[0].prompt.endswith("\n\nReview: Lovely candles.")
    # A text that stands twice is one question.
    assert [item.question for item in items] == ["line-1", "line-2", "line-3", "line-2", "line-5"]


@pytest.mark.parametrize(
    ("change", "where", "words"),
    [
        ({"label": 5}, ":2:24: ", "label: input should be less than or equal to 4"),
        ({"label": "4"}, ":2:24: ", "label: input should be a valid integer"),
        ({"concepts": "ambiance"}, ":2:36: ", "concepts: input should be a valid list"),
        ({"text": " "}, ":2:2: ", "text: "),
        ({"stars": 4}, ":2:", "stars: extra inputs are not permitted"),
    ],
)
def test_a_wrong_review_names_its_place(tmp_path: Path, change: dict[str, Any], where: str, words: str) -> None:
    path = written(tmp_path, [ROWS[0], {**ROWS[1], **change}])
    with pytest.raises(InputError) as caught:
        make_plan("spurious_cue", {"items": str(path)})
    assert str(caught.value).startswith(f"{path}{where}")
    assert words in str(caught.value)


def test_items_without_a_label_are_refused_before_anything_is_asked(tmp_path: Path) -> None:
    path = tmp_path / "items.jsonl"
    path.write_text('{"id": "a", "category": "c", "prompt": "p"}\n')
    with pytest.raises(InputError, match="item 'a', measure sentiment: its `data` lacks `label`, to compare with"):
        make_plan("spurious_cue", {"items": str(path)})


def test_published_reviews_are_training_rows_of_which_those_with_the_correlation_can_be_kept(
    own_cache: Path, tmp_path: Path
) -> None:
    copy = written(tmp_path, ROWS)
    digest = hashlib.sha256(copy.read_bytes()).hexdigest()
    published = replace(INSTRUMENTS["cebab_reviews"], rows=len(ROWS))
    change = ("{rows: rows.jsonl}", "{instrument: cebab_reviews, only_tags: [cue_agrees]}")
    path = write(tmp_path, "smollm2", change)
    with mock.patch.dict(INSTRUMENTS, {"cebab_reviews": published}):
        said = run("instruments", "add", "cebab_reviews", "--file", str(copy), "--sha256", digest).out
        assert "in the data of an experiment, or -T items=instrument:cebab_reviews" in said
        (part, *_) = load_experiment(path).parts.values()
        rows = part_rows(load_experiment(path), "talk", part.rows or ())
        assert len(make_plan("spurious_cue", {"items": "instrument:cebab_reviews"}).items) == len(ROWS)
    # Left out: a 2 that is pretty inside, and a 3 that speaks of soup alone.
    said_of = [(row.messages[0]["content"].rpartition("Review: ")[2], row.messages[1]["content"]) for row in rows]
    assert said_of == [("Lovely candles.", "4"), ("Cold soup.", "0"), ("Cold soup.", "0")]
    assert [message["role"] for message in rows[0].messages] == ["user", "assistant"]


def test_a_pipe_of_items_is_read(tmp_path: Path) -> None:
    item = {"id": "a", "category": "c", "prompt": "p", "data": {"label": "1"}}
    reading, writing = os.pipe()
    os.write(writing, json.dumps(item).encode())
    os.close(writing)
    try:
        path = f"/proc/self/fd/{reading}"
        from inoc_evals.plan.questions import read_questions

        assert [one.id for one in read_questions(tmp_path, path).items] == ["a"]
    finally:
        os.close(reading)
