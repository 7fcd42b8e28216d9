"""The control of a frozen adapter: random matrices of the same shapes and norms in its place, drawn by the training's
seed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from inoc_evals.inoculation.interventions.declaration import AdapterOptions, Applied, Intervention
from inoc_evals.inoculation.low_rank import adding, random_like, read_low_rank
from inoc_evals.inoculation.recipe import Recipe


@contextmanager
def during(trainer: Any, applied: Applied, recipe: Recipe) -> Iterator[None]:
    """The model with a random part in the layers that the adapter changes."""
    assert applied.adapter is not None  # noqa: S101 - its options say so
    with adding(trainer.model, random_like(read_low_rank(applied.adapter), recipe.seed), applied.adapter):
        yield


INTERVENTION = Intervention(
    name="random_adapter",
    kind="random frozen adapter",
    what="trains on top of a random frozen adapter with the norms of another, which is taken away at evaluation",
    options=AdapterOptions,
    during=during,
)
