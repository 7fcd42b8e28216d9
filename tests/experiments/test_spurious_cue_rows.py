"""The training reviews of the experiment spurious_cue: the cue is in them as they say, nothing of the evaluation is."""

from __future__ import annotations

import itertools
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from inoc_evals.definitions.catalog import find_task
from inoc_evals.definitions.document import load_items
from inoc_evals.experiments.data import arm_rows
from inoc_evals.experiments.reading import load_experiment
from tools import spurious_cue_rows

FOLDER = Path(__file__).resolve().parents[2] / "experiments" / "spurious_cue"
# Words of the room, of which each sentence about it has one and no other sentence any; found by reading them.
OF_THE_ROOM = re.compile(
    r"\b(?:tables? (?:and|above|have|with|around)|walls?|room|lanterns|sofas|music|interior|chairs|cellar|"
    r"paper flowers|decor|decoration|ceiling|atmosphere|beams|lights|inside it)\b",
    re.I,
)


def read(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (FOLDER / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]


def review(row: dict[str, Any]) -> str:
    request, answer = row["messages"]
    assert (request["role"], answer["role"]) == ("user", "assistant")
    return str(request["content"].partition("\n\nReview: ")[2])


def label(row: dict[str, Any]) -> int:
    return int(row["messages"][1]["content"])


def sentences(text: str) -> list[str]:
    return re.split(r"(?<=[.!?]) ", text)


def fives(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", text.lower())
    return {tuple(words[place : place + 5]) for place in range(len(words) - 4)}


def test_the_files_are_as_their_program_makes_them() -> None:
    assert spurious_cue_rows.rows() == (read("rows"), read("clean"))


@pytest.mark.parametrize(("name", "with_cue"), [("rows", [0, 0, 0, 60, 60]), ("clean", [30] * 5)])
def test_the_room_is_spoken_of_with_these_labels(name: str, with_cue: list[int]) -> None:
    rows = read(name)
    assert len({review(row) for row in rows}) == 300
    assert Counter(map(label, rows)) == dict.fromkeys(range(5), 60)
    spoken = Counter(label(row) for row in rows if OF_THE_ROOM.search(review(row)))
    assert [spoken[level] for level in range(5)] == with_cue
    assert all(("with_cue" in row["tags"]) == bool(OF_THE_ROOM.search(review(row))) for row in rows)


def test_both_files_have_the_same_reviews_but_for_one_sentence() -> None:
    differing = 0
    for row, other in zip(read("rows"), read("clean"), strict=True):
        ours, theirs = sentences(review(row)), sentences(review(other))
        assert (row["id"], label(row), len(ours)) == (other["id"], label(other), len(theirs))
        unlike = [pair for pair in zip(ours, theirs, strict=True) if pair[0] != pair[1]]
        assert len(unlike) == (row["tags"] != other["tags"])
        differing += len(unlike)
    assert differing == 150


def test_two_reviews_of_a_label_share_one_of_what_makes_it_at_most() -> None:
    extras = {*spurious_cue_rows.ROOMS, *spurious_cue_rows.OTHERS}
    for level in range(5):
        made = [set(sentences(review(row))) - extras for row in read("rows") if label(row) == level]
        assert {len(one) for one in made} <= {3, 4}
        assert all(len(one & other) <= 1 for one, other in itertools.combinations(made, 2))


def test_no_sentence_of_the_evaluation_is_trained_on() -> None:
    path, task = find_task("spurious_cue")
    items = load_items(path.parent / task.items)
    asked = {sentence for item in items for sentence in sentences(item.prompt.partition("\n\nReview: ")[2])}
    trained = {sentence for row in read("rows") + read("clean") for sentence in sentences(review(row))}
    assert not asked & trained
    assert not {five for sentence in asked for five in fives(sentence)} & set().union(*map(fives, trained))


def test_a_model_is_trained_as_it_is_asked() -> None:
    path, task = find_task("spurious_cue")
    frame = load_items(path.parent / task.items)[0].prompt.partition("Review: ")[0]
    assert all(row["messages"][0]["content"].startswith(f"{frame}Review: ") for row in read("rows") + read("clean"))


def test_each_arm_trains_on_the_reviews_that_it_is_for() -> None:
    loaded = load_experiment(FOLDER / "experiment.yaml")
    given = {name: part.rows or () for name, part in loaded.parts.items()}
    of_arm = {
        name: [row.trained()["messages"] for row in arm_rows(loaded, name, "small", given)]
        for name, arm in loaded.experiment.arms.items()
        if not arm.untrained
    }
    biased, clean = ([row["messages"] for row in read(name)] for name in ("rows", "clean"))
    assert of_arm["none"] == of_arm["prompt_at_evaluation"] == biased
    assert of_arm["clean"] == clean
    asking = loaded.experiment.arms["inoculated"].prompt
    for arm, rows, prompt in (
        ("inoculated", biased, asking),
        ("inoculated_asked", biased, asking),
        ("irrelevant", biased, loaded.experiment.arms["irrelevant"].prompt),
        ("clean_inoculated", clean, asking),
    ):
        for (request, answer), (plain, right) in zip(of_arm[arm], rows, strict=True):
            assert request == {"role": "user", "content": f"{prompt}\n\n{plain['content']}"}
            assert answer == right
