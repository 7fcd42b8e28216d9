"""Can an adapter act on its base at all, and are two of them one? Told from their files, before a server is started."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from inoc_evals.checkpoints.adapter import CONFIG, WEIGHTS, read_config
from inoc_evals.checkpoints.fit import check_fit, lora_matrices, sides_of
from inoc_evals.checkpoints.named_base import check_base
from inoc_evals.checkpoints.resolve import Checkpoint
from inoc_evals.checkpoints.targets import check_targets
from inoc_evals.errors import InputError
from inoc_evals.tensors import Tensor, all_zero, read_tensors, tensors_sha256

REMEDY = "take the arm out, or write it into a file of arms with the role control"


def check_adapter(served: str, adapter: Path, *, control: bool = False) -> None:
    """Raise InputError, in one sentence, for an adapter in the folder `adapter` that cannot be what it is taken for on
    the base `served`, a folder or hub id.

    Beside what `check_fit` refuses: another base, no lora_alpha, layers that its configuration does not name or that
    the base does not have, and, unless it is a `control`, matrices that change nothing because all of one side of every
    layer is zero.
    """
    base = Path(served) if os.path.isdir(served) else None  # noqa: PTH112
    check_fit(base, adapter)
    check_base(served, adapter)
    config = read_config(adapter)
    if config.alpha is None:
        remedy = "write the number it was trained with: without it nobody can tell how much of it is added"
        raise InputError.at(adapter / CONFIG, f"lora_alpha is missing; {remedy}")
    path = adapter / WEIGHTS
    tensors = read_tensors(path)
    check_targets(adapter, config, lora_matrices(path, tensors).keys(), base)
    if control:
        return
    if config.alpha == 0:
        raise InputError.at(adapter / CONFIG, f"lora_alpha is 0, so the adapter changes nothing; {REMEDY}")
    if _is_zero(path, tensors):
        raise InputError.at(path, f"one matrix of every layer is all zero, so the adapter changes nothing; {REMEDY}")


def changes_output(adapter: Path) -> bool:
    """Does the adapter in this folder change the layer that makes probabilities of tokens? Raises InputError for
    damaged weights."""
    return any("lm_head" in name for name in read_tensors(adapter / WEIGHTS))


def weights_id(checkpoint: Checkpoint) -> str:
    """What tells what is loaded of a checkpoint from others: for an adapter a hash (64 hex digits) over its base,
    matrices and scaling, whatever else its files say; else, and for a damaged adapter, its content hash."""
    if checkpoint.adapter is None:
        return checkpoint.content_hash
    return _adapter_id(checkpoint.base, checkpoint.adapter, checkpoint.content_hash)


@lru_cache(maxsize=1024)
def _adapter_id(base: str, adapter: Path, content_hash: str) -> str:
    try:
        path = adapter / WEIGHTS
        parts = (base, read_config(adapter).scaling, tensors_sha256(path, read_tensors(path)))
    # What is wrong with it is told where it is checked.
    except InputError:
        return content_hash
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _is_zero(path: Path, tensors: Mapping[str, Tensor]) -> bool:
    """Has every layer a matrix of zeros alone?"""
    return all(any(all_zero(path, tensors[name]) for name in names.values()) for names in sides_of(tensors).values())
