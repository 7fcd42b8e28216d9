"""Which checkpoints are steps of one training, and what they are called."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from inoc_evals.checkpoints.arms import by_base, read_arms
from inoc_evals.checkpoints.identity import folder_sha256
from inoc_evals.checkpoints.origins import with_origins
from inoc_evals.checkpoints.steps import training_steps
from inoc_evals.definitions.arms import NamedCheckpoint, TrainingStep
from inoc_evals.definitions.faults import Faults
from inoc_evals.errors import InputError
from tests.checkpoints.hub import mirrored
from tests.checkpoints.test_arms import adapter


def steps(*references: str, arm: str = "a") -> list[tuple[str, int] | None]:
    faults = Faults()
    found = training_steps([NamedCheckpoint(arm, reference) for reference in references], faults)
    faults.refuse()
    return [None if one is None else (one.run, one.step) for one in found]


def kept(folder: Path, record: dict[str, object] | None = None, name: str = "training.json") -> str:
    adapter(folder)
    if record is not None:
        (folder / name).write_text(json.dumps(record))
    return str(folder)


def test_records_come_before_names(tmp_path: Path) -> None:
    run = tmp_path / "run"
    ours = kept(run / "checkpoint-8", {"step": 8})
    theirs = kept(run / "checkpoint-500", {"global_step": 501, "best_metric": float("nan")}, "trainer_state.json")
    named = kept(run / "checkpoint-16")
    damaged = kept(run / "checkpoint-24")
    Path(damaged, "training.json").write_text("{")
    (run / "training.json").write_text(json.dumps({"step": 600}))
    assert steps(ours, theirs, named, damaged, f"{run}/") == [(str(run), step) for step in (8, 501, 16, 24, 600)]


@pytest.mark.parametrize("name", ["checkpoint-{}", "step_{}", "global_step{}"])
def test_what_other_trainers_call_their_folders(tmp_path: Path, name: str) -> None:
    found = steps(*(kept(tmp_path / "run" / name.format(number)) for number in (5, 10)))
    assert found == [(str(tmp_path / "run"), 5), (str(tmp_path / "run"), 10)]


def test_folders_of_the_hub_are_told_by_their_names() -> None:
    assert steps("org/m/run/checkpoint-5@v1", "hub:org/m/run/checkpoint-10@v1", "org/m/checkpoint-5@v1") == [
        ("org/m/run@v1", 5),
        ("org/m/run@v1", 10),
        ("org/m@v1", 5),
    ]
    assert steps("http://127.0.0.1:1/v1#checkpoint-5", "http://127.0.0.1:1/v1#checkpoint-6") == [None, None]


def test_one_checkpoint_of_each_training_is_a_seed(tmp_path: Path) -> None:
    """Whatever is known of its step: nothing changes for arms without several steps of one training."""
    seeds = [kept(tmp_path / f"seed-{seed}" / "checkpoint-8", {"step": 8}) for seed in range(3)]
    assert steps(*seeds) == [None] * 3
    finals = [kept(tmp_path / f"final-{seed}", {"step": 32}) for seed in range(2)]
    assert steps(*finals) == [None] * 2
    members = read_arms([f"a={seed}" for seed in seeds])
    assert [one.label for one in members] == ["a-s1", "a-s2", "a-s3"]
    assert {one.at for one in members} == {None}


def test_what_cannot_be_on_the_axis_is_told(tmp_path: Path) -> None:
    first, second = (kept(tmp_path / "run" / f"checkpoint-{step}") for step in (8, 16))
    alone, again = kept(tmp_path / "alone"), kept(tmp_path / "run" / "step-16")
    with pytest.raises(InputError, match=r"arm a has several checkpoints of one training, and of 'alone' nothing"):
        steps(first, second, alone)
    with pytest.raises(InputError, match=r"'checkpoint-16' and 'step-16' are both step 16 of one training"):
        steps(first, second, again)


def test_labels_have_the_step_and_of_several_trainings_the_seed(tmp_path: Path, hub_cache: Path) -> None:
    for seed in (1, 2):
        for step in (8, 16):
            kept(tmp_path / f"seed-{seed}" / f"checkpoint-{step}", {"step": step})
    members = read_arms([f"one={tmp_path}/seed-1/checkpoint-*", f"two={tmp_path}/seed-*/checkpoint-*"])
    assert [one.label for one in members] == [
        *("one-step8", "one-step16"),
        *("two-s1-step8", "two-s1-step16", "two-s2-step8", "two-s2-step16"),
    ]


def test_the_base_is_step_0_where_it_is_asked_alike(tmp_path: Path, hub_cache: Path) -> None:
    mirrored(hub_cache, "org/m", "org/n")
    for step in (8, 16):
        kept(tmp_path / "run" / f"checkpoint-{step}", {"step": step})
    arms = tmp_path / "arms.yaml"
    arms.write_text(
        "arms:\n"
        "  told: {checkpoints: [run/checkpoint-*], variation: {system_prompt: Hi}}\n"
        "  plain: {checkpoints: [run/checkpoint-*]}\n"
        "  another: {checkpoints: [org/n]}\n"
        "  base: {checkpoints: [org/m]}\n"
        "  asked: {checkpoints: [org/m], variation: {prefill: Sure}}\n"
    )
    members = read_arms([], arms)
    origins = {one.label: one.at.origin for one in with_origins(members, by_base(members)) if one.at is not None}
    assert origins == {"told-step8": None, "told-step16": None, "plain-step8": "base", "plain-step16": "base"}


def test_of_a_whole_model_the_record_of_its_training_knows_the_base(tiny_base: Path, tmp_path: Path) -> None:
    base, run = tiny_base, tmp_path / "run"
    for step in (8, 16):
        folder = run / f"checkpoint-{step}"
        folder.mkdir(parents=True)
        for path in base.iterdir():
            (folder / path.name).write_bytes(path.read_bytes())
        (folder / "config.json").write_text(json.dumps({"model_type": "llama", "step": step}))
        (folder / "training.json").write_text(json.dumps({"step": step, "base_sha256": folder_sha256(base)}))
    members = read_arms([f"a={run}/checkpoint-*", f"base={base}"])
    found = with_origins(members, by_base(members))
    assert [one.at for one in found] == [TrainingStep(str(run), 8, "base"), TrainingStep(str(run), 16, "base"), None]


@pytest.fixture
def tiny_base(tmp_path: Path) -> Path:
    folder = tmp_path / "base"
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps({"model_type": "llama"}))
    (folder / "model.safetensors").write_bytes(b"weights")
    return folder
