"""Where the prompts of arms come from: the records of their trainings, and what a file of arms says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from inoc_evals.checkpoints.arms import Member
from inoc_evals.checkpoints.resolve import Checkpoint
from inoc_evals.definitions.arms import load_arms
from inoc_evals.definitions.training_prompt import TrainedWith
from inoc_evals.errors import InputError
from inoc_evals.plan.compiled import make_plan
from inoc_evals.plan.prompts import prompts_of, with_prompts


def member(folder: Path, arm: str, record: object = None, said: TrainedWith | None = None) -> Member:
    """An adapter with this record of its training; None for no record."""
    place = folder / arm
    place.mkdir()
    if record is not None:
        (place / "training.json").write_text(json.dumps(record))
    checkpoint = Checkpoint("adapter", str(place), "smollm2", place, None, "0" * 64)
    return Member(arm, arm, str(place), checkpoint, trained_with=said)


def noted(prompt: str, **more: object) -> dict[str, object]:
    return {"trained_with": {"prompt": prompt, "placement": "user", "rows": 3, "of": 4, **more}}


def test_records_and_authors(tmp_path: Path) -> None:
    members = [
        member(tmp_path, "none", {"trained_with": None}),
        member(tmp_path, "recorded", noted("R.", hint="h")),
        member(tmp_path, "joined", noted("J."), TrainedWith(paraphrased="j.")),
        member(tmp_path, "corrected", noted("wrong"), TrainedWith(prompt="Right.")),
        member(tmp_path, "older", {"step": 4}),
        member(tmp_path, "strange"),
        member(tmp_path, "damaged", {"trained_with": {"prompt": 4}}),
        Member("base", "base", "smollm2", Checkpoint("embedded", "smollm2", "/b", None, None, "1" * 64)),
        Member("hosted", "hosted", "http://127.0.0.1:1/v1#m", None),
    ]
    found = prompts_of(members, [])
    assert found.arms == {
        "recorded": TrainedWith(prompt="R.", placement="user", hint="h"),
        "joined": TrainedWith(prompt="J.", placement="user", paraphrased="j."),
        "corrected": TrainedWith(prompt="Right.", placement="system"),
    }
    assert found.unknown == ["older", "strange", "damaged"]


def test_only_conditions_that_speak_of_prompts_are_given_them(tmp_path: Path) -> None:
    members = [member(tmp_path, "a", noted("A b."))]
    given = {
        "one": {"conditions": "leak"},
        "two": {"conditions": "backdoor"},
        "three": {"conditions": "leak", "prompts": "mine.yaml"},
        "four": {},
        "five": {"conditions": "no_such"},
    }
    found = with_prompts(given, members, [])
    assert {name for name in given if found[name] != given[name]} == {"one"}
    assert found["one"]["prompts"] == {"arms": {"a": {"prompt": "A b.", "placement": "user"}}}
    # As settings.json keeps it.
    assert json.loads(json.dumps(found)) == found


def test_prompts_of_a_file(tmp_path: Path) -> None:
    file = tmp_path / "prompts.yaml"
    file.write_text("arms:\n  loud: {prompt: Be loud., opposite: Be quiet.}\n")
    plan = make_plan("owl_preference", {"conditions": "leak", "prompts": str(file)})
    assert "opposite_of_loud" in [condition.name for condition in plan.conditions]
    before = plan.record["task_sha256"]
    file.write_text("arms:\n  loud: {prompt: Be loud., opposite: Be still.}\n")
    assert make_plan("owl_preference", {"conditions": "leak", "prompts": str(file)}).record["task_sha256"] != before
    file.write_text("arms:\n  loud: {promt: Be loud.}\n")
    with pytest.raises(InputError, match=r"prompts\.yaml:2:10: unknown key 'arms\.loud\.promt'; did you mean 'prompt'"):
        make_plan("owl_preference", {"conditions": "leak", "prompts": str(file)})
    with pytest.raises(InputError, match="conditions backdoor do not speak of any prompt; leave prompts out"):
        make_plan("owl_preference", {"conditions": "backdoor", "prompts": {"arms": {"a": {"prompt": "P."}}}})
    with pytest.raises(InputError, match="prompts goes with conditions that speak of prompts"):
        make_plan("owl_preference", {"prompts": {"arms": {"a": {"prompt": "P."}}}})


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("{}", r"arms\.yaml:2:\d+: this says nothing; write `prompt`, or one of paraphrased, opposite, hint"),
        ("{hint: h, placement: user}", r"arms\.yaml:2:\d+: `placement` goes with `prompt`"),
        ("{prompt: ''}", r"arms\.yaml:2:\d+: "),
    ],
)
def test_mistakes_in_a_file_of_arms(tmp_path: Path, written: str, message: str) -> None:
    file = tmp_path / "arms.yaml"
    file.write_text(f"arms:\n  a: {{checkpoints: [x], trained_with: {written}}}\n")
    with pytest.raises(InputError, match=message):
        load_arms(file)
