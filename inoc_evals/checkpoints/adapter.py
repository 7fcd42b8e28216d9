"""What the configuration of a LoRA adapter says: its base and the ranks of its layers."""

from __future__ import annotations

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


@dataclass(frozen=True)
class AdapterConfig:
    """`base` is a folder or hub id, at a `revision` of the hub where one is named, `rank` (1 or more) that of every
    layer that no key of `ranks`, a regular expression for the end of a layer's name, speaks of. With `experts` a matrix
    may hold one adapter for each expert."""

    base: str
    revision: str | None
    rank: int
    ranks: Mapping[str, int]
    experts: bool

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
    alpha = config.get("lora_alpha", 1)
    if isinstance(alpha, bool) or not isinstance(alpha, int | float):
        raise InputError.at(path, "lora_alpha is no number; correct it")
    ranks = _ranks(path, config.get("rank_pattern"))
    return AdapterConfig(base, revision or None, config["r"], ranks, bool(config.get("target_parameters")))


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
