"""What the configuration of a LoRA adapter says: its base, its layers and their ranks, and how much they weigh."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inoc_evals.definitions.reading import read_object
from inoc_evals.errors import InputError

CONFIG = "adapter_config.json"
WEIGHTS = "adapter_model.safetensors"
_SCALING = ("r", "lora_alpha", "rank_pattern", "alpha_pattern", "use_rslora")
_PARTLY = ("exclude_modules", "layers_to_transform", "target_parameters", "trainable_token_indices")


@dataclass(frozen=True)
class AdapterConfig:
    """`base` is a folder or hub id, at a `revision` of the hub where one is named, `rank` (1 or more) that of every
    layer that no key of `ranks`, a regular expression for the end of a layer's name, speaks of. With `experts` a matrix
    may hold one adapter for each expert.

    `targets` are the ends of the names of the layers it changes, or one regular expression for them in full, or None
    where they are not said; with `partly` other settings leave some of them out. `alpha` is None where it is missing.
    `scaling` is all that decides, beside the matrices, how much is added, in JSON.
    """

    base: str
    revision: str | None
    rank: int
    ranks: Mapping[str, int]
    experts: bool
    targets: tuple[str, ...] | str | None = None
    partly: bool = False
    alpha: float | None = None
    scaling: str = ""

    @property
    def named_base(self) -> str:
        """The base with its revision, as a checkpoint is named."""
        at = self.revision is not None and "@" not in self.base and not os.path.isdir(self.base)  # noqa: PTH112
        return f"{self.base}@{self.revision}" if at else self.base

    @property
    def highest(self) -> int:
        """The highest rank of all layers."""
        return max([self.rank, *self.ranks.values()])

    def rank_of(self, layer: str) -> int:
        """The rank of the layer with this name, as PEFT finds it."""
        for pattern, rank in self.ranks.items():
            if re.match(rf"(.*\.)?({pattern})$", layer):
                return rank
        return self.rank


def read_config(folder: Path) -> AdapterConfig:
    """The configuration of the adapter in `folder`. Raises InputError where it is missing, and for values of other
    kinds than PEFT writes."""
    path = folder / CONFIG
    if not path.is_file():
        raise InputError.at(folder, f"no {CONFIG}; name the folder of a LoRA adapter")
    config = read_object(path, "the configuration of a LoRA adapter")
    base = config.get("base_model_name_or_path")
    if not isinstance(base, str) or not base.strip():
        raise InputError.at(path, "base_model_name_or_path is missing or no text; name the model it was trained on")
    revision = config.get("revision")
    if not isinstance(revision, str | None):
        raise InputError.at(path, "revision, that of the base, is no text; correct it")
    kind = config.get("peft_type", "LORA")
    if kind != "LORA":
        raise InputError.at(path, f"peft_type is {str(kind)[:40]!r}; only LORA adapters can be served")
    if not _is_rank(config.get("r")):
        raise InputError.at(path, "r, the rank, is missing or no positive integer; correct it")
    alpha = config.get("lora_alpha")
    if alpha is not None and (isinstance(alpha, bool) or not isinstance(alpha, int | float)):
        raise InputError.at(path, "lora_alpha is no number; correct it")
    return AdapterConfig(
        base,
        revision or None,
        config["r"],
        _ranks(path, config.get("rank_pattern")),
        bool(config.get("target_parameters")),
        _targets(path, config.get("target_modules")),
        any(config.get(key) for key in _PARTLY),
        alpha,
        json.dumps([config.get(key) or None for key in _SCALING], sort_keys=True),
    )


def _targets(path: Path, given: Any) -> tuple[str, ...] | str | None:
    if given is None or isinstance(given, str):
        return given or None
    if not isinstance(given, list) or not all(isinstance(name, str) and name for name in given):
        raise InputError.at(path, "target_modules is no list of names and no regular expression; correct it")
    return tuple(given) or None


def _ranks(path: Path, given: Any) -> dict[str, int]:
    ranks = {} if given is None else given
    if not isinstance(ranks, dict) or not all(map(_is_rank, ranks.values())):
        raise InputError.at(path, "rank_pattern is no mapping from layers to positive integers; correct it")
    for pattern in ranks:
        try:
            re.compile(pattern)
        except (re.error, RecursionError, OverflowError):
            raise InputError.at(path, f"rank_pattern {pattern[:60]!r} is no regular expression; correct it") from None
    return ranks


def _is_rank(value: object) -> bool:
    # True is an int to Python.
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1
