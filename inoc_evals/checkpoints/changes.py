"""What a LoRA adapter changes in its base: which modules, in how many layers, with how many numbers."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path

from inoc_evals.checkpoints.adapter import WEIGHTS, read_config
from inoc_evals.checkpoints.fit import lora_matrices
from inoc_evals.checkpoints.sizes import layers_of
from inoc_evals.tensors import read_tensors

# The first number in a name is the block's; further ones count experts.
_BLOCK = re.compile(r"\.(\d+)\.")


@dataclass(frozen=True)
class Changes:
    """`modules` are the last parts of the names of matrices that are changed. `ranks` are in rising order. `layers` of
    the base's `layers_in_all` (None where that cannot be told here) hold one of them. `parameters` counts all numbers
    that the adapter stores."""

    modules: tuple[str, ...]
    ranks: tuple[int, ...]
    layers: int
    layers_in_all: int | None
    parameters: int


def adapter_changes(adapter: Path, base: Path | None) -> Changes:
    """What the adapter in the folder `adapter` changes in the model in the folder `base`, None where that is not here.
    Only headers are read. Raises InputError for a damaged configuration or damaged weights."""
    config = read_config(adapter)
    path = adapter / WEIGHTS
    tensors = read_tensors(path)
    names = list(lora_matrices(path, tensors))
    blocks = {found[1] for name in names if (found := _BLOCK.search(name))}
    return Changes(
        modules=tuple(dict.fromkeys(name.rpartition(".")[2] for name in names)),
        ranks=tuple(sorted({config.rank_of(name) for name in names})),
        layers=len(blocks),
        layers_in_all=layers_of(base) if base is not None else None,
        parameters=sum(math.prod(tensor.shape) for tensor in tensors.values()),
    )
