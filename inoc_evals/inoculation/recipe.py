"""What a training is: its settings, how many steps they come to, and what makes two trainings the same."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)

from inoc_evals.checkpoints.identity import folder_sha256

Regime = Literal["lora", "full"]
# What only an adapter has.
LORA_ONLY = ("rank", "alpha", "dropout", "targets")
# A rate at which an adapter learns well ruins a whole model.
_RATES: Mapping[Regime, float] = {"lora": 2e-3, "full": 2e-5}


class Recipe(BaseModel):
    """Settings of one training: of a LoRA adapter, whose `targets` are the module names that get one, or of all weights
    (`regime` full), for which the settings of adapters mean nothing. A step learns from `accumulation` batches. With
    `max_steps` there are so many steps, whatever the epochs."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    regime: Regime = "lora"
    epochs: float = Field(default=1.0, gt=0, le=10_000)
    batch_size: int = Field(default=8, ge=1)
    accumulation: int = Field(default=1, ge=1)
    learning_rate: float = Field(default=_RATES["lora"], gt=0, le=1)
    warmup_share: float = Field(default=0.1, ge=0, lt=1)
    rank: int = Field(default=16, ge=1)
    alpha: int = Field(default=32, ge=1)
    dropout: float = Field(default=0.0, ge=0, lt=1)
    targets: tuple[str, ...] = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
    max_length: int = Field(default=512, ge=16)
    max_steps: int | None = Field(default=None, ge=1, le=10_000_000)
    # numpy takes no more.
    seed: int = Field(default=0, ge=0, lt=2**32)

    @model_validator(mode="before")
    @classmethod
    def _of_its_regime(cls, given: Any) -> Any:
        if not isinstance(given, Mapping) or given.get("regime") != "full":
            return given
        if strange := [name for name in LORA_ONLY if name in given]:
            raise ValueError(f"full fine-tuning has no {strange[0]}; leave it out")
        return {"learning_rate": _RATES["full"], **given}

    @model_serializer(mode="wrap")
    def _used(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """The settings that mean something."""
        settings: dict[str, Any] = dump(self)
        unused = () if self.regime == "lora" else LORA_ONLY
        return {key: value for key, value in settings.items() if value is not None and key not in unused}

    def steps(self, rows: int) -> int:
        """How many steps a training on so many rows has, 1 or more."""
        if self.max_steps is not None:
            return self.max_steps
        return math.ceil(self.epochs * self._steps_of_epoch(rows))

    def examples_seen(self, step: int, rows: int) -> int:
        """From how many examples the first `step` steps learn; a row counts once in each epoch. The last step of an
        epoch learns from what is left."""
        epochs, steps = divmod(step, self._steps_of_epoch(rows))
        return epochs * rows + min(rows, steps * self.batch_size * self.accumulation)

    def _steps_of_epoch(self, rows: int) -> int:
        return max(1, math.ceil(math.ceil(rows / self.batch_size) / self.accumulation))


def data_sha256(rows: Sequence[Mapping[str, Any]]) -> str:
    """Content hash (64 hex digits) of training rows, independent of the file that held them."""
    digest = hashlib.sha256()
    for row in rows:
        digest.update(json.dumps(row, ensure_ascii=False, sort_keys=True).encode() + b"\n")
    return digest.hexdigest()


def training_identity(
    base: Path | str, rows: Sequence[Mapping[str, Any]], recipe: Recipe, intervention: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """What makes two trainings the same: the base's content, the rows, the recipe and what identifies an intervention
    (see `interventions.applied`)."""
    local = Path(base).is_dir()
    return {
        "base": str(base) if not local else Path(base).name,
        "base_sha256": folder_sha256(Path(base)) if local else None,
        "data_sha256": data_sha256(rows),
        "recipe": recipe.model_dump(mode="json"),
        "intervention": None if intervention is None else dict(intervention),
    }
