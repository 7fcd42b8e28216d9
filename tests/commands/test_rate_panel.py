"""The road from labels to a panel and back: `judges label`, `select --out`, `rate --panel`, `report --labels`."""

from __future__ import annotations

import json
import random
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest

from inoc_evals.labelling.folder import add_labels, read_labels
from inoc_evals.results.label import Label
from tests.command import Ended, run
from tests.commands.test_json import promised
from tests.judging.marking import RUBRIC, Judges
from tests.listening import listening

pytestmark = pytest.mark.usefixtures("own_cache")
PAIR = ("--draws", "1", "--draws", "3")


@pytest.fixture
def server() -> Iterator[Judges]:
    with listening(Judges()) as served:
        yield served


def labelled(folder: Path, count: int = 40) -> Path:
    """Responses of one arm, all of which a person labelled; each judge is right on nine of ten, by itself."""
    folder.mkdir(exist_ok=True)
    (folder / "rubrics").mkdir()
    (folder / "rubrics" / "marks.yaml").write_text(RUBRIC.format(answer="rating"))
    drawing = random.Random(3)
    rows = []
    for number in range(count):
        truth = number % 2
        first, second = (truth if drawing.random() < 0.9 else 1 - truth for _ in range(2))
        answer = f"Response {number} is {'good' if truth else 'bad'}: first={first} second={second}"
        rows.append({"question": f"Question {number // 5}?", "answer": answer})
    (folder / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    ended = judges(folder, "label", "a.jsonl", "--rubric", "marks", "-n", str(count), "--out", "labels")
    assert ended.code == 0, ended.err
    said = [
        Label(each.response, "ann", 100.0 if "good" in each.answer else 0.0)
        for each in read_labels(folder / "labels").drawn
    ]
    add_labels(folder / "labels", [(each, folder / "sheet.csv") for each in said])
    return folder


def judges(folder: Path, *arguments: str) -> Ended:
    return run("judges", *arguments, "--judges", "rubrics", cwd=folder)


def select(folder: Path, server: Judges, *arguments: str, out: str = "panel.json") -> Ended:
    named = [word for name in ("first", "second") for word in ("--judge", f"{server.url}#{name}")]
    return judges(folder, "select", "labels", *named, "--out", out, *arguments)


def written(folder: Path, **changes: Any) -> dict[str, Any]:
    """What stands in the file of the panel, with changes that are written too."""
    path = folder / "panel.json"
    panel: dict[str, Any] = {**json.loads(path.read_text()), **changes}
    path.write_text(json.dumps(panel))
    return panel


def member(server: Judges, name: str, wording: str, draws: int) -> dict[str, Any]:
    identity = f"openai-api/judge/{name} at {server.url}"
    return {
        "judge": f"{server.url}#{name}",
        "identity": identity,
        "version": name,
        "wording": wording,
        "draws": draws,
    }


def rated(folder: Path, *arguments: str, paths: tuple[str, ...] = ("a.jsonl",)) -> Ended:
    return judges(folder, "rate", *paths, "--panel", "panel.json", "--rubric", "marks", *arguments)


def rows(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "rated.jsonl").read_text().splitlines()[1:]]


def test_what_is_advised_rates_and_asks_nothing_twice(server: Judges, tmp_path: Path) -> None:
    folder = labelled(tmp_path / "study")
    ended = select(folder, server, *PAIR, "--json")
    assert ended.code == 0, ended.err
    told = json.loads(ended.out)
    assert (told["file"], told.keys()) == ("panel.json", promised("judges select"))
    # A set for which 40 labels are too few, so that it is written by hand: both wordings, and two numbers of draws.
    assert json.loads((folder / "panel.json").read_text())["verdict"]["gain"] is told["verdict"]["gain"]
    members = [
        member(server, "first", "first", 3),
        member(server, "first", "second", 1),
        member(server, "second", "second", 3),
    ]
    written(folder, members=members)
    before = len(server.bodies)
    ended = rated(folder, "--json")
    assert ended.code == 0, ended.err
    document = json.loads(ended.out)
    assert document.keys() == promised("judges rate")
    names = [f"{each['identity']}, {each['wording']} wording, {each['draws']} drawn" for each in members]
    assert (document["judges"], document["rated"], document["notes"]) == (names, 40, [])
    # Only what finds out whether the judges are there and what they can.
    asked = [body for body in server.bodies[before:] if "exactly this number" not in body["messages"][-1]["content"]]
    assert not asked
    assert {line["reused"] for line in document["cost"]["judges"] if line["rubric"] == "marks"} == {40, 80}
    for row in rows(folder):
        details = row["details"]["marks"]
        assert list(details["judges"]) == names
        # Every number counts, so that all members weigh alike.
        assert row["values"]["marks"] == pytest.approx(fmean(details["judges"].values()))
        assert details["answered_by"] == dict(zip(names, ("first", "first", "second"), strict=True))
        # 10 or 90, one draw or the mean of three.
        assert details["judges"][names[1]] in (10, 90)
        assert round(details["judges"][names[0]] * 3) % 80 == 30 % 80


def test_new_responses_are_asked_by_each_wording_and_number_of_draws(server: Judges, tmp_path: Path) -> None:
    folder = labelled(tmp_path / "study")
    assert select(folder, server, "--draws", "1", "--wordings", "first").code == 0
    written(folder, members=[member(server, "first", "first", 2), member(server, "second", "second", 5)])
    (folder / "b.jsonl").write_text(json.dumps({"question": "New?", "answer": "New: first=1 second=0"}) + "\n")
    before = len(server.bodies)
    assert rated(folder, paths=("b.jsonl",)).code == 0
    prompts = [(body["model"], body.get("n"), body["messages"][-1]["content"]) for body in server.bodies[before:]]
    asked = sorted((name, n, prompt.split("\n")[0]) for name, n, prompt in prompts if "New:" in prompt)
    assert asked == [("first", 2, "Say how much."), ("second", 5, "Tell the amount.")]


def test_a_budget_leaves_ratings_out_and_the_same_call_goes_on(server: Judges, tmp_path: Path) -> None:
    folder = labelled(tmp_path / "study")
    assert select(folder, server, "--draws", "1", "--wordings", "first").code == 0
    written(folder, members=[member(server, "first", "first", 2), member(server, "first", "second", 2)])
    new = [json.dumps({"question": "New?", "answer": f"New {n}: first=1 second=0"}) + "\n" for n in range(4)]
    (folder / "b.jsonl").write_text("".join(new))
    ended = rated(folder, "--budget", "4 calls", paths=("b.jsonl",))
    assert "over_budget" in ended.out
    assert "over_budget" in {row["causes"].get("marks") for row in rows(folder)}
    assert rated(folder, "--budget", "40 calls", paths=("b.jsonl",)).code == 0
    assert all(row["values"]["marks"] is not None for row in rows(folder))


def test_labels_that_chose_correct_the_ratings_and_it_is_said(server: Judges, tmp_path: Path) -> None:
    folder = labelled(tmp_path / "study")
    assert select(folder, server, "--draws", "1").code == 0
    assert rated(folder).code == 0
    (folder / "copy").mkdir()
    shutil.copytree(folder / "labels", folder / "copy" / "labels")
    ended = run("report", "rated.jsonl", "--labels", "copy/labels", "--out", "report", cwd=folder)
    assert ended.code == 0, ended.err
    found = json.loads((folder / "report" / "results.json").read_text())["corrected"]
    (rate,) = [each for each in found["rates"] if each["measure"] == "marks"]
    # Half of all responses are good, and all are labelled.
    assert rate["rate"]["mean"] == pytest.approx(0.5)
    assert any("they chose the panel that rated and are not independent of it" in note for note in found["notes"])
    assert "they chose the panel that rated" in (folder / "report" / "report.html").read_text()


def test_a_single_candidate_is_written_where_nothing_gains(server: Judges, tmp_path: Path) -> None:
    folder = labelled(tmp_path / "study")
    ended = select(folder, server, "--draws", "1", "--wordings", "first", "-k", "1")
    assert "rate by it with: inoc-evals judges rate PATHS --panel panel.json" in ended.out
    panel = written(folder)
    assert panel["verdict"]["gain"] is False
    assert panel["verdict"]["in_words"].startswith("no gain: ")
    (only,) = panel["members"]
    assert only in [member(server, name, "first", 1) for name in ("first", "second")]
    assert (panel["rubric"]["name"], panel["labels"]["folder"], panel["labels"]["used"]) == ("marks", "labels", 40)
    assert panel["labels"]["threshold"] == 50
    again = select(folder, server, "--draws", "1")
    assert (again.code, "panel.json: this file is there already" in again.said) == (2, True)


def test_what_does_not_fit_is_one_sentence(server: Judges, tmp_path: Path) -> None:
    folder = labelled(tmp_path / "study")
    assert select(folder, server, "--draws", "1").code == 0
    whole = written(folder)

    def refused(said: str, *arguments: str) -> None:
        ended = rated(folder, *arguments)
        assert (ended.code, ended.out) == (2, "")
        assert said in ended.said, ended.said

    before = len(server.bodies)
    refused("--judge and --panel both say who rates", "--judge", f"{server.url}#first")
    refused("with its parameters; leave --set out", "--set", "marks.much=1")
    refused("the panel rates by marks alone", "--rubric", "toxicity")
    nobody = judges(folder, "rate", "a.jsonl", "--rubric", "marks")
    assert (nobody.code, "nobody is named who rates" in nobody.said) == (2, True)
    foreign = run("judges", "rate", "a.jsonl", "--panel", "panel.json", cwd=folder)
    assert (foreign.code, foreign.out) == (2, "")
    (changed,) = (dict(each) for each in whole["members"][:1])
    written(folder, members=[{**changed, "identity": "openai-api/judge/other at http://127.0.0.1:9/v1"}])
    refused(f"panel.json: judge {changed['judge']} is {changed['identity']} here, and was openai-api/judge/other at")
    written(folder, members=[{**changed, "draws": None}])
    refused("is read by drawing now, and was read exactly when the panel was chosen")
    written(folder, rubric={**whole["rubric"], "identity": "0" * 64})
    refused("panel.json: the panel was chosen for rubric marks 1-A, and marks 1-A as it lies here asks otherwise")
    assert not [body for body in server.bodies[before:] if "Response" in body["messages"][-1]["content"]]


def test_another_version_of_a_judge_is_noted(server: Judges, tmp_path: Path) -> None:
    folder = labelled(tmp_path / "study")
    assert select(folder, server, "--draws", "1").code == 0
    (changed,) = (dict(each) for each in written(folder)["members"][:1])
    written(folder, members=[{**changed, "version": "older"}])
    ended = rated(folder)
    assert f"answered as older when the panel was chosen, and answers as {changed['version']} now" in " ".join(
        ended.out.split()
    )


def test_a_plan_counts_each_member(server: Judges, tmp_path: Path) -> None:
    folder = labelled(tmp_path / "study")
    assert select(folder, server, "--draws", "1").code == 0
    written(folder, members=[member(server, "first", "first", 2), member(server, "first", "second", 5)])
    before = len(server.bodies)
    ended = rated(folder, "--plan", "--json")
    assert ended.code == 0, ended.err
    lines = json.loads(ended.out)["judging"]
    assert [re.sub(r" at \S+,", ",", each["judge"]) for each in lines] == [
        "openai-api/judge/first, first wording, 2 drawn",
        "openai-api/judge/first, second wording, 5 drawn",
    ]
    assert all(each["ratings"] == [40, 40] for each in lines)
    assert lines[1]["calls"][1] == 5 * 40
    assert len(server.bodies) == before
