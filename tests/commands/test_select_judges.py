"""`judges select` and `judges worth` on a folder of labels, with judges behind a real server on loopback."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from inoc_evals.definitions.rubric import Rubric
from inoc_evals.judging.prompt import from_rubric
from inoc_evals.labelling.folder import write_draw
from inoc_evals.labelling.form import form_of, write_form
from inoc_evals.results.label import Drawn, Label, Labels, Position
from tests.command import Ended, run
from tests.commands.test_json import promised
from tests.judging.marking import RUBRIC, Judges
from tests.judging.serving import Served
from tests.listening import listening

pytestmark = pytest.mark.usefixtures("own_cache")


@pytest.fixture
def server() -> Iterator[Judges]:
    with listening(Judges()) as served:
        yield served


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """120 labelled responses to 24 questions; each judge is right on seven of eight, by itself."""
    return written(tmp_path / "labels", 120)


def written(folder: Path, count: int, answer: str = "rating", threshold: float = 50.0) -> Path:
    drawing = random.Random(7)
    text = RUBRIC.format(answer=answer)
    rubrics = folder.parent / "rubrics"
    rubrics.mkdir(exist_ok=True)
    (rubrics / "marks.yaml").write_text(text)
    drawn, labels = [], []
    for number in range(count):
        truth = number % 2
        first, second = (truth if drawing.random() < 0.87 else 1 - truth for _ in range(2))
        name = f"{number:016x}"
        # The second is for the project's stand-in, which is read exactly.
        answer_text = f"Response {number}: first={first} second={second} [[{10 + 80 * first}]]"
        place = Position(f"q{number // 5}", "", 1 + number % 5, 0)
        drawn.append(Drawn(name, None, answer_text, None, None, "arm", "c", "t", place.item, place, "s", 2.0))
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
    instrument = from_rubric(asked)
    write_draw(folder, Labels("marks", "1-A", instrument.identity, "marks", "j", 1, (), tuple(drawn), tuple(labels)))
    write_form(folder, form_of(instrument, threshold))
    return folder


def judges(command: str, folder: Path, *arguments: str) -> Ended:
    return run("judges", command, str(folder), "--judges", str(folder.parent / "rubrics"), *arguments)


def named(server: Judges, *names: str, option: str = "--judge") -> list[str]:
    return [word for name in names for word in (option, f"{server.url}#{name}")]


def test_two_judges_that_err_independently_are_chosen_together(server: Judges, tmp_path: Path) -> None:
    folder = written(tmp_path / "labels", 240)
    options = ("--draws", "9", "--wordings", "first", "-k", "2")
    ended = judges("select", folder, *named(server, "first", "second"), *options, "--json")
    assert ended.code == 0, ended.err
    told = json.loads(ended.out)
    assert told.keys() == promised("judges select")
    assert (told["labels"], told["questions"]) == (240, 48)
    assert told["classes"] == {"below 50": 120, "50 or more": 120}
    assert told["verdict"]["gain"] is True
    assert told["held_out"]["gain"]["low"] > 0
    assert {each["judge"].split()[0].split("/")[-1] for each in told["advised"]} == {"first", "second"}
    assert [each["draws"] for each in told["candidates"]] == [9, 9]
    assert all((each["calls"], each["prompt_tokens"]) == (240, 9 * 240) for each in told["candidates"])
    # Nothing is asked twice, but whether the judges are there and what they can.
    calls = len(server.bodies)
    again = judges("select", folder, *named(server, "first", "second"), *options)
    assert len(server.bodies) - calls < 10
    assert "verdict: gain: labels kept aside are likelier by" in " ".join(again.out.split())


def test_a_judge_that_is_like_another_is_no_gain(server: Judges, folder: Path) -> None:
    options = ("--draws", "9", "--wordings", "first")
    ended = judges("select", folder, *named(server, "first", "twin"), *options)
    assert ended.code == 0, ended.err
    said = " ".join(ended.out.split())
    assert "verdict: no gain: as far as 120 labels tell, no set of up to 3 is better" in said
    assert re.search(r"use openai-api/judge/(first|twin)[^;]*, first wording, 9 drawn judge openai", said)


def test_wordings_and_numbers_of_draws_are_candidates(server: Judges, folder: Path) -> None:
    ended = judges("select", folder, *named(server, "first"), "--draws", "2", "--draws", "1", "--json")
    told = json.loads(ended.out)
    found = [(each["wording"], each["draws"]) for each in told["candidates"]]
    assert sorted(found) == [("first", 1), ("first", 2), ("second", 1), ("second", 2)]
    # Two draws tell more than one.
    alone = {each: one["alone"]["mean"] for each, one in zip(found, told["candidates"], strict=True)}
    assert alone["first", 2] > alone["first", 1]


def test_draws_of_a_judge_are_worth_their_number(server: Judges, folder: Path) -> None:
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
    assert re.search(r"second at .*: worth in draws of the reference.*\n +1 drawn: .* \(95% interval ", printed.out)
    assert "the reference itself" not in printed.out
    printed = judges("worth", folder, *named(server, "first"), *reference, "--draws", "3")
    assert "it is the reference itself, so that 1, 2, ... draws are worth as many" in " ".join(printed.out.split())


def test_ratings_are_parted_where_the_labels_were_drawn_around(server: Judges, tmp_path: Path) -> None:
    folder = written(tmp_path / "labels", 60, threshold=30.0)
    options = (*named(server, "first"), "--draws", "1", "--wordings", "first")
    told = json.loads(judges("select", folder, *options, "--json").out)
    assert (told["threshold"], told["classes"]) == (30, {"below 30": 30, "30 or more": 30})
    assert "ratings are parted at 30, which the labels were drawn around" in judges("select", folder, *options).out
    worth = (*named(server, "first"), *named(server, "second", option="--reference"), "--draws", "2")
    assert json.loads(judges("worth", folder, *worth, "--json").out)["threshold"] == 30
    assert "ratings are parted at 30, which" in judges("worth", folder, *worth).out
    # Every judge here says 90 or 10.
    ended = judges("select", folder, *options, "--threshold", "95")
    assert "ratings are parted at 95, by --threshold" in ended.out


def test_too_few_labels_are_told_before_anything_is_asked(server: Judges, tmp_path: Path) -> None:
    few = written(tmp_path / "few", 20)
    ended = judges("select", few, *named(server, "first", "second"))
    assert (ended.code, ended.out) == (2, "")
    assert "20 labels can be used, and 30 at least tell judges apart" in ended.said
    assert not server.bodies


def test_wrong_input_is_one_sentence(server: Judges, folder: Path, tmp_path: Path) -> None:
    one = named(server, "first")
    ended = judges("select", folder, *one, *one)
    assert (ended.code, "is named twice" in ended.said) == (2, True)
    ended = judges("select", folder, *one, "--judge", f"{server.url}/#first")
    assert (ended.code, "is named twice" in ended.said) == (2, True)
    for name, why in (("gpt-4o", "'gpt-4o' is no judge; write PROVIDER/MODEL"), ("opnai/x", "no provider 'opnai'")):
        for command, options in (("select", ()), ("worth", ("--reference", name))):
            told = {judges(command, folder, "--judge", name, *options, *more).err for more in ((), ("--plan",))}
            assert (len(told), why in " ".join("".join(told).split())) == (1, True)
    ended = judges("select", tmp_path, *one)
    assert (ended.code, "draw.json" in ended.said) == (2, True)
    text = RUBRIC.format(answer="rating").replace("how much", "otherwise")
    (folder.parent / "rubrics" / "marks.yaml").write_text(text)
    ended = judges("select", folder, *one)
    assert (ended.code, "asks otherwise" in ended.said) == (2, True)


def test_failed_calls_are_counted_and_asked_for_again(server: Judges, folder: Path) -> None:
    server.failing = "Response 7:"
    options = ("--draws", "1", "--wordings", "first")
    ended = judges("select", folder, *named(server, "first", "second"), *options)
    assert ended.code == 0, ended.err
    assert "119 labels" in ended.out
    assert "1 drawn failed on 1 responses, which are left out" in " ".join(ended.out.split())
    server.failing = "no such text"
    assert "120 labels" in judges("select", folder, *named(server, "first", "second"), *options).out


def test_what_judges_take_is_expected_counted_and_held_within_a_budget(server: Judges, folder: Path) -> None:
    prices = folder.parent / "prices.yaml"
    prices.write_text("currency: EUR\njudges:\n  first: {input: 1000, output: 5000}\n")
    options = (*named(server, "first"), "--wordings", "first", "--draws", "1", "--draws", "3", "--prices", str(prices))
    (plan,) = json.loads(judges("select", folder, *options, "--plan", "--json").out)["judging"]
    # All of it is drawn, one answer a call at most; or it is read exactly, once.
    assert (plan["ratings"], plan["calls"]) == ([120, 240], [120, 120 + 3 * 120])
    assert not server.bodies
    ended = judges("select", folder, *options, "--budget", "150 calls", "--out", str(folder.parent / "panel.json"))
    assert ended.code == 1
    assert len(server.bodies) == 150
    assert "150 calls was spent before all labelled responses were judged" in ended.said
    assert not (folder.parent / "panel.json").exists()
    # What was said is not asked for again, and nothing that was asked is left out of what is told.
    told = json.loads(judges("select", folder, *options, "--json").out)
    calls = len(server.bodies) - 150
    ratings = sum(body["messages"][-1]["content"].startswith("Say how much") for body in server.bodies)
    assert (ratings, told["cost"]["calls"]) == (240, calls)
    # 9 tokens of a prompt, and one of each answer drawn.
    drawn = sum(body.get("n") or 1 for body in server.bodies[150:])
    assert told["cost"]["cost"] == pytest.approx((9 * calls * 1000 + drawn * 5000) / 1e6)
    worth = (*named(server, "second"), *named(server, "first", option="--reference"), "--prices", str(prices))
    assert ", no price" in judges("worth", folder, *worth, "--draws", "3").out
    plan = json.loads(judges("worth", folder, *worth, "--draws", "3", "--plan", "--json").out)["judging"]
    # The second has no price, so that it may be a vLLM server, of which each rating takes eight calls at most.
    assert [each["calls"] for each in plan] == [[120, 360], [120, 8 * 120]]


def test_an_exact_reading_is_one_candidate_and_its_draws_are_simulated(
    judge_server: Callable[..., Served], folder: Path
) -> None:
    served = judge_server()
    judge = f"{served.url}#judge"
    told = json.loads(judges("select", folder, "--judge", judge, "--draws", "2", "--draws", "4", "--json").out)
    assert [(each["wording"], each["draws"]) for each in told["candidates"]] == [("first", None), ("second", None)]
    # It says the same in both wordings.
    assert (told["verdict"]["gain"], len(told["members"]), told["held_out"]["gain"]["mean"]) == (False, 1, 0)
    told = json.loads(judges("worth", folder, "--judge", judge, "--reference", judge, "--draws", "3", "--json").out)
    assert told["reference"]["simulated"] is True
    (only,) = told["judges"]
    assert only["draws"] is None
    assert only["likelihood"] == told["reference"]["exact"]
    printed = judges("worth", folder, "--judge", judge, "--reference", judge, "--draws", "3").out
    assert "whose exact reading is worth infinitely many of its draws exact: " in " ".join(printed.split())


def test_yes_and_no(server: Judges, tmp_path: Path) -> None:
    folder = written(tmp_path / "labels", 60, "yes_no")
    ended = judges("select", folder, *named(server, "first"), "--draws", "1", "--wordings", "first")
    assert ended.code == 0, ended.err
    assert "60 labels of 12 questions (30 NO, 30 YES)" in ended.out
    assert "parted at" not in ended.out
    assert "is the only candidate; name other judges" in " ".join(ended.out.split())
    ended = judges(
        "select", folder, *named(server, "first", "second"), "--draws", "1", "--wordings", "first", "-k", "1"
    )
    assert "no gain: with -k 1 no set is tried; use" in " ".join(ended.out.split())
    assert "the set of up to" not in ended.out
    ended = judges("select", folder, *named(server, "first"), "--threshold", "30")
    assert (ended.code, "YES or NO, which have no --threshold" in ended.said) == (2, True)
