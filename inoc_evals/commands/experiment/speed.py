"""How long an experiment takes: what earlier runs said, or a few steps and a few responses now."""

from __future__ import annotations

import json
import math
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from rich.console import Console

from inoc_evals.checkpoints.resolve import Checkpoint
from inoc_evals.definitions.arms import REFERENCE, NamedCheckpoint
from inoc_evals.experiments.design import Design
from inoc_evals.experiments.trainings import Trainings, untrained
from inoc_evals.inoculation.recipe import Recipe
from inoc_evals.inoculation.rewrite import write_rows
from inoc_evals.inoculation.training_process import Training, train_apart
from inoc_evals.machine import has_gpu
from inoc_evals.plan.compiled import make_plan
from inoc_evals.plan.duration import Kind, remember
from inoc_evals.plan.request import Request

# Fewer say mostly how long the first one takes.
_ROWS, _BATCHES = 24, 3
_OF_EACH_CATEGORY, _RESPONSES = 8, 24


def training_kind(design: Design, base: Checkpoint) -> Kind:
    """What makes the trainings of two runs alike: the base, the experiment with its scale, and the recipe."""
    recipe = design.recipe(0).model_dump(mode="json", exclude={"seed", "epochs"})
    told = ("training", design.loaded.experiment.name, design.scale, json.dumps(recipe, sort_keys=True))
    return Kind(base.content_hash[:12], told, (), has_gpu(), 1)


def remember_trainings(
    design: Design, base: Checkpoint, trained: Trainings, seconds: Mapping[str, float], wall: float
) -> None:
    """Keep how long the rows of these trainings took: `seconds` by name, of `wall` seconds with all that comes before
    the first step."""
    rows = {each.name: _examples(each) for each in trained.missing if each.name in seconds}
    spent = sum(seconds.values())
    remember(training_kind(design, base), max(0.0, wall - spent), round(sum(rows.values())), spent)


def measure_training(design: Design, base: Checkpoint, rows: list[dict[str, object]]) -> None:
    """Train a few steps on some of an arm's `rows`, throw the adapter away, and remember how long that took.

    Raises as `train_apart` does.
    """
    recipe = design.recipe(0)
    few = rows[: max(_ROWS, _BATCHES * recipe.batch_size)]
    seconds: list[float] = []
    with tempfile.TemporaryDirectory(prefix="inoc-evals-measure-") as name:
        folder = Path(name)
        write_rows(folder / "rows.jsonl", few)
        short = Recipe(**{**recipe.model_dump(), "epochs": 1.0})
        training = Training("measure", base.trained_on, folder / "rows.jsonl", folder / "adapter", short)
        started = time.monotonic()
        train_apart([training], lambda *_: None, lambda _, took: seconds.append(took))
        wall = time.monotonic() - started
    remember(training_kind(design, base), max(0.0, wall - sum(seconds)), len(few), sum(seconds))


def measure_scoring(design: Design, base: Checkpoint) -> None:
    """Score the untrained base on a few items of each category, throw the answers away, and leave it to `score` to
    remember how long that took. Raises InputError and WorkError as `score` does."""
    from inoc_evals.commands.score.run import run

    few = {task: {**given, "limit": _OF_EACH_CATEGORY} for task, given in design.arguments.items()}
    plans = {task: make_plan(task, given) for task, given in few.items()}
    times = math.ceil(_RESPONSES / sum(plan.responses for plan in plans.values()))
    few = {task: {**given, "samples": plans[task].samples * times} for task, given in few.items()}
    with tempfile.TemporaryDirectory(prefix="inoc-evals-measure-") as name:
        request = Request(
            (),
            Path(name) / "scored",
            tuple(design.plans),
            design.judges,
            few,
            max_model_len=design.settings.max_model_len,
            arms=[NamedCheckpoint("base", untrained(base), REFERENCE)],
        )
        run(request, Console(quiet=True), report=False)


def _examples(training: Training) -> int:
    with training.data.open("rb") as handle:
        rows = sum(1 for _ in handle)
    return training.recipe.examples_seen(training.recipe.steps(rows), rows)
