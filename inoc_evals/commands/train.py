"""What `inoc-evals train` does: one training, or one for each of several seeds, of a model that is loaded once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite
from pathlib import Path
from typing import Any

import click
from pydantic import ValidationError

from inoc_evals.checkpoints.adapter import read_config
from inoc_evals.checkpoints.resolve import resolve
from inoc_evals.commands.training_pace import TrainingPace
from inoc_evals.definitions.arms import Steer
from inoc_evals.errors import InputError
from inoc_evals.extras import require
from inoc_evals.inoculation.base_model import BaseModel
from inoc_evals.inoculation.interventions.declaration import Applied
from inoc_evals.inoculation.kept import kept_steps
from inoc_evals.inoculation.place import RECORD, check_out
from inoc_evals.inoculation.recipe import Recipe
from inoc_evals.inoculation.rewrite import read_rows
from inoc_evals.inoculation.train import Treatment, is_trained, train
from inoc_evals.steering.direction import read_direction

# What uses a trained adapter, by its option.
_INTERVENTIONS = {
    "frozen_adapter": "frozen_adapter",
    "random_adapter": "random_adapter",
    "continue_from": "clean_after",
}


def intervention(used: Mapping[str, Path | None], steer: Applied | None, *, full: bool) -> Applied | None:
    """The intervention that an option with a folder asks for, or that steers, if there is one. Raises InputError for
    two of them, for what is no adapter, and where whole models cannot have it."""
    given = {option: folder for option, folder in used.items() if folder is not None}
    options = [f"--{option.replace('_', '-')}" for option in given] + ["--steer"] * (steer is not None)
    if len(options) > 1:
        raise InputError(f"{' and '.join(options)} are two interventions; name one of them")
    if not given:
        return steer
    ((option, folder),) = given.items()
    if full and option == "continue_from":
        raise InputError("--full and --continue-from: an adapter is trained on as an adapter; drop --full")
    read_config(folder)
    return Applied(name=_INTERVENTIONS[option], adapter=folder.resolve())


def steering(direction: Path | None, layer: int | None, strength: float) -> Applied | None:
    """What steers the model while it learns. Raises InputError for a direction without a layer, a layer without one,
    and as `steer_of` does."""
    if (direction is None) != (layer is None):
        raise InputError("--steer and --steer-layer belong together; name both, or none")
    if direction is None or layer is None:
        return None
    steer = steer_of(direction, layer, strength)
    settings = steer.model_dump(exclude={"direction"})
    return Applied(name="steered", settings=settings, direction=direction.resolve())


def steer_of(direction: Path, layer: int, strength: float) -> Steer:
    """Steering from the command line. Raises InputError for a file that holds no direction, a layer that it does not
    have, and a strength that is no number."""
    read_direction(direction).check_layer(layer)
    if not isfinite(strength):
        raise InputError(f"the strength {strength} is no number to multiply with; write one such as 1")
    return Steer(direction=str(direction), layer=layer, strength=strength)


def run(
    base: str,
    data: Path,
    out: Path,
    options: Mapping[str, Any],
    seeds: int,
    keep_checkpoints: int,
    applied: Applied | None = None,
) -> None:
    """Train `base` on the chat rows of `data` into `out`, with `seeds` above 1 into `out`/seed-N; `options` are the
    settings of the recipe that are given. Raises InputError and WorkError as `train` does, before anything is spent."""
    first = recipe_of(options)
    recipes = {seed: recipe_of({**options, "seed": seed}) for seed in range(first.seed, first.seed + seeds)}
    folders = {seed: out / f"seed-{seed}" if seeds > 1 else out for seed in recipes}
    rows = read_rows(data)
    kept_steps(first.steps(len(rows)), keep_checkpoints)
    if seeds > 1 and (out / RECORD).exists():
        raise InputError.at(out, "this folder holds one training; name another one for those of several seeds")
    for folder in folders.values():
        check_out(folder)
    require("train", "training")
    checkpoint = resolve(base, progress=click.echo)
    if checkpoint.adapter is not None:
        raise InputError(f"{base!r} is a LoRA adapter; name the full model to train from")
    if applied is not None and applied.direction is not None:
        direction = read_direction(applied.direction)
        direction.check_base(applied.direction, checkpoint.reference, checkpoint.content_hash)
    missing = []
    for seed, recipe in recipes.items():
        if is_trained(checkpoint.trained_on, rows, recipe, folders[seed], keep_checkpoints, applied):
            click.echo(f"{folders[seed]} is already trained on this data with this recipe")
        else:
            missing.append((folders[seed], recipe))
    if missing:
        treatment = Treatment(applied)
        _train_all(BaseModel(checkpoint.trained_on, first.regime), rows, missing, keep_checkpoints, treatment)


def _train_all(
    base: BaseModel,
    rows: Sequence[Mapping[str, Any]],
    trainings: Sequence[tuple[Path, Recipe]],
    keep_checkpoints: int,
    treatment: Treatment,
) -> None:
    pace = TrainingPace({str(out): recipe.steps(len(rows)) for out, recipe in trainings})
    for out, recipe in trainings:
        if len(trainings) > 1:
            click.echo(f"seed {recipe.seed}: {out}")

        def show(step: int, steps: int, loss: float, name: str = str(out)) -> None:
            told = (f"step {step}/{steps}", f"loss {loss:.3f}", pace.left(name, step) if step < steps else "")
            click.echo(", ".join(filter(None, told)))

        record = train(base, rows, out, recipe, show, keep_checkpoints, treatment)
        what = "adapter" if recipe.regime == "lora" else "model"
        told = f"{what} in {out} after {record['steps']} steps and {record['seconds']} s"
        click.echo(f"{told}; {len(record['checkpoints'])} checkpoints in it" if record["checkpoints"] else told)


def recipe_of(options: Mapping[str, Any]) -> Recipe:
    """The recipe with those settings that are given. Raises InputError for the first that is wrong, as an option."""
    try:
        return Recipe.model_validate({key: value for key, value in options.items() if value is not None})
    except ValidationError as error:
        first = error.errors()[0]
        if not first["loc"]:
            raise InputError(f"--full and {first['ctx']['error']!s}") from None
        option = str(first["loc"][0]).replace("_", "-")
        raise InputError(f"--{option} {first['input']}: {first['msg'].lower()}") from None
