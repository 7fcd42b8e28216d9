"""`judges select` and `judges worth` on a folder of labels, with judges behind a real server on loopback."""

from __future__ import annotations

import hashlib
import json
import random
import re
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from inoc_evals.definitions.models import Rubric
from inoc_evals.judging.prompt import from_rubric
from inoc_evals.labelling.folder import write_draw
from inoc_evals.labelling.label import Drawn, Label, Labels
from tests.command import Ended, run
from tests.commands.test_json import promised
from tests.harness.loopback import Loopback, loopback

pytestmark = pytest.mark.usefixtures("own_cache")
RUBRIC = """
name: marks
version: 1-A
description: for a test
source: a test
sees: answer_only
answer: {answer}
instructions: Say how much.
rewording: Tell the amount.
"""
MARK = re.compile(r"(\w+)=([01])")


class Judges:
    """`first`, `second` and `twin` (who is like `first`) say what the response's mark holds for them, in nine draws of
    ten, in an order of their own for every response; `wordy` never rates."""

    def __init__(self) -> None:
        self.asked: Counter[tuple[str, str]] = Counter()
        self.lock = threading.Lock()

    def __call__(self, body: dict[str, Any]) -> str:
        prompt, model = body["messages"][-1]["content"], body["model"]
        if "exactly this number" in prompt:
            return "73"
        with self.lock:
            self.asked[model, prompt] += 1
            seed = f"{model} {prompt} {self.asked[model, prompt]}"
        marks = dict(MARK.findall(prompt))
        says = marks["first" if model == "twin" else model]
        turned = int(hashlib.sha256(seed.encode()).hexdigest(), 16) % 10 == 0
        return "90" if (says == "1") != turned else "10"


@pytest.fixture
def server() -> Iterator[Loopback]:
    with loopback(Judges()) as served:
        served.names = ["first", "second", "twin"]
        yield served


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """120 labelled responses to 24 questions; each judge is right on three of four, by itself."""
    return written(tmp_path / "labels", 120)


def written(folder: Path, count: int, answer: str = "rating") -> Path:
    drawing = random.Random(7)
    text = RUBRIC.format(answer=answer)
    rubrics = folder.parent / "rubrics"
    rubrics.mkdir(exist_ok=True)
    (rubrics / "marks.yaml").write_text(text)
    drawn, labels = [], []
    for number in range(count):
        truth = number % 2
        first, second = (truth if drawing.random() < 0.8 else 1 - truth for _ in range(2))
        name = f"{number:016x}"
        answer_text = f"Response {number}: first={first} second={second}"
        drawn.append(Drawn(name, "s", 2.0, None, answer_text, None, None, "arm", "c", "t", f"q{number // 5}"))
        labels.append(Label(name, "ann", 100.0 * truth))
    asked = Rubric(
        name="marks",
        version="1-A",
        description="for a test",
        source="a test",
        sees="answer_only",
        answer=answer,
        instructions="Say how much.",
        rewording="Tell the amount.",
    )
    identity = from_rubric(asked).identity
    write_draw(folder, Labels("marks", "1-A", identity, "marks", "j", 1, tuple(drawn), tuple(labels)))
    return folder


def judges(command: str, folder: Path, *arguments: str) -> Ended:
    return run("judges", command, str(folder), "--judges", str(folder.parent / "rubrics"), *arguments)


def named(server: Loopback, *names: str, option: str = "--judge") -> list[str]:
    return [word for name in names for word in (option, f"{server.url}#{name}")]


def test_two_judges_that_err_independently_are_chosen_together(server: Loopback, folder: Path) -> None:
    options = ("--draws", "3", "--wordings", "first", "-k", "2")
    ended = judges("select", folder, *named(server, "first", "second"), *options, "--json")
    assert ended.code == 0, ended.err
    told = json.loads(ended.out)
    assert told.keys() == promised("judges select")
    assert (told["labels"], told["questions"]) == (120, 24)
    assert told["classes"] == {"below 50": 60, "50 or more": 60}
    assert told["verdict"]["gain"] is True
    assert told["held_out"]["gain"]["low"] > 0
    assert {each["judge"].split()[0].split("/")[-1] for each in told["advised"]} == {"first", "second"}
    assert [each["draws"] for each in told["candidates"]] == [3, 3]
    assert all(each["calls"] >= 3 * 120 for each in told["candidates"])
    # Nothing is asked twice, but whether the judges are there and what they can.
    calls = len(server.bodies)
    again = judges("select", folder, *named(server, "first", "second"), *options)
    assert len(server.bodies) - calls < 10
    assert "verdict: gain: labels kept aside are likelier by" in " ".join(again.out.split())


def test_a_judge_that_is_like_another_is_no_gain(server: Loopback, folder: Path) -> None:
    options = ("--draws", "9", "--wordings", "first")
    ended = judges("select", folder, *named(server, "first", "twin"), *options)
    assert ended.code == 0, ended.err
    said = " ".join(ended.out.split())
    assert "verdict: no gain: as far as 120 labels tell, no set of up to 3 is better" in said
    assert re.search(r"use openai-api/judge/(first|twin)[^;]*, first wording, 9 drawn$", said)


def test_wordings_and_numbers_of_draws_are_candidates(server: Loopback, folder: Path) -> None:
    ended = judges("select", folder, *named(server, "first"), "--draws", "2", "--draws", "1", "--json")
    told = json.loads(ended.out)
    found = [(each["wording"], each["draws"]) for each in told["candidates"]]
    assert sorted(found) == [("first", 1), ("first", 2), ("second", 1), ("second", 2)]
    # Two draws tell more than one.
    alone = {each: one["alone"]["mean"] for each, one in zip(found, told["candidates"], strict=True)}
    assert alone["first", 2] > alone["first", 1]


def test_draws_of_a_judge_are_worth_their_number(server: Loopback, folder: Path) -> None:
    reference = named(server, "first", option="--reference")
    ended = judges("worth", folder, *named(server, "first", "second"), *reference, "--draws", "3", "--json")
    assert ended.code == 0, ended.err
    told = json.loads(ended.out)
    assert told.keys() == promised("judges worth")
    assert told["reference"]["draws"] == 3
    assert told["reference"]["curve"] == sorted(told["reference"]["curve"])
    own, other = told["judges"][:3], told["judges"][3:]
    assert [each["worth"]["draws"] for each in own] == pytest.approx([1, 2, 3], abs=0.01)
    assert [each["draws"] for each in other] == [1, 2, 3]
    printed = judges("worth", folder, *named(server, "second"), *reference, "--draws", "3")
    assert "draws of the reference" in printed.out


def test_too_few_labels_are_told_before_anything_is_asked(server: Loopback, tmp_path: Path) -> None:
    few = written(tmp_path / "few", 20)
    ended = judges("select", few, *named(server, "first", "second"))
    assert (ended.code, ended.out) == (2, "")
    assert "20 labels can be used, and 30 at least tell judges apart" in ended.said
    assert not server.bodies


def test_wrong_input_is_one_sentence(server: Loopback, folder: Path, tmp_path: Path) -> None:
    one = named(server, "first")
    ended = judges("select", folder, *one, *one)
    assert (ended.code, "is named twice" in ended.said) == (2, True)
    ended = judges("select", tmp_path, *one)
    assert (ended.code, "draw.json" in ended.said) == (2, True)
    text = RUBRIC.format(answer="rating").replace("how much", "otherwise")
    (folder.parent / "rubrics" / "marks.yaml").write_text(text)
    ended = judges("select", folder, *one)
    assert (ended.code, "asks otherwise" in ended.said) == (2, True)


def test_failed_calls_are_counted_and_asked_for_again(server: Loopback, folder: Path) -> None:
    sound = server.answer

    def faulty(body: dict[str, Any]) -> str | int:
        failing = body["model"] == "second" and "Response 7:" in body["messages"][-1]["content"]
        return 400 if failing else sound(body)

    server.answer = faulty
    options = ("--draws", "1", "--wordings", "first")
    ended = judges("select", folder, *named(server, "first", "second"), *options)
    assert ended.code == 0, ended.err
    assert "119 labels" in ended.out
    assert "1 drawn failed on 1 responses, which are left out" in " ".join(ended.out.split())
    server.answer = sound
    assert "120 labels" in judges("select", folder, *named(server, "first", "second"), *options).out
