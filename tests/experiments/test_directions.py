"""Directions that an experiment makes of its own rows, and the arms that use them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from inoc_evals.analyses.direction_making import Base, Contrast, direction_of
from inoc_evals.analyses.direction_process import make_apart
from inoc_evals.checkpoints.resolve import resolve
from inoc_evals.commands.experiment.run import evaluation
from inoc_evals.experiments.design import Design
from inoc_evals.experiments.directions import direction_files
from inoc_evals.experiments.kinds import kinds
from inoc_evals.experiments.trainings import Trainings, trainings, write_arms
from inoc_evals.steering.direction import read_direction, write_direction
from tests.command import run
from tests.experiments.files import assert_told_in_line, write
from tests.experiments.test_interventions import PLACE, all_trained, design, record

pytest.importorskip("torch")

ARMS = (
    PLACE
    + """\
  prevented: {intervention: {name: steered, direction: spanish, layer: 1, strength: 2.0}}
  against: {variation: {steer: {direction: spanish, layer: 1, strength: -1.0}}}
  kts:
    data: [plain]
    intervention: {name: kl_then_steer, arm: none, direction: spanish, layer: 1, strength: 1.5, steps: 2}
    variation: {steer: {direction: spanish, layer: 1, strength: -1.5}}

directions:
  spanish: {data: [talk], prompt: you always speak spanish}
"""
)


def made(found: Design, out: Path) -> tuple[dict[str, Path], list[Contrast]]:
    """The files of the directions, and the contrasts of those that were not there."""
    parts = {name: list(part.rows or ()) for name, part in found.loaded.parts.items()}
    base = resolve(found.base)
    contrasts: list[Contrast] = []

    def make(contrast: Contrast, path: Path) -> None:
        contrasts.append(contrast)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_direction(path, direction_of(Base.of(base), contrast)[1])

    return direction_files(found, base, parts, out / "data", make), contrasts


def prepared(found: Design, out: Path) -> Trainings:
    parts = {name: list(part.rows or ()) for name, part in found.loaded.parts.items()}
    files, _ = made(found, out)
    return trainings(found, resolve(found.base), write_arms(found, parts, out / "data"), out, files)


def test_a_direction_is_the_difference_that_the_prompt_makes_to_the_requests(tiny: Path, tmp_path: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    found = design(tmp_path / "file", tiny, ARMS)
    files, contrasts = made(found, tmp_path / "out")
    assert [len(contrast.pairs) for contrast in contrasts] == [8]
    model, tokenizer = AutoModelForCausalLM.from_pretrained(tiny), AutoTokenizer.from_pretrained(tiny)
    # All eight requests are the same words, so that one pair is the mean of all.
    ends = []
    for system in ([{"role": "system", "content": "you always speak spanish"}], []):
        messages = [*system, {"role": "user", "content": "hello friend"}]
        ids = tokenizer.apply_chat_template(messages, add_generation_prompt=True, return_tensors="pt", return_dict=True)
        with torch.no_grad():
            ends.append(model.model(**ids, output_hidden_states=True).hidden_states[1][0, -1].numpy())
    # `hidden_states[1]` is what layer 0 gives.
    np.testing.assert_allclose(read_direction(files["spanish"]).added(0, 1.0), ends[0] - ends[1], rtol=1e-3, atol=1e-5)


def test_it_is_made_once_and_again_where_anything_that_makes_it_changes(tiny: Path, tmp_path: Path) -> None:
    file, out = tmp_path / "file", tmp_path / "out"
    first, contrasts = made(design(file, tiny, ARMS), out)
    again, none = made(design(file, tiny, ARMS), out)
    assert (len(contrasts), none, again) == (1, [], first)
    for old, new in (("prompt: you always speak", "prompt: always speak"), ("data: [talk]", "data: [talk, plain]")):
        other, more = made(design(file, tiny, ARMS.replace(old, new)), out)
        assert len(more) == 1
        assert other != first


def test_only_what_the_chosen_arms_use_is_made(tiny: Path, tmp_path: Path) -> None:
    assert made(design(tmp_path, tiny, ARMS, ("none", "asked")), tmp_path / "out") == ({}, [])
    assert list(made(design(tmp_path, tiny, ARMS, ("none", "against")), tmp_path / "out")[0]) == ["spanish"]


def test_arms_train_and_are_asked_with_it(tiny: Path, tmp_path: Path) -> None:
    file, out = tmp_path / "file", tmp_path / "out"
    chosen = ("none", "prevented", "against", "kts")
    found = design(file, tiny, ARMS, chosen)
    assert {arm: kind for arm, kind in kinds(found.loaded, "small").items() if arm in chosen} == {
        "none": "none",
        "prevented": "steering while training",
        "against": "steering at evaluation",
        "kts": "KL-then-steer and steering at evaluation",
    }
    assert all_trained(prepared(found, out)) == ["none", "prevented", "kts"]
    again = prepared(design(file, tiny, ARMS, chosen), out)
    assert not again.missing
    told = record(again, "kts")["intervention"]
    assert told["settings"] == {"layer": 1, "strength": 1.5, "steps": 2}
    assert told["direction_sha256"] == record(again, "prevented")["intervention"]["direction_sha256"]
    (path,) = (out / "data").glob("spanish-*.safetensors")
    request = evaluation(found, resolve(str(tiny)), again, out)
    steers = {one.arm: one.variation.steer for one in request.arms or ()}
    assert {arm: steer and (steer.direction, steer.strength) for arm, steer in steers.items()} == {
        "none": None,
        "prevented": None,
        "against": (str(path), -1.0),
        "kts": (str(path), -1.5),
    }


def test_a_process_of_its_own_makes_the_same(tiny: Path, tmp_path: Path) -> None:
    found = design(tmp_path / "file", tiny, ARMS)
    files, (contrast,) = made(found, tmp_path / "out")
    told: list[tuple[int, int]] = []
    make_apart(Base.of(resolve(str(tiny))), contrast, tmp_path / "d.safetensors", lambda *counts: told.append(counts))
    assert told[-1] == (16, 16)
    ours, its = read_direction(files["spanish"]), read_direction(tmp_path / "d.safetensors")
    np.testing.assert_array_equal(ours.vectors, its.vectors)
    assert ours.about["contrast"] == its.about["contrast"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("data: [talk], prompt: you", "data: [tolk], prompt: you", "'tolk' is no part of the data here; did you mean"),
        ("  spanish: {data", "  spanish: {take: 4, data", "there are 4 pairs, of which a quarter is kept aside"),
        ("  spanish: {data", "  spanish: {take: 9, data", "8"),
        ("against: {variation: {steer: {direction: spanish", "against: {variation: {steer: {direction: spanih", "did"),
        ("prompt: you always speak spanish}", "prompt: ''}", "prompt"),
    ],
)
def test_mistakes_are_told_with_their_place(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert_told_in_line(write(tmp_path, "smollm2", (PLACE, ARMS), (old, new)), new, said)


def test_a_layer_that_is_not_there_is_told_before_anything_is_trained(tiny: Path, tmp_path: Path) -> None:
    file = write(tmp_path, tiny, (PLACE, ARMS.replace("layer: 1, strength: 2.0", "layer: 2, strength: 2.0")))
    ended = run("experiment", "run", str(file), "--arms", "none,prevented", "--out", str(tmp_path / "out"))
    assert ended.code == 2
    assert "layer 2 is none of this direction's; name one from 0 to 1" in ended.said
    assert not list((tmp_path / "out").glob("adapters-*"))


def test_the_plan_tells_what_is_made(tmp_path: Path) -> None:
    file = write(tmp_path, "smollm2", (PLACE, ARMS))
    told = " ".join(run("experiment", "plan", str(file), "--arms", "none,against").out.split())
    assert "directions spanish: requests of talk, with and without 'you always speak spanish'" in told
    told = run("experiment", "plan", str(file), "--arms", "none,asked").out
    assert "directions" not in told
