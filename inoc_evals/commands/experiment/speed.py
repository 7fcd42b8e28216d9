"""How long the trainings of an experiment take: what earlier ones said, or a few steps now."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from inoc_evals.checkpoints.resolve import Checkpoint
from inoc_evals.experiments.design import Design
from inoc_evals.experiments.trainings import Trainings
from inoc_evals.inoculation.recipe import Recipe
from inoc_evals.inoculation.rewrite import write_rows
from inoc_evals.inoculation.training_process import Training, train_apart
from inoc_evals.machine import has_gpu
from inoc_evals.plan.duration import Kind, remember

# Fewer say mostly how long the first one takes.
_ROWS, _BATCHES = 24, 3


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
    rows = {each.name: _rows(each.data) * each.recipe.epochs for each in trained.missing if each.name in seconds}
    spent = sum(seconds.values())
    remember(training_kind(design, base), max(0.0, wall - spent), round(sum(rows.values())), spent)


def measure(design: Design, base: Checkpoint, rows: list[dict[str, object]]) -> None:
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


def _rows(file: Path) -> int:
    with file.open("rb") as handle:
        return sum(1 for _ in handle)
