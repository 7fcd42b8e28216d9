"""Clean after dirty: a trained adapter is trained on for some steps on the arm's own rows, which are clean.

Dubiński et al., arXiv 2604.25891, train so, in full and not for some steps alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pydantic import Field

from inoc_evals.inoculation.going_on import go_on_from, with_steps
from inoc_evals.inoculation.interventions.declaration import AdapterOptions, Applied, Intervention
from inoc_evals.inoculation.recipe import Recipe


class CleanOptions(AdapterOptions):
    """So many `steps` on clean rows, with the recipe's learning rate from its warm-up on."""

    steps: int = Field(ge=1)


def recipe(given: Recipe, options: CleanOptions, _: int) -> Recipe:
    """The recipe with so many steps. Raises InputError where a whole model is trained."""
    return with_steps(given, options.steps)


@contextmanager
def during(trainer: Any, applied: Applied, recipe: Recipe) -> Iterator[None]:
    """The own adapter, begun where the other one ended. Raises InputError for one of another recipe."""
    assert applied.adapter is not None  # noqa: S101 - its options say so
    go_on_from(applied.adapter, trainer.model, recipe)
    yield


INTERVENTION = Intervention(
    name="clean_after",
    kind="clean after dirty",
    what="trains a trained adapter on, for some steps on clean rows",
    options=CleanOptions,
    recipe=recipe,
    during=during,
)
