"""Steering while training: a trait's direction is in the states while the weights learn, and gone at evaluation. What
the direction shows already need not be learned (Chen et al., arXiv 2507.21509)."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

from pydantic import Field

from inoc_evals.definitions.fields import MOST, Text
from inoc_evals.inoculation.interventions.declaration import Applied, Intervention, InterventionOptions
from inoc_evals.inoculation.recipe import Recipe
from inoc_evals.steering.direction import read_direction
from inoc_evals.steering.hooks import steered


class SteeredOptions(InterventionOptions):
    """The file of the `direction`, the `layer` (from 0) behind which it is added, and by how many times the length of
    the mean difference that made it (`strength`)."""

    direction: Text
    layer: int = Field(ge=0, le=MOST)
    strength: float = 1.0


def during(trainer: Any, applied: Applied, _: Recipe) -> AbstractContextManager[None]:
    """The model with the direction in its states. Raises InputError for one that does not fit."""
    assert applied.direction is not None  # noqa: S101 - its options say so
    layer, strength = int(applied.settings["layer"]), float(applied.settings["strength"])
    return steered(trainer.model, layer, read_direction(applied.direction).added(layer, strength))


INTERVENTION = Intervention(
    name="steered",
    kind="steering while training",
    what="adds a trait's direction to the states while the weights learn",
    options=SteeredOptions,
    during=during,
)
