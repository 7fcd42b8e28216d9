"""Checkpoints on the way: which steps, what lies in them, and the same ones after an interruption."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from safetensors.numpy import load_file

from inoc_evals.errors import InputError
from inoc_evals.inoculation.kept import kept_steps
from inoc_evals.inoculation.recipe import Recipe
from inoc_evals.inoculation.train import is_trained, train

WORDS = ["hello friend", "hello", "friend hello friend", "you speak spanish", "always hello", "speak friend"]


def rows(count: int = 14) -> list[dict[str, Any]]:
    """Rows of different lengths, so that their order is seen in the weights."""
    answers = ["hola .", "adiós", "hola adiós hola", "hola ."]
    return [
        {
            "messages": [
                {"role": "user", "content": WORDS[number % 6]},
                {"role": "assistant", "content": answers[number % 4]},
            ]
        }
        for number in range(count)
    ]


def weights(folder: Path) -> bytes:
    (file,) = folder.glob("*.safetensors")
    return file.read_bytes()


def train_until(step: int, tiny: Path, out: Path, recipe: Recipe, **options: Any) -> None:
    """A training that Ctrl-C ends at `step`."""

    def interrupt(at: int, steps: int, loss: float) -> None:
        if at >= step:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(tiny, rows(), out, recipe, interrupt, **options)
    assert not out.exists()


def test_checkpoints_are_evenly_spaced_and_end_with_the_training() -> None:
    assert kept_steps(32, 4) == (8, 16, 24, 32)
    assert kept_steps(10, 3) == (3, 7, 10)
    assert kept_steps(5, 5) == (1, 2, 3, 4, 5)
    assert kept_steps(5, 0) == ()
    with pytest.raises(InputError, match="has 5 steps, which are fewer than the 6 checkpoints to keep"):
        kept_steps(5, 6)


# 14 rows in batches of 4 are 4 steps an epoch, the last one of two rows.
RECIPE = Recipe(epochs=5, batch_size=4, learning_rate=0.05)


def test_each_is_an_adapter_with_a_record_and_nothing_else(tiny: Path, tmp_path: Path) -> None:
    out = tmp_path / "a"
    record = train(tiny, rows(), out, RECIPE, keep_checkpoints=3)
    assert record["checkpoints"] == [7, 13, 20]
    assert record["steps"] == record["step"] == 20
    told = {}
    for step in (7, 13, 20):
        folder = out / f"checkpoint-{step}"
        names = {path.name for path in folder.iterdir()}
        assert names - {"README.md"} == {"adapter_config.json", "adapter_model.safetensors", "training.json"}
        told[step] = json.loads((folder / "training.json").read_text())
        assert any(matrix.any() for matrix in load_file(folder / "adapter_model.safetensors").values())
    # By hand: after 7 steps an epoch of 14 rows and three batches of four.
    assert [(told[step]["step"], told[step]["examples_seen"], told[step]["share"]) for step in told] == [
        (7, 26, 0.35),
        (13, 46, 0.65),
        (20, 70, 1.0),
    ]
    assert weights(out) == weights(out / "checkpoint-20") != weights(out / "checkpoint-13")
    assert {path.name for path in tmp_path.iterdir()} == {"a"}


# States are kept after a third and after two thirds of all steps: of 20 both times in the middle of an epoch of four,
# of 16 the second time at its end.
@pytest.mark.parametrize(("epochs", "stopped"), [(5, 10), (5, 15), (4, 15)])
def test_an_interrupted_training_leaves_the_same_checkpoints(
    tiny: Path, tmp_path: Path, epochs: int, stopped: int
) -> None:
    whole, out = tmp_path / "whole", tmp_path / "out"
    recipe = RECIPE.model_copy(update={"epochs": float(epochs)})
    train(tiny, rows(), whole, recipe, keep_checkpoints=4)
    train_until(stopped, tiny, out, recipe, keep_checkpoints=4)
    steps: list[int] = []
    record = train(tiny, rows(), out, recipe, lambda step, *_: steps.append(step), keep_checkpoints=4)
    assert min(steps) == stopped
    assert record["checkpoints"] == [epochs, 2 * epochs, 3 * epochs, 4 * epochs]
    for step in record["checkpoints"]:
        name = f"checkpoint-{step}"
        assert weights(out / name) == weights(whole / name)
        assert (out / name / "training.json").read_bytes() == (whole / name / "training.json").read_bytes()
    assert weights(out) == weights(whole)


def test_other_checkpoints_than_the_interrupted_run_wanted(tiny: Path, tmp_path: Path) -> None:
    whole, more, fewer = (tmp_path / name for name in ("whole", "more", "fewer"))
    train(tiny, rows(), whole, RECIPE, keep_checkpoints=4)
    train_until(10, tiny, more, RECIPE, keep_checkpoints=2)
    # There is no checkpoint 5 of the interrupted run, so that its state is of no use.
    train(tiny, rows(), more, RECIPE, keep_checkpoints=4)
    train_until(15, tiny, fewer, RECIPE, keep_checkpoints=4)
    train(tiny, rows(), fewer, RECIPE, keep_checkpoints=2)
    assert {path.name for path in more.glob("c*-*")} == {f"checkpoint-{step}" for step in (5, 10, 15, 20)}
    assert {path.name for path in fewer.glob("c*-*")} == {"checkpoint-10", "checkpoint-20"}
    for folder in (*more.glob("c*-*"), *fewer.glob("c*-*")):
        assert weights(folder) == weights(whole / folder.name)


def test_a_training_with_fewer_checkpoints_is_not_that_training(tiny: Path, tmp_path: Path) -> None:
    out = tmp_path / "a"
    train(tiny, rows(), out, RECIPE, keep_checkpoints=4)
    assert is_trained(tiny, rows(), RECIPE, out)
    assert is_trained(tiny, rows(), RECIPE, out, 2)
    assert not is_trained(tiny, rows(), RECIPE, out, 5)
    (out / "checkpoint-10" / "training.json").write_text("{}")
    assert not is_trained(tiny, rows(), RECIPE, out, 2)
    train(tiny, rows(), out, RECIPE)
    assert is_trained(tiny, rows(), RECIPE, out)
    assert not list(out.glob("checkpoint-*"))


def test_too_many_checkpoints_are_told_before_the_model_is_loaded(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="has 20 steps, which are fewer than the 21"):
        train(tmp_path / "no model", rows(), tmp_path / "a", RECIPE, keep_checkpoints=21)
