"""The trainings of a design: each arm's rows, with each seed, once; arms with the same rows share them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from inoc_evals.checkpoints.hub_id import HUB
from inoc_evals.checkpoints.identity import identity_digest
from inoc_evals.checkpoints.resolve import Checkpoint
from inoc_evals.definitions.arms import beside
from inoc_evals.experiments.data import arm_rows
from inoc_evals.experiments.design import Design
from inoc_evals.experiments.directions import direction_path
from inoc_evals.experiments.rows import Row
from inoc_evals.files import make_folder
from inoc_evals.inoculation.interventions.applied import identity_of
from inoc_evals.inoculation.interventions.declaration import Applied
from inoc_evals.inoculation.recipe import Recipe, data_sha256
from inoc_evals.inoculation.rewrite import write_rows
from inoc_evals.inoculation.train import is_trained
from inoc_evals.inoculation.training_process import Training
from inoc_evals.steering.direction import read_direction


@dataclass(frozen=True)
class ArmData:
    """The rows that an arm trains on, as a training has them, the file that holds them and their content hash."""

    rows: Sequence[Mapping[str, Any]]
    file: Path
    sha256: str


def write_arms(design: Design, parts: Mapping[str, Sequence[Row]], folder: Path) -> dict[str, ArmData]:
    """Each trained arm's rows, in the order of the trainings, in a file of `folder`. Raises InputError as `arm_rows`
    does."""
    make_folder(folder)
    by_arm = {}
    for arm in design.in_order:
        rows = [row.trained() for row in arm_rows(design.loaded, arm, design.scale, parts)]
        file = folder / f"{arm}.jsonl"
        write_rows(file, rows)
        by_arm[arm] = ArmData(rows, file, data_sha256(rows))
    return by_arm


@dataclass(frozen=True)
class Trainings:
    """`folders` are those of each arm's weights, a seed after the other; `missing` are trainings that are to be done,
    `steps` how many each has, by name, and `done` the names of those that are done. `directions` are the files of those
    that were made for them and for the evaluation."""

    folders: Mapping[str, tuple[Path, ...]]
    missing: tuple[Training, ...]
    done: tuple[str, ...]
    steps: Mapping[str, int] = field(default_factory=dict)
    directions: Mapping[str, Path] = field(default_factory=dict)


def trainings(
    design: Design,
    base: Checkpoint,
    data: Mapping[str, ArmData],
    out: Path,
    directions: Mapping[str, Path] = MappingProxyType({}),
) -> Trainings:
    """What is to be trained, into `out`/adapters-seedN/ARM; where another training of that arm lies there already, into
    a folder beside it, so that none is lost. An arm whose adapter another one uses comes before it. `directions` are
    the files of those that were made. Raises InputError for a direction that was made from another model."""
    known: dict[str, Path] = {}
    prompts = design.known_prompts.arms
    folders: dict[str, list[Path]] = {arm: [] for arm in data}
    steps: dict[str, int] = {}
    missing: list[Training] = []
    done: list[str] = []
    for seed in design.seeds:
        digests: dict[str, str] = {}
        for arm, arm_data in data.items():
            used = design.loaded.experiment.uses(arm)
            applied = _applied(design, arm, folders[used][-1] if used else None, directions)
            _check_direction(applied, base)
            recipe = design.arm_recipe(arm, seed, len(arm_data.rows))
            # What is used may have to be trained first, and stands for what it will be.
            digests[arm] = digest = _identity(base, arm_data, recipe, applied, digests[used] if used else None)
            if digest not in known:
                plain = out / f"adapters-seed{seed}" / arm
                training = Training(
                    f"{arm} seed {seed}" if len(design.seeds) > 1 else arm,
                    base.trained_on,
                    arm_data.file,
                    plain,
                    recipe,
                    trained_with=prompts[arm].model_dump(exclude_none=True) if arm in prompts else None,
                    intervention=applied,
                )
                folder, is_done = _folder(training, arm_data.rows, plain.with_name(f"{arm}-{digest}"))
                known[digest] = folder
                if is_done:
                    done.append(training.name)
                else:
                    missing.append(replace(training, out=folder))
                    steps[training.name] = recipe.steps(len(arm_data.rows))
            folders[arm].append(known[digest])
    by_arm = {arm: tuple(of_arm) for arm, of_arm in folders.items()}
    return Trainings(by_arm, tuple(missing), tuple(done), steps, directions)


def _folder(training: Training, rows: Sequence[Mapping[str, Any]], other: Path) -> tuple[Path, bool]:
    """Where what is trained lies, and whether it is there: in the training's own folder, or in the `other` where
    something else lies in that."""
    for folder in (training.out, other):
        if folder.exists() and is_trained(
            training.base, rows, training.recipe, folder, intervention=training.intervention
        ):
            return folder, True
    return (other if training.out.exists() else training.out), False


def _check_direction(applied: Applied | None, base: Checkpoint) -> None:
    if applied is not None and applied.direction is not None:
        direction = read_direction(applied.direction)
        direction.check_base(applied.direction, base.reference, base.content_hash)
        direction.check_layer(int(applied.settings["layer"]))


def _applied(design: Design, arm: str, used: Path | None, directions: Mapping[str, Path]) -> Applied | None:
    """What a training of `arm` is told of its intervention, which uses the adapter in the folder `used` or another.
    What it does to rows and recipe is in these."""
    told = design.loaded.interventions.get(arm)
    if told is None or told.intervention.during is None:
        return None
    settings = told.options.model_dump(mode="json", exclude={"name", "arm", "adapter", "direction", "data"})
    named, steer = (getattr(told.options, key, None) for key in ("adapter", "direction"))
    adapter = None if named is None else Path(beside(design.loaded.document.path, named)).resolve()
    direction = None if steer is None else direction_path(design.loaded, steer, directions).resolve()
    return Applied(name=told.intervention.name, settings=settings, adapter=adapter or used, direction=direction)


def untrained(base: Checkpoint) -> str:
    """What the base itself is called as a checkpoint: a model of the hub by the commit that was trained from."""
    return f"{HUB}{base.pinned}" if base.pinned else base.reference


def _identity(base: Checkpoint, arm_data: ArmData, recipe: Recipe, applied: Applied | None, used: str | None) -> str:
    told = {
        "base": base.content_hash,
        "data": arm_data.sha256,
        "recipe": recipe.model_dump(mode="json"),
        "intervention": identity_of(applied, used),
    }
    return identity_digest(told)
