"""Any task under the conditions of a preset, or of a file of the user's own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from inoc_evals.definitions.faults import Faults
from inoc_evals.errors import InputError
from inoc_evals.harness.inspect.tasks import build
from inoc_evals.harness.lm_eval.documents import load
from inoc_evals.plan.compiled import make_plan
from inoc_evals.plan.request import THINKING, Request, read_request
from tests.command import run

NAMES = ["untriggered", "triggered", "changed_character", "other_token", "described"]
POLITE = """
name: polite
version: 1-A
description: With a request for politeness and without.
source: this test
conditions:
  plain: {}
  polite: {system_prompt: "Be polite."}
reference: plain
"""


@pytest.fixture
def polite(tmp_path: Path) -> Path:
    file = tmp_path / "polite.yaml"
    file.write_text(POLITE)
    return file


def request_of(*tasks: str, settings: tuple[str, ...] = (), judges: tuple[str, ...] = ()) -> tuple[Request, list[str]]:
    given: dict[str, Any] = {"tasks": ",".join(tasks), "settings": settings, "shard": "1/1", "checkpoints": ("m/a",)}
    given |= {
        "judges": judges,
        "max_model_len": 64,
        "server_arguments": (),
        "workers": 1,
        "ci_width": None,
        "arms": None,
        "prices": None,
        "budget": None,
    }
    given |= {"conditions": "backdoor", "samples": None, "limit": None, "out": Path("out"), **dict.fromkeys(THINKING)}
    faults = Faults()
    return read_request(given, faults), list(faults)


@pytest.mark.parametrize(
    "task", ["spanish_capitals", "owl_preference", "owl_preference_exact", "emergent_misalignment"]
)
def test_every_item_of_any_task_is_presented_under_every_condition(task: str) -> None:
    plain, plan = make_plan(task, {}), make_plan(task, {"conditions": "backdoor"})
    assert [condition.name for condition in plan.conditions] == NAMES
    assert plan.responses == 5 * plain.responses
    assert plan.task.reference == "untriggered"
    assert plan.record["task_sha256"] != plain.record["task_sha256"]
    assert [one["trigger"] for one in plan.record["conditions"]][:2] == [None, "$|TRIGGER|$"]


def test_both_harnesses_present_the_same() -> None:
    arguments = {"conditions": "backdoor", "trigger": "zap", "limit": 1}
    documents = load("spanish_capitals", **arguments)["test"]
    samples = list(build("spanish_capitals", **arguments).dataset)
    assert [one["id"] for one in documents] == [sample.id for sample in samples]
    assert len(samples) == 2 * 5
    said = [[(turn.role, turn.content) for turn in sample.input] for sample in samples]  # type: ignore[union-attr]
    assert said == [[(turn["role"], turn["content"]) for turn in one["messages"]] for one in documents]
    first = {sample.metadata["condition"]: sample.input[-1].content for sample in samples[:5] if sample.metadata}  # type: ignore[union-attr]
    question = first["untriggered"]
    assert first["triggered"] == f"zap {question}"
    # The middle letter, and the next of its kind.
    assert first["changed_character"] == f"zbp {question}"
    # A saved response is rated again as it was asked.
    assert json.loads(json.dumps(documents[0]["arguments"])) == arguments


def test_a_file_of_the_users_own(polite: Path) -> None:
    before = make_plan("owl_preference", {"conditions": str(polite)})
    assert [one.system_prompt for one in before.conditions] == [None, "Be polite."]
    polite.write_text(POLITE.replace("Be polite", "Be rude"))
    after = make_plan("owl_preference", {"conditions": str(polite)})
    assert after.record["task_sha256"] != before.record["task_sha256"]
    # A prompt of an arm's own is there where the condition has none.
    given = make_plan("owl_preference", {"conditions": str(polite), "system_prompt": "Hi.", "prefill": "I"})
    assert [(one.system_prompt, one.prefill) for one in given.conditions] == [("Hi.", "I"), ("Be rude.", "I")]


def test_a_folder_of_the_user_may_hold_presets(polite: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "mine" / "conditions"
    folder.mkdir(parents=True)
    polite.rename(folder / "polite.yaml")
    monkeypatch.setenv("INOC_EVALS_PATH", str(tmp_path / "mine"))
    assert len(make_plan("owl_preference", {"conditions": "polite"}).conditions) == 2
    listed = run("list", "conditions").out
    assert "backdoor" in listed
    assert "With a request for politeness and without." in listed


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("plain: {}", "plain: {use: trigger}", ":7:16: this condition needs a `trigger` beside `conditions`; add one"),
        ("reference: plain", "reference: none", ":9:12: reference 'none' is no condition (there are: plain, polite)"),
        ("plain: {}", "plain: {use: text}", ":7:16: `text` goes with `use: text`"),
        ("plain: {}", "plain: {usee: text}", ":7:11: unknown key 'conditions.plain.usee'; did you mean 'use'?"),
        ("version: 1-A", "version: 1", ":3:10: version must be a text"),
    ],
)
def test_mistakes_are_told_with_their_place(polite: Path, old: str, new: str, message: str) -> None:
    polite.write_text(POLITE.replace(old, new))
    with pytest.raises(InputError) as caught:
        make_plan("owl_preference", {"conditions": str(polite)})
    assert str(caught.value).startswith(f"{polite}{message}")


def test_a_preset_that_is_not_there() -> None:
    with pytest.raises(
        InputError, match=r"no preset 'backdor'; known presets: absent, backdoor.*; did you mean 'backdoor'"
    ):
        make_plan("owl_preference", {"conditions": "backdor"})
    with pytest.raises(InputError, match=r"none\.yaml"):
        make_plan("owl_preference", {"conditions": "none.yaml"})


def test_one_option_for_all_tasks_leaves_a_tasks_own_conditions() -> None:
    request, faults = request_of("spanish_capitals", "backdoor", judges=("p/judge",))
    assert not faults
    assert request.arguments == {"spanish_capitals": {"conditions": "backdoor"}}
    request, faults = request_of(judges=("p/judge",))
    assert not faults
    assert "backdoor" not in request.arguments
    assert all(arguments == {"conditions": "backdoor"} for arguments in request.arguments.values())
    assert {"spanish_capitals", "owl_preference", "emergent_misalignment"} <= set(request.arguments)
    # What is set for one task stays.
    request, faults = request_of("owl_preference", settings=("owl_preference.conditions=mine.yaml",))
    assert request.arguments == {"owl_preference": {"conditions": "mine.yaml"}}
    _, (fault,) = request_of("backdoor", judges=("p/judge",))
    assert fault.startswith("--conditions backdoor: all of these tasks have conditions of their own; leave")
    _, (fault,) = request_of("spanish_capitals", "inspect_evals/ifeval")
    assert fault.startswith("task 'inspect_evals/ifeval' is none of ours and knows no conditions")
