"""`inoc-evals train`: what it takes, what it leaves, and what it says is left."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from inoc_evals.commands.training_pace import TrainingPace
from tests.command import run
from tests.inoculation.test_kept import rows, weights


class Clock:
    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def data(folder: Path) -> str:
    path = folder / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows()))
    return str(path)


def test_seeds_each_have_a_folder_with_their_checkpoints(tiny: Path, tmp_path: Path) -> None:
    out, alone = tmp_path / "runs", tmp_path / "alone"
    asked = ["train", str(tiny), data(tmp_path), "--batch-size", "2", "--accumulation", "2", "--epochs", "2"]
    done = run(*asked, "--out", str(out), "--seed", "4", "--seeds", "2", "--keep-checkpoints", "2")
    assert done.code == 0, done.err
    assert "seed 4:" in done.out
    assert f"adapter in {out / 'seed-5'} after 8 steps" in done.out
    assert "2 checkpoints in it" in done.out
    names = {str(path.relative_to(out)) for path in out.rglob("*.safetensors")}
    assert names == {
        f"seed-{seed}/{folder}adapter_model.safetensors"
        for seed in (4, 5)
        for folder in ("", "checkpoint-4/", "checkpoint-8/")
    }
    again = run(*asked, "--out", str(out), "--seed", "4", "--seeds", "2", "--keep-checkpoints", "1")
    assert again.out.count("is already trained on this data with this recipe") == 2
    assert run(*asked, "--out", str(alone), "--seed", "5").code == 0
    assert weights(alone) == weights(out / "seed-5") != weights(out / "seed-4")
    assert "holds one training" in run(*asked, "--out", str(alone), "--seeds", "2").err


def test_a_whole_model(tiny: Path, tmp_path: Path) -> None:
    asked = ["train", str(tiny), data(tmp_path), "--full", "--out", str(tmp_path / "m")]
    done = run(*asked)
    assert done.code == 0, done.err
    assert "model in" in done.out
    assert json.loads((tmp_path / "m" / "training.json").read_text())["recipe"]["regime"] == "full"
    assert "already trained" in run(*asked).out


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--full", "--rank", "8"], "--full and full fine-tuning has no rank; leave it out"),
        (["--accumulation", "0"], "--accumulation 0: input should be greater than or equal to 1"),
        (["--keep-checkpoints", "3"], "has 2 steps, which are fewer than the 3 checkpoints to keep; keep fewer"),
        (["--seed", "4294967295", "--seeds", "2"], "--seed 4294967296: input should be less than 4294967296"),
    ],
)
def test_mistakes_are_told_before_the_model_is_looked_for(tmp_path: Path, options: list[str], sentence: str) -> None:
    done = run("train", str(tmp_path / "none"), data(tmp_path), "--out", str(tmp_path / "a"), *options)
    assert done.code == 2
    assert sentence in done.err


def test_what_is_left_of_one_training_and_of_all() -> None:
    clock = Clock()
    pace = TrainingPace({"a": 105, "b": 100, "c": 100}, clock)
    assert pace.left("a", 5) == ""
    clock.seconds = 200
    # 20 steps in 200 s: 800 s for the other 80, and 2,000 s more; a third more or less is said.
    assert pace.left("a", 25) == "10 to 18 min left, 35 to 61 min of all"
    clock.seconds = 1000
    assert pace.left("a", 105).startswith("less than a minute left")
    # The minutes until the next one begins say nothing of steps; it goes on where it was stopped.
    clock.seconds = 1300
    assert pace.left("b", 50) == "6 to 11 min left, 19 to 33 min of all"
    clock.seconds = 1800
    assert pace.left("c", 5).endswith("min left")
