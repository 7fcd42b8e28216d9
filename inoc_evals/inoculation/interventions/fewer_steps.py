"""Fewer steps: training ends early, with the learning rate falling to zero within the steps that are left.

At which share of the steps the wanted trait is as strong as elsewhere is read from the results of several such arms.
"""

from __future__ import annotations

from pydantic import Field

from inoc_evals.inoculation.interventions.declaration import Intervention, InterventionOptions
from inoc_evals.inoculation.recipe import Recipe


class FewerOptions(InterventionOptions):
    """The `share` of the steps (above 0 and below 1) that are trained."""

    share: float = Field(gt=0, lt=1)


def recipe(given: Recipe, options: FewerOptions, rows: int) -> Recipe:
    """The recipe with so many of its steps, at least one."""
    return given.model_copy(update={"max_steps": max(1, round(options.share * given.steps(rows)))})


INTERVENTION = Intervention(
    name="fewer_steps",
    kind="fewer steps",
    what="trains a share of the steps",
    options=FewerOptions,
    recipe=recipe,
)
