"""Trainings with checkpoints on the way, scored as a user does; a server that stands in for vLLM is really started."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.command import run
from tests.inoculation.test_kept import rows
from tests.serving.test_broken_adapters import STAND_IN

TASK = "owl_preference"


@pytest.fixture(autouse=True)
def stand_in(monkeypatch: pytest.MonkeyPatch, own_cache: Path) -> None:
    """Child processes find the stand-in where they look for vLLM."""
    monkeypatch.setenv("PYTHONPATH", f"{STAND_IN}:{Path(__file__).resolve().parents[2]}")


def test_checkpoints_of_two_trainings_are_one_arm_over_its_steps(tiny: Path, tmp_path: Path) -> None:
    data, runs, out = tmp_path / "rows.jsonl", tmp_path / "runs", tmp_path / "out"
    data.write_text("".join(json.dumps(row) + "\n" for row in rows()))
    trained = run(
        *("train", str(tiny), str(data), "--out", str(runs), "--seeds", "3", "--keep-checkpoints", "2"),
        *("--batch-size", "4", "--learning-rate", "0.05"),
    )
    assert trained.code == 0, trained.err
    several = [f"trained={runs}/seed-{seed}/checkpoint-*" for seed in (0, 1)]
    arms = (f"none={runs}/seed-2", *several, f"base={tiny}")
    asked = ("score", *arms, "--tasks", TASK, "--limit", "2", "--samples", "2", "--out", str(out))
    plan = run(*asked, "--plan")
    assert "trained (treatment): 4 checkpoints at steps of 2 trainings" in plan.out, plan.err
    assert "one checkpoint an arm" in " ".join(plan.out.split())
    done = run(*asked)
    assert done.code == 0, done.err
    assert "trained has checkpoints at several steps of training" in " ".join(done.out.split())
    told = json.loads((out / "results.json").read_text())
    points = {(one["arm"], one["step"]): one["rate"] for one in told["progress"]}
    assert {place: rate["checkpoints"] for place, rate in points.items()} == {
        ("trained", 0): 1,
        ("trained", 2): 2,
        ("trained", 4): 2,
    }
    assert {one["checkpoint"] for one in told["checkpoints"] if one["arm"] == "trained"} == {
        "trained-s1-step4",
        "trained-s2-step4",
    }
    settings = json.loads((out / "settings.json").read_text())["arms"]
    assert settings["trained-s1-step2"]["regime"] == "lora"
    # The logs alone know it too.
    logs = run("report", str(out / "logs"), "--out", str(tmp_path / "again"))
    assert logs.code == 0, logs.err
    assert json.loads((tmp_path / "again" / "results.json").read_text())["progress"] == told["progress"]
    compared = run("compare", str(out))
    assert "trained - none" in compared.out, compared.err
    again = run(*asked)
    assert "scored already, no server is started" in " ".join(again.out.split()), again.err
