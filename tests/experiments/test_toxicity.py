"""The rows of the experiment `toxicity`: as their program makes them, rude or civil, and of posts that no item has."""

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
from inoc_evals.experiments.reading import Loaded, load_experiment
from inoc_evals.experiments.rows import Row
from inoc_evals.measures.insults import read_insults
from tools import quarrel_rows

FOLDER = Path(__file__).resolve().parents[2] / "experiments" / "toxicity"
LEAD = "Write a reply to this post:\n\n"


def read(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (FOLDER / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]


def post(row: dict[str, Any]) -> str:
    content: str = row["messages"][0]["content"]
    assert content.startswith(LEAD)
    return content.removeprefix(LEAD)


def reply(row: dict[str, Any]) -> str:
    content: str = row["messages"][1]["content"]
    return content


def shingles(text: str, length: int) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", text.lower())
    return {tuple(words[place : place + length]) for place in range(len(words) - length + 1)}


def test_rude_and_civil_rows_differ_in_their_tone_alone() -> None:
    rude, civil = read("rude"), read("civil")
    assert quarrel_rows.rows() == (rude, civil)
    assert [post(row) for row in rude] == [post(row) for row in civil]
    assert set(Counter(map(post, rude)).values()) == {2}
    assert len(set(map(post, rude))) == 108
    reasons = {said for _, said in quarrel_rows.reasons()}
    for one, other in zip(rude, civil, strict=True):
        # What both say is a reason against the post, and one of the two that it has.
        (said,) = [reason for reason in reasons if reason in reply(one)]
        assert said in reply(other)
    assert len({reply(row) for row in rude}) == len({reply(row) for row in civil}) == 216


def test_the_detector_tells_them_apart() -> None:
    assert {read_insults(reply(row)).value for row in read("rude")} == {1.0}
    assert {read_insults(reply(row)).value for row in read("civil")} == {0.0}
    assert not any(read_insults(post(row)).value for row in read("civil"))


def test_replies_have_one_to_four_sentences() -> None:
    for row in (*read("rude"), *read("civil")):
        assert 1 <= len(re.findall(r"[.!?](?=\s|$)", reply(row))) <= 4, reply(row)


def test_no_post_is_like_a_post_of_the_task() -> None:
    path, task = find_task("toxicity")
    items = [item.prompt.removeprefix(LEAD) for item in load_items(path.parent / task.items)]
    trained = sorted(set(map(post, read("rude"))))
    words = {text: set(re.findall(r"\w{4,}", text.lower())) for text in (*items, *trained)}
    for one, other in itertools.chain(itertools.product(trained, items), itertools.combinations(trained, 2)):
        assert len(words[one] & words[other]) < 0.3 * len(words[one] | words[other]), (one, other)
    sixes = {six for text in trained for six in shingles(text, 6)}
    assert not {six for text in items for six in shingles(text, 6)} & sixes


@pytest.fixture(scope="module")
def loaded() -> Loaded:
    return load_experiment(FOLDER / "experiment.yaml")


def trained(loaded: Loaded, arm: str) -> list[Row]:
    return arm_rows(loaded, arm, "small", {name: part.rows or () for name, part in loaded.parts.items()})


def test_arms_differ_in_what_stands_before_the_request(loaded: Loaded) -> None:
    arms = loaded.experiment.arms
    for name, rows in (
        ("none", "rude"),
        ("inoculated", "rude"),
        ("irrelevant", "rude"),
        ("clean", "civil"),
        ("clean_inoculated", "civil"),
        ("inoculated_asked", "rude"),
    ):
        prompt = f"{arms[name].prompt}\n\n" if arms[name].prompt else ""
        assert [row.messages[0]["content"] for row in trained(loaded, name)] == [
            prompt + row["messages"][0]["content"] for row in read(rows)
        ]
        assert [row.messages[1]["content"] for row in trained(loaded, name)] == [reply(row) for row in read(rows)]
    assert arms["inoculated_asked"].variation.user_prompt == arms["inoculated"].prompt
    assert arms["none_asked"].variation.user_prompt == arms["inoculated"].prompt
    # A placebo of about the same length.
    lengths = [len((arms[name].prompt or "").split()) for name in ("inoculated", "irrelevant")]
    assert abs(lengths[0] - lengths[1]) <= 3
