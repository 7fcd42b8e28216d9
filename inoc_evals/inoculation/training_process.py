"""Trainings in a process of their own: when it ends, torch and its memory go with it.

`python -m inoc_evals.inoculation.training_process` does one training after the other (see processes.py), so that torch,
TRL and the model that several of them start from are loaded once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from inoc_evals.errors import WorkError
from inoc_evals.imports import without_unused
from inoc_evals.inoculation.base_model import BaseModel
from inoc_evals.inoculation.interventions.declaration import Applied
from inoc_evals.inoculation.recipe import Recipe
from inoc_evals.inoculation.rewrite import read_rows
from inoc_evals.inoculation.train import Treatment, train
from inoc_evals.processes import run_apart, run_job, say

_MODULE = "inoc_evals.inoculation.training_process"


@dataclass(frozen=True)
class Training:
    """One training of `base`, a folder or hub id: the chat rows of the file `data`, the folder `out` for what is
    trained, and how many checkpoints on the way are kept in it. An `intervention` may use what an earlier training of
    the same list gives. `trained_with` is noted of the rows' prompt, see `Treatment`."""

    name: str
    base: str
    data: Path
    out: Path
    recipe: Recipe
    keep_checkpoints: int = 0
    trained_with: Mapping[str, Any] | None = None
    intervention: Applied | None = None


def train_apart(
    trainings: Sequence[Training],
    progress: Callable[[str, int, int, float], None],
    finished: Callable[[str, float], None],
) -> None:
    """Train one after the other, as `train` does. Both functions are called in a thread: `progress` with name, step,
    steps and loss, `finished` with name and the seconds of the training's steps.

    Raises InputError and WorkError as `train` and `read_rows` do, WorkError where the process ends otherwise, and
    KeyboardInterrupt after the process has ended; a later call goes on with what it kept.
    """
    if find_spec("trl") is None:
        raise WorkError("TRL is not installed; install the extra inoc-evals[train]")

    def heard(said: Mapping[str, Any]) -> None:
        if "seconds" in said:
            finished(said["name"], said["seconds"])
        else:
            progress(said["name"], said["step"], said["steps"], said["loss"])

    job = {"trainings": [_described(training) for training in trainings]}
    run_apart(_MODULE, "the training process", job, heard)


def _described(training: Training) -> dict[str, Any]:
    return {
        "name": training.name,
        "base": training.base,
        "data": str(training.data),
        "out": str(training.out),
        "recipe": training.recipe.model_dump(mode="json"),
        "keep_checkpoints": training.keep_checkpoints,
        "trained_with": training.trained_with,
        "intervention": None if training.intervention is None else training.intervention.model_dump(mode="json"),
    }


def _work(job: dict[str, Any]) -> None:
    without_unused()
    loaded: BaseModel | None = None
    for training in job["trainings"]:
        name, base = training["name"], training["base"]
        recipe = Recipe.model_validate(training["recipe"])
        rows, out = read_rows(Path(training["data"])), Path(training["out"])
        if loaded is None or not loaded.serves(base, recipe):
            # One is let go before the next one takes its place in memory.
            loaded = None
            loaded = BaseModel(base, recipe.regime)

        def show(step: int, steps: int, loss: float, name: str = name) -> None:
            say({"name": name, "step": step, "steps": steps, "loss": loss})

        given = training["intervention"]
        intervention = None if given is None else Applied.model_validate(given)
        treatment = Treatment(intervention, training["trained_with"])
        record = train(loaded, rows, out, recipe, show, training["keep_checkpoints"], treatment)
        say({"name": name, "seconds": record["seconds"]})


if __name__ == "__main__":
    run_job(_work)
