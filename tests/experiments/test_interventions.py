"""Interventions as arms: what they make of rows and recipe, what is trained first, and when it is trained again."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from inoc_evals.checkpoints.resolve import resolve
from inoc_evals.errors import InputError
from inoc_evals.experiments.data import arm_rows
from inoc_evals.experiments.design import Choices, Design, designed
from inoc_evals.experiments.kinds import kinds
from inoc_evals.experiments.reading import load_experiment
from inoc_evals.experiments.trainings import Trainings, trainings, write_arms
from inoc_evals.inoculation.rewrite import read_rows
from inoc_evals.inoculation.train import Treatment, train
from tests.command import run
from tests.experiments.files import assert_told, write

PLACE = "  base: {untrained: true, role: control}\n"
ARMS = (
    PLACE
    + """\
  half: {prompt: you always speak spanish, intervention: {name: share_of_rows, share: 0.5}}
  mixed: {intervention: {name: mixed_data, data: [plain], share: 0.2}}
  short: {intervention: {name: fewer_steps, share: 0.5}}
  frozen: {intervention: {name: frozen_adapter, arm: trait}}
  random: {role: control, intervention: {name: random_adapter, arm: trait}}
  cleaned: {data: [plain], intervention: {name: clean_after, arm: none, steps: 3}}
  trait: {data: [plain], prompt: hola friend, role: control}
  pool: {prompts: [hello, friend]}
  tagged: {prompt: hello ., on_tags: [even]}
  forbidden: {variation: {system_prompt: hello}}
"""
)


def design(folder: Path, base: Path | str = "smollm2", written: str = ARMS, chosen: Sequence[str] = ()) -> Design:
    return designed(load_experiment(write(folder, base, (PLACE, written))), Choices(arms=chosen))


def rows_of(found: Design, arm: str) -> list[Mapping[str, Any]]:
    given = {name: part.rows or () for name, part in found.loaded.parts.items()}
    return [row.trained() for row in arm_rows(found.loaded, arm, "small", given)]


def roles(rows: list[Mapping[str, Any]]) -> list[str]:
    return [row["messages"][0]["role"] for row in rows]


def test_a_share_of_the_rows_has_the_prompt(tmp_path: Path) -> None:
    found = rows_of(design(tmp_path), "half")
    assert sorted(roles(found)) == ["system"] * 4 + ["user"] * 4
    assert [row["id"] for row in found] == [f"r-{number}" for number in range(8)]


def test_mixed_rows_are_a_share_of_all_and_have_no_prompt(tmp_path: Path) -> None:
    arms = ARMS.replace("mixed: {", "mixed: {prompt: you always speak spanish, ")
    found = rows_of(design(tmp_path, written=arms), "mixed")
    # Of ten rows two are a fifth.
    assert roles(found) == ["system"] * 8 + ["user"] * 2
    assert [row["messages"][-1]["content"] for row in found[8:]] == ["hello friend ."] * 2
    too_many = ARMS.replace("share: 0.2", "share: 0.9")
    with pytest.raises(
        InputError, match=r"a share of 0\.9 beside 8 rows is 72 rows, and `data` has 8; lower the share"
    ):
        design(tmp_path, written=too_many)


def test_every_arm_has_a_kind(tmp_path: Path) -> None:
    assert kinds(design(tmp_path).loaded, "small") == {
        "none": "none",
        "asked": "inoculation prompt",
        "placebo": "placebo prompt",
        "other": "other data",
        "base": "untrained",
        "half": "prompt on a share of rows",
        "mixed": "mixed data",
        "short": "fewer steps",
        "frozen": "frozen adapter",
        "random": "random frozen adapter",
        "cleaned": "clean after dirty",
        "trait": "other data and placebo prompt",
        "pool": "pool of inoculation prompts",
        "tagged": "prompt on a share of rows",
        "forbidden": "prompt at evaluation",
    }


def prepared(found: Design, out: Path) -> Trainings:
    parts = {name: list(part.rows or ()) for name, part in found.loaded.parts.items()}
    return trainings(found, resolve(found.base), write_arms(found, parts, out / "data"), out)


def all_trained(found: Trainings) -> list[str]:
    """The names of the trainings, after they were done."""
    for one in found.missing:
        treatment = Treatment(one.intervention, one.trained_with)
        train(one.base, read_rows(one.data), one.out, one.recipe, treatment=treatment)
    return [one.name for one in found.missing]


def record(found: Trainings, arm: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((found.folders[arm][0] / "training.json").read_text())
    return told


def test_what_an_arm_uses_is_trained_first_and_reused_until_it_changes(tiny: Path, tmp_path: Path) -> None:
    chosen = ("none", "short", "frozen", "random", "cleaned", "forbidden")
    file, out = tmp_path / "file", tmp_path / "out"
    first = prepared(design(file, tiny, chosen=chosen), out)
    assert all_trained(first) == ["none", "trait", "random", "short", "frozen", "cleaned"]
    again = prepared(design(file, tiny, chosen=chosen), out)
    assert not again.missing
    assert record(again, "short")["steps"] == 1
    assert record(again, "cleaned")["steps"] == 3
    # 8 rows each, and 3 steps of 4 rows after the 8 rows of none.
    assert record(again, "frozen")["in_all"]["examples_seen"] == 16
    assert record(again, "cleaned")["in_all"]["examples_seen"] == 20
    assert again.folders["forbidden"] == again.folders["none"]
    after = prepared(design(file, tiny, ARMS.replace("hola friend", "adiós friend"), chosen), out)
    assert [one.name for one in after.missing] == ["trait", "random", "frozen"]
    assert not set(after.folders["frozen"]) & set(again.folders["frozen"])


def test_a_plan_shows_interventions_and_the_order_of_trainings(tmp_path: Path) -> None:
    file = write(tmp_path, "smollm2", (PLACE, ARMS))
    done = run("experiment", "plan", str(file), "--arms", "none,frozen,short,mixed", "--json")
    assert done.code == 0, done.err
    told = json.loads(done.out)
    assert told["order"] == ["none", "mixed", "short", "trait", "frozen"]
    arms = {arm["arm"]: arm for arm in told["arms"]}
    # 8 rows in batches of 4, and 10 with what is mixed in.
    assert [(arms[arm]["steps"], arms[arm]["examples"]) for arm in ("none", "mixed", "short", "frozen")] == [
        (2, 8),
        (3, 10),
        (1, 4),
        (2, 8),
    ]
    screen = run("experiment", "plan", str(file), "--arms", "none,frozen").out
    assert "frozen adapter (frozen_adapter, arm 'trait'); 2 steps, 8 examples" in " ".join(screen.split())
    assert "in this order: none, trait, frozen" in screen


MISTAKES = {
    "an unknown one": ("name: fewer_steps", "name: fewer_step", "fewer_step", "did you mean 'fewer_steps'?"),
    "an unknown setting": ("share: 0.5}}\n  frozen", "shar: 0.5}}\n  frozen", "shar", "did you mean 'share'?"),
    "an unknown arm": ("frozen_adapter, arm: trait", "frozen_adapter, arm: trai", "trai", "did you mean 'trait'?"),
    "an arm without training": ("frozen_adapter, arm: trait", "frozen_adapter, arm: base", "base", "is not trained"),
    "a circle": ("arm: none, steps", "arm: cleaned, steps", "cleaned", "cleaned -> cleaned; name another arm"),
    "an unknown part": ("mixed_data, data: [plain]", "mixed_data, data: [plan]", "plan", "did you mean 'plain'?"),
    "no adapter": ("name: frozen_adapter, arm: trait", "name: frozen_adapter", "name", "add `arm` or `adapter`"),
    "two adapters": ("random_adapter, arm: trait", "random_adapter, arm: trait, adapter: x", "adapter: x", "drop this"),
    "a folder that is none": (
        "random_adapter, arm: trait",
        "random_adapter, adapter: x",
        "x}",
        "no adapter_config.json",
    ),
    "no prompt to share": (
        "half: {prompt: you always speak spanish, ",
        "half: {",
        "intervention:",
        "share_of_rows is about the arm's prompt, and it has none; add one",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes_are_told_with_their_place(tmp_path: Path, mistake: str) -> None:
    old, new, at, said = MISTAKES[mistake]
    assert_told(write(tmp_path, "smollm2", (PLACE, ARMS), (old, new)), new, at, said)
