"""Content hashes: the same name with new weights is a new checkpoint."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from inoc_evals.files import file_sha256
from inoc_evals.tensors import ordinary_file

# What decides how a model answers. Logs, optimiser states and model cards do not.
_PARTS = ("*.safetensors", "*.gguf", "*.bin", "*.pt", "*.json", "*.jinja", "*.model", "*.txt")
_NOT_PARTS = {"training.json", "judge.json", "trainer_state.json", "training_args.bin"}
_NOT_PARTS |= {"optimizer.pt", "optimizer.bin", "scheduler.pt"}


def identity_digest(identity: Mapping[str, Any]) -> str:
    """What tells things of other `identity`, plain JSON, apart in names of files: 12 hex digits of its SHA-256."""
    return hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()[:12]


def folder_sha256(folder: Path, sha256: Callable[[Path], str] = file_sha256) -> str:
    """Hash (64 hex digits) over names and contents of the weight, configuration and tokenizer files of `folder`;
    `sha256` tells that of a file.

    Folders in it do not count. Raises InputError for a link to nothing, a pipe or a device among those files.
    """
    digest = hashlib.sha256()
    for path in sorted({path for pattern in _PARTS for path in folder.glob(pattern)}):
        if path.name not in _NOT_PARTS and not path.is_dir():
            ordinary_file(path)
            digest.update(f"{path.name}\0{sha256(path)}\n".encode())
    return digest.hexdigest()
