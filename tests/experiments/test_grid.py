"""An experiment whose task is asked under the prompts of its arms."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from inoc_evals.checkpoints.resolve import Checkpoint
from inoc_evals.commands.experiment.run import evaluation
from inoc_evals.definitions.catalog import find_experiment
from inoc_evals.errors import InputError
from inoc_evals.experiments.design import Choices, designed
from inoc_evals.experiments.reading import load_experiment
from inoc_evals.experiments.trainings import trainings, write_arms
from inoc_evals.plan.compiled import make_plan
from tests.command import run

MADE, WRITTEN = ("prompt", "negated", "quoted", "key_word", "irrelevant"), ("paraphrased", "opposite", "hint")
SHIPPED = find_experiment("spanish_capitals")


def test_every_arm_is_asked_under_the_prompts_of_all() -> None:
    loaded = load_experiment(SHIPPED)
    design = designed(loaded, Choices(scale="leak", arms=("none", "spanish")))
    (plan,) = design.plans.values()
    names = [condition.name for condition in plan.conditions]
    prompted = [f"{kind}_of_{arm}" for arm in ("spanish", "capitals") for kind in (*MADE, *WRITTEN)]
    assert set(names) == {"absent", *prompted, *(f"{kind}_of_irrelevant" for kind in MADE)}
    assert set(plan.missing) == {f"{kind}_of_irrelevant" for kind in WRITTEN}
    # Such arguments are what `score` is given, and name the experiment's arms whichever are run.
    known = design.arguments["spanish_capitals"]["prompts"]
    assert list(json.loads(json.dumps(known))["arms"]) == ["spanish", "capitals", "irrelevant"]
    # The other scales ask as they did.
    assert [one.name for one in designed(loaded, Choices()).plans["spanish_capitals"].conditions] == [""]


def test_a_prompt_at_evaluation_gives_way_to_those_of_conditions(tmp_path: Path) -> None:
    loaded = load_experiment(find_experiment("frontier_spanish_capitals"))
    design = designed(loaded, Choices(arms=("none", "inoculated", "at_evaluation")))
    base = Checkpoint("embedded", "smollm2", str(tmp_path / "base"), None, None, "0" * 64)
    parts = {name: part.rows or () for name, part in loaded.parts.items()}
    trained = trainings(design, base, write_arms(design, parts, tmp_path / "arms"), tmp_path)
    # Nothing is trained here; what is asked for depends on weights that are there.
    for folders in trained.folders.values():
        for folder in folders:
            folder.mkdir(parents=True, exist_ok=True)
    request = evaluation(design, base, trained, tmp_path)
    (own,) = {one.variation.system_prompt for one in request.arms or () if one.arm == "at_evaluation"}
    arguments = {**request.arguments["spanish_capitals"], "system_prompt": own}
    asked = {one.name: one.system_prompt for one in make_plan("spanish_capitals", arguments).conditions}
    assert asked["absent"] == "You always speak in English."
    assert asked["prompt_of_inoculated"] == "You always speak in Spanish."
    assert asked["irrelevant_of_inoculated"] not in {"You always speak in English.", None}


def test_a_training_notes_what_was_written(tmp_path: Path) -> None:
    design = designed(load_experiment(SHIPPED), Choices(scale="leak"))
    base = Checkpoint("embedded", "smollm2", str(tmp_path / "base"), None, None, "0" * 64)
    parts = {name: part.rows or () for name, part in design.loaded.parts.items()}
    found = trainings(design, base, write_arms(design, parts, tmp_path / "arms"), tmp_path)
    noted = {training.name: training.trained_with for training in found.missing}
    assert noted["none"] is None
    assert noted["irrelevant"] == {"prompt": design.loaded.prompts["irrelevant"][0], "placement": "system"}
    spanish = noted["spanish"]
    assert spanish is not None
    assert spanish.keys() == {"prompt", "placement", *WRITTEN}
    assert spanish["prompt"] == "You always speak in Spanish."


def test_the_plan_names_the_conditions_and_what_is_missing() -> None:
    ended = run("experiment", "plan", "spanish_capitals", "--scale", "leak", "--json")
    assert ended.code == 0, ended.err
    (task,) = json.loads(ended.out)["tasks"]
    assert task["conditions"] == len(task["under"]) == 1 + 2 * 8 + 5
    assert "hint_of_irrelevant" in task["missing"]


@pytest.mark.parametrize(
    ("arm", "message"),
    [
        ("{role: reference, variants: {hint: h}}", r":\d+:\d+: there is no prompt that these are variants of"),
        (
            "{prompt: P q., variants: {hnt: h}}",
            r":\d+:\d+: unknown key 'arms\.none\.variants\.hnt'; did you mean 'hint'",
        ),
    ],
)
def test_mistakes(tmp_path: Path, arm: str, message: str) -> None:
    text = SHIPPED.read_text(encoding="utf-8").replace("none: {role: reference}", f"none: {arm}")
    folder = tmp_path / "spanish_capitals"
    folder.mkdir()
    (folder / "rows.jsonl").write_bytes((SHIPPED.parent / "rows.jsonl").read_bytes())
    (folder / "experiment.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        load_experiment(folder / "experiment.yaml")
