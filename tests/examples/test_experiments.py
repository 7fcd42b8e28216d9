"""The experiments in examples/ plan as they stand there, from the folder that a user would name."""

from __future__ import annotations

import json
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
