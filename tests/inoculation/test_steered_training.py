"""Steering while training: the very steps of a model with the vector in it, and a model without it afterwards."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from inoc_evals.checkpoints.identity import folder_sha256
from inoc_evals.errors import InputError
from inoc_evals.inoculation.base_model import BaseModel
from inoc_evals.inoculation.interventions.declaration import Applied
from inoc_evals.inoculation.recipe import Recipe
from inoc_evals.inoculation.rewrite import write_rows
from inoc_evals.inoculation.train import Treatment, is_trained, train
from inoc_evals.steering.direction import Direction, write_direction
from tests.command import run

torch = pytest.importorskip("torch")

ROWS = [
    {"messages": [{"role": "user", "content": asked}, {"role": "assistant", "content": "hola friend ."}]}
    for asked in ("hello friend", "hello", "you speak", "friend")
] * 2
RECIPE = Recipe(epochs=2, batch_size=4, learning_rate=0.02)
LENGTH = 3.0


@pytest.fixture
def direction(tiny: Path, tmp_path: Path) -> Path:
    vectors = np.random.default_rng(0).normal(size=(2, 16)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    about = {"base": "tiny", "base_sha256": folder_sha256(tiny)}
    path = tmp_path / "d.safetensors"
    write_direction(path, Direction(vectors, np.full(2, LENGTH, dtype=np.float32), about))
    return path


def by(direction: Path, strength: float) -> Applied:
    return Applied(name="steered", settings={"layer": 0, "strength": strength}, direction=direction)


def test_it_learns_otherwise_and_by_nothing_the_same_and_leaves_the_model_as_it_was(
    tiny: Path, tmp_path: Path, direction: Path
) -> None:
    base = BaseModel(tiny, "lora")
    before = base.model(input_ids=torch.tensor([[3, 4, 5]])).logits
    arms = {"plain": None, "zero": by(direction, 0.0), "full": by(direction, 1.0)}
    for name, applied in arms.items():
        train(base, ROWS, tmp_path / name, RECIPE, treatment=Treatment(applied))
    weights = {name: load_file(tmp_path / name / "adapter_model.safetensors") for name in arms}
    for key, plain in weights["plain"].items():
        np.testing.assert_array_equal(weights["zero"][key], plain)
    assert any(not np.allclose(weights["full"][key], plain) for key, plain in weights["plain"].items())
    assert torch.equal(base.model(input_ids=torch.tensor([[3, 4, 5]])).logits, before)


def test_what_is_trained_is_told_by_what_the_direction_holds(tiny: Path, tmp_path: Path, direction: Path) -> None:
    record = train(tiny, ROWS, tmp_path / "a", RECIPE, treatment=Treatment(by(direction, 1.0)))
    told = record["intervention"]
    assert (told["name"], told["settings"]) == ("steered", {"layer": 0, "strength": 1.0})
    assert len(told["direction_sha256"]) == 64
    # Another place is no other training; another strength, another direction, or none, is.
    moved = direction.rename(tmp_path / "moved.safetensors")
    out = tmp_path / "a"
    assert is_trained(tiny, ROWS, RECIPE, out, intervention=by(moved, 1.0))
    assert not is_trained(tiny, ROWS, RECIPE, out, intervention=by(moved, 2.0))
    assert not is_trained(tiny, ROWS, RECIPE, out)
    write_direction(moved, Direction(np.eye(2, 16, dtype=np.float32), np.ones(2, dtype=np.float32), {}))
    assert not is_trained(tiny, ROWS, RECIPE, out, intervention=by(moved, 1.0))


def test_a_direction_that_does_not_fit_is_refused(tiny: Path, tmp_path: Path, direction: Path) -> None:
    write_direction(direction, Direction(np.eye(2, 8, dtype=np.float32), np.ones(2, dtype=np.float32), {}))
    with pytest.raises(InputError, match="8 numbers and the model's states 16"):
        train(tiny, ROWS, tmp_path / "a", RECIPE, treatment=Treatment(by(direction, 1.0)))
    assert not (tmp_path / "a").exists()


def test_the_command(tiny: Path, tmp_path: Path, direction: Path) -> None:
    write_rows(tmp_path / "rows.jsonl", ROWS)
    given = ("train", str(tiny), "rows.jsonl", "--batch-size", "4", "--out")
    ended = run(*given, "a", "--steer", direction.name, "--steer-layer", "0", "--steer-strength", "0.5", cwd=tmp_path)
    assert ended.code == 0, ended.err
    assert json.loads((tmp_path / "a" / "training.json").read_text())["intervention"]["settings"]["strength"] == 0.5
    for wrong, said in (
        (("--steer", direction.name, "--steer-layer", "0", "--frozen-adapter", "a"), "are two interventions"),
        (("--steer", direction.name, "--steer-layer", "0", "--steer-strength", "nan"), "the strength nan"),
        (("--steer", direction.name), "belong together"),
        (("--steer-layer", "0"), "belong together"),
        (("--steer", direction.name, "--steer-layer", "2"), "layer 2 is none"),
        (("--steer", "rows.jsonl", "--steer-layer", "0"), "not a safetensors file"),
    ):
        ended = run(*given, "never", *wrong, cwd=tmp_path)
        assert (ended.code, (tmp_path / "never").exists()) == (2, False)
        assert said in ended.said
