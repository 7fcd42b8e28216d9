"""Trained weights as a folder that any program loads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from inoc_evals.files import write_whole
from inoc_evals.inoculation.base_model import BaseModel


def write_weights(trainer: Any, base: BaseModel, folder: Path) -> None:
    """Write what `trainer` has trained `base` to so far into `folder`, without any state of the training: a LoRA
    adapter, or a whole model with its tokenizer, its numbers as long as those of the base's own files."""
    if base.regime == "lora":
        trainer.model.save_pretrained(str(folder), safe_serialization=True)
        return
    short: dict[int, Any] = {}
    state = {}
    for name, weight in trainer.model.state_dict().items():
        # Weights that are one, as of a tied head, stay one.
        if weight.data_ptr() not in short:
            short[weight.data_ptr()] = weight.to(base.stored_dtype) if weight.is_floating_point() else weight
        state[name] = short[weight.data_ptr()]
    trainer.model.save_pretrained(str(folder), state_dict=state)
    base.tokenizer.save_pretrained(str(folder))
    # It says what the model computes in, and loaders go by it.
    path = folder / "config.json"
    config = {**json.loads(path.read_text(encoding="utf-8")), "dtype": str(base.stored_dtype).removeprefix("torch.")}
    write_whole(path, json.dumps(config, indent=2) + "\n")
