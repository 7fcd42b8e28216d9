"""Which arms of an experiment have a training of their own, on which rows, and how long it is."""

from __future__ import annotations

from typing import Any

from inoc_evals.errors import InputError
from inoc_evals.experiments.data import arm_rows
from inoc_evals.experiments.design import Design
from inoc_evals.experiments.rows import Row
from inoc_evals.inoculation.recipe import data_sha256


def arms_with_training(design: Design) -> tuple[str, ...]:
    """The arms that are trained, in the order of their trainings, without those that share the training of an earlier
    one: the same rows and intervention."""
    first: dict[object, str] = {}
    for name in design.in_order:
        told = design.loaded.experiment.arms[name]
        rows = rows_here(design, name)
        written = (design.loaded.experiment.arm_data(name, design.scale), told.placement, told.on_tags)
        alike = repr((written, design.loaded.prompts[name])) if rows is None else data_sha256([*map(Row.trained, rows)])
        first.setdefault((alike, _beside_rows(design, name, len(rows or ()))), name)
    return tuple(first.values())


def _beside_rows(design: Design, name: str, rows: int) -> str:
    """What an intervention makes of a training on these rows."""
    told = design.loaded.interventions.get(name)
    options = told.options if told is not None and told.intervention.during is not None else None
    return repr((design.arm_recipe(name, 0, rows), options))


def training_length(design: Design, name: str, rows: int | None) -> tuple[int | None, int | None]:
    """Steps and examples of one training on so many rows."""
    if rows is None:
        return None, None
    recipe = design.arm_recipe(name, 0, rows)
    steps = recipe.steps(rows)
    return steps, recipe.examples_seen(steps, rows)


def rows_here(design: Design, name: str) -> list[Row] | None:
    """The rows of an arm, where all of its data are here."""
    told = design.loaded.experiment
    parts = (*told.arm_data(name, design.scale), *told.parts_beside(name))
    rows_of_parts = {part: design.loaded.parts[part].rows for part in parts}
    if any(rows is None for rows in rows_of_parts.values()):
        return None
    return arm_rows(design.loaded, name, design.scale, {part: rows or () for part, rows in rows_of_parts.items()})


def some_rows(design: Design) -> list[dict[str, Any]]:
    """Rows of the first arm whose data are here."""
    for arm in design.trained:
        if (rows := rows_here(design, arm)) is not None:
            return [row.trained() for row in rows]
    raise InputError("no arm has all of its data here yet, so nothing can be measured; drop --measure")
