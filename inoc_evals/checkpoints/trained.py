"""What our own training noted beside the weights that it gave."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from inoc_evals.checkpoints.resolve import Checkpoint
from inoc_evals.definitions.reading import read_object
from inoc_evals.errors import InputError


def training_record(checkpoint: Checkpoint) -> Mapping[str, Any]:
    """The content of `training.json` in the checkpoint's folder; nothing where there is none, or it is damaged."""
    with suppress(InputError):
        return read_object(Path(checkpoint.adapter or checkpoint.base) / "training.json", "the record of a training")
    return {}


def regime_of(checkpoint: Checkpoint) -> str | None:
    """How its weights were trained, lora or full, as far as our own record says it."""
    recipe = training_record(checkpoint).get("recipe")
    regime = recipe.get("regime") if isinstance(recipe, Mapping) else None
    return regime if isinstance(regime, str) else None
