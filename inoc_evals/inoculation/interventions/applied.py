"""An intervention in a training: what identifies it, and what it does around the steps."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

from inoc_evals.inoculation.interventions.declaration import Applied
from inoc_evals.inoculation.interventions.registry import interventions
from inoc_evals.inoculation.low_rank import adapter_sha256
from inoc_evals.inoculation.recipe import Recipe


def identity_of(applied: Applied | None) -> dict[str, Any] | None:
    """What makes two interventions the same: name, settings, and what the adapter adds, wherever it lies. Raises
    InputError for an adapter that is not there, or damaged."""
    if applied is None:
        return None
    adapter = None if applied.adapter is None else adapter_sha256(applied.adapter)
    return {"name": applied.name, "settings": dict(applied.settings), "adapter_sha256": adapter}


def around(trainer: Any, applied: Applied | None, recipe: Recipe) -> AbstractContextManager[None]:
    """What is to be entered around the steps of a training."""
    during = None if applied is None else interventions()[applied.name].during
    return nullcontext() if applied is None or during is None else during(trainer, applied, recipe)
