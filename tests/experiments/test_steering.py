"""Steering in an experiment's file: while training and at evaluation, with a direction that lies beside the file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from inoc_evals.checkpoints.identity import folder_sha256
from inoc_evals.checkpoints.resolve import resolve
from inoc_evals.commands.experiment.run import evaluation
from inoc_evals.errors import InputError
from inoc_evals.experiments.kinds import kinds
from inoc_evals.steering.direction import Direction, write_direction
from tests.command import run
from tests.experiments.files import assert_told_in_line, write
from tests.experiments.test_interventions import PLACE, all_trained, design, prepared, record

ARMS = (
    PLACE
    + """\
  prevented: {intervention: {name: steered, direction: d.safetensors, layer: 1, strength: 2.0}}
  against: {variation: {steer: {direction: d.safetensors, layer: 1, strength: -1.0}}}
"""
)


def write_made_from(folder: Path, content: str) -> Path:
    """The direction beside the experiment's file in `folder`."""
    path = folder / "small_talk" / "d.safetensors"
    path.parent.mkdir(parents=True, exist_ok=True)
    vectors = np.eye(2, 16, dtype=np.float32)
    about = {"base": "tiny", "base_sha256": content}
    write_direction(path, Direction(vectors, np.ones(2, dtype=np.float32), about))
    return path


def test_arms_are_steered_by_the_file_beside_the_experiment(tiny: Path, tmp_path: Path) -> None:
    file, out = tmp_path / "file", tmp_path / "out"
    path = write_made_from(file, folder_sha256(tiny))
    found = design(file, tiny, ARMS, ("none", "prevented", "against"))
    assert {arm: kind for arm, kind in kinds(found.loaded, "small").items() if arm in ("prevented", "against")} == {
        "prevented": "steering while training",
        "against": "steering at evaluation",
    }
    first = prepared(found, out)
    assert all_trained(first) == ["none", "prevented"]
    again = prepared(found, out)
    assert not again.missing
    assert record(again, "prevented")["intervention"]["settings"] == {"layer": 1, "strength": 2.0}
    # The same weights as none, asked otherwise.
    assert again.folders["against"] == again.folders["none"]
    request = evaluation(found, resolve(str(tiny)), again, out)
    asked = {one.arm: one.variation.steer for one in request.arms or ()}
    assert asked["none"] is None
    assert asked["against"] is not None
    assert asked["against"].direction == str(path)


def test_another_direction_is_another_training_and_one_of_another_model_is_refused(tiny: Path, tmp_path: Path) -> None:
    file, out = tmp_path / "file", tmp_path / "out"
    write_made_from(file, folder_sha256(tiny))
    chosen = ("none", "prevented")
    all_trained(prepared(design(file, tiny, ARMS, chosen), out))
    again = prepared(design(file, tiny, ARMS.replace("strength: 2.0", "strength: 1.0"), chosen), out)
    assert [one.name for one in again.missing] == ["prevented"]
    write_made_from(file, "0" * 64)
    with pytest.raises(InputError, match="not from the weights of"):
        prepared(design(file, tiny, ARMS, chosen), out)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("name: steered, direction: d.safetensors, layer: 1", "name: steered, layer: 1", "direction"),
        ("name: steered, direction: d", "name: steered, direction: e", "there is no such file"),
        ("layer: 1, strength: 2.0", "layer: 2, strength: 2.0", "layer 2 is none of this direction's"),
        ("layer: 1, strength: -1.0", "strength: -1.0", "layer"),
        ("layer: 1, strength: -1.0", "layer: 7, strength: -1.0", "layer 7 is none of this direction's"),
    ],
)
def test_mistakes_are_told_with_their_place(tmp_path: Path, old: str, new: str, said: str) -> None:
    write_made_from(tmp_path, "0" * 64)
    assert_told_in_line(write(tmp_path, "smollm2", (PLACE, ARMS), (old, new)), new, said)


def test_nothing_is_trained_where_an_arm_could_not_be_asked_steered(tiny: Path, tmp_path: Path) -> None:
    write_made_from(tmp_path, "0" * 64)
    file = write(tmp_path, tiny, (PLACE, ARMS))
    ended = run("experiment", "run", str(file), "--arms", "none,against", "--out", str(tmp_path / "out"))
    assert ended.code == 2
    assert "not from the weights of" in ended.said
    assert not list((tmp_path / "out").glob("adapters-*"))
    # Nor are data made or fetched for it.
    assert not (tmp_path / "out" / "data").exists()
