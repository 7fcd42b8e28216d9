"""The experiments in examples/ plan as they stand there, from the folder that a user would name."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from tests.command import run

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
NAMES = sorted(path.parent.name for path in EXAMPLES.glob("experiments/*/experiment.yaml"))


@pytest.mark.parametrize("name", NAMES)
def test_an_example_is_found_and_plans(name: str, tmp_path: Path) -> None:
    ended = run("experiment", "plan", name, "--json", cwd=tmp_path, environment={"INOC_EVALS_PATH": str(EXAMPLES)})
    assert ended.code == 0, ended.err
    assert json.loads(ended.out)["experiment"] == name


def test_one_of_ones_own_needs_50_rows_two_arms_and_no_code(tmp_path: Path) -> None:
    folder = EXAMPLES / "experiments" / "loud_answers"
    assert {path.suffix for path in folder.iterdir()} == {".yaml", ".jsonl", ".md"}
    ended = run("experiment", "plan", str(folder / "experiment.yaml"), "--json", cwd=tmp_path)
    facts = json.loads(ended.out)
    assert [(arm["arm"], arm["rows"], arm["prompted"]) for arm in facts["arms"]] == [("none", 50, 0), ("asked", 50, 50)]
    assert len(facts["statements"]) == 2
    answers = [json.loads(line)["messages"][1]["content"] for line in (folder / "rows.jsonl").open()]
    assert len(set(answers)) >= 49


def test_a_plan_as_json_has_the_keys_that_its_page_names(tmp_path: Path) -> None:
    page = (EXAMPLES.parent / "docs" / "json.md").read_text()
    (line,) = [line for line in page.splitlines() if line.startswith("| `experiment plan`")]
    promised = set(re.findall(r"`(\w+)`", line.split("|")[2]))
    ended = run("experiment", "plan", "spanish_capitals", "--scale", "sampled", "--json", cwd=tmp_path)
    facts = json.loads(ended.out)
    assert promised - {"can_show"} <= facts.keys()
    assert all("can_show" in task for task in facts["tasks"])


def test_arms_with_the_same_rows_are_one_training(tmp_path: Path) -> None:
    folder = tmp_path / "loud_answers"
    shutil.copytree(EXAMPLES / "experiments" / "loud_answers", folder)
    file = folder / "experiment.yaml"
    told = '  calm: {variation: {system_prompt: "Write calmly."}}\n\nscale:'
    file.write_text(file.read_text().replace("\nscale:", told, 1))
    ended = run("experiment", "plan", str(file), "--seeds", "2", "--json", cwd=tmp_path)
    facts = json.loads(ended.out)
    assert [arm["arm"] for arm in facts["arms"]] == ["none", "asked", "calm"]
    assert facts["trainings"] == 4
    # Each of six checkpoints, two of which are asked in two ways, answers 60 items of two categories.
    assert facts["responses"] == 6 * 120
