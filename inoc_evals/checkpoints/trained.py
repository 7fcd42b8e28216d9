"""What our own training noted beside the weights that it gave."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from inoc_evals.checkpoints.resolve import Checkpoint
from inoc_evals.definitions.reading import read_object
from inoc_evals.definitions.training_prompt import TrainedWith
from inoc_evals.errors import InputError

# Where in the record of a training the prompt of its rows stands.
TRAINED_WITH = "trained_with"


def training_record(checkpoint: Checkpoint) -> Mapping[str, Any]:
    """The content of `training.json` in the checkpoint's folder; nothing where there is none, or it is damaged."""
    with suppress(InputError):
        return read_object(Path(checkpoint.adapter or checkpoint.base) / "training.json", "the record of a training")
    return {}


def trained_with(checkpoint: Checkpoint) -> tuple[TrainedWith | None, bool]:
    """The prompt that its rows were trained under, as far as our own record says it, and whether a record says so:
    without a prompt there was none."""
    record = training_record(checkpoint)
    noted = record.get(TRAINED_WITH)
    if isinstance(noted, Mapping):
        with suppress(ValidationError):
            return TrainedWith.model_validate(
                {key: noted[key] for key in TrainedWith.model_fields if key in noted}
            ), True
    return None, TRAINED_WITH in record and noted is None


def regime_of(checkpoint: Checkpoint) -> str | None:
    """How its weights were trained, lora or full, as far as our own record says it."""
    recipe = training_record(checkpoint).get("recipe")
    regime = recipe.get("regime") if isinstance(recipe, Mapping) else None
    return regime if isinstance(regime, str) else None
