"""What the user points at -> what to serve: base, adapter, content hash."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from inoc_evals.checkpoints.adapter import CONFIG, read_config
from inoc_evals.checkpoints.embedded import NAME, embedded_model
from inoc_evals.checkpoints.gguf import SUFFIX, model_folder
from inoc_evals.checkpoints.identity import folder_sha256
from inoc_evals.checkpoints.weights import ordinary_file
from inoc_evals.definitions.reading import read_object
from inoc_evals.definitions.words import shown
from inoc_evals.errors import InputError

HUB_ID = re.compile(r"^[A-Za-z0-9_][\w.-]{0,95}/[\w.-]{1,96}(@[\w./-]{1,100})?\Z", re.ASCII)
# Says that what follows is weights of the hub, where it could also be a model of a provider or a folder.
HUB = "hub:"


@dataclass(frozen=True)
class Checkpoint:
    """`base` is the folder or hub id to serve, `adapter` the LoRA folder on top of it, if any.

    `content_hash` (64 hex digits) covers a local folder's files; for a hub id it covers only the text of the id.
    """

    kind: Literal["embedded", "hub", "folder", "gguf", "adapter"]
    reference: str
    base: str
    adapter: Path | None
    rank: int | None
    content_hash: str


def resolve(
    reference: str, *, allow_pickle: bool = False, progress: Callable[[str], None] = lambda _: None
) -> Checkpoint:
    """Resolve `smollm2`, a local model or LoRA folder, a GGUF file (dequantised into the cache on first use), or a hub
    id `org/name[@revision]` (no network is used for it).

    Raises InputError for anything else, for missing files, and for weights that are only pickled (a pickle can run
    code when it is loaded) unless `allow_pickle`.
    """
    if reference == NAME:
        folder = embedded_model(progress).resolve()
        return Checkpoint("embedded", reference, str(folder), None, None, folder_sha256(folder))
    name = hub_id(reference)
    path = local_path(reference) if name is None else None
    if path is None and name is None and HUB_ID.match(reference):
        name = reference
    if name is not None:
        return Checkpoint("hub", reference, name, None, None, hashlib.sha256(name.encode()).hexdigest())
    if path is None:
        raise InputError(f"{shown(reference)} is no folder, no hub id (org/name) and not {NAME!r}; name one of these")
    if path.is_dir():
        return _local(path.resolve(), reference, allow_pickle)
    if path.is_file() and path.suffix == SUFFIX:
        folder = model_folder(path.resolve(), progress).resolve()
        return Checkpoint("gguf", reference, str(folder), None, None, folder_sha256(folder))
    raise InputError.at(path, "this is a file; name the folder of the model or of the LoRA adapter, or a GGUF file")


def hub_id(reference: str) -> str | None:
    """The id behind hub:, or None without that beginning. Raises InputError for what is no id."""
    if not reference.startswith(HUB):
        return None
    name = reference.removeprefix(HUB)
    if not HUB_ID.match(name):
        raise InputError(f"{shown(name)} is no id of the hub; write {HUB}ORG/NAME or {HUB}ORG/NAME@REVISION")
    return name


def local_path(reference: str) -> Path | None:
    """The file or folder here that `reference` names, or None if there is none.

    Raises InputError for a home folder that nobody has, and for a place that cannot be looked at.
    """
    try:
        path = Path(reference).expanduser()
    except RuntimeError:
        user = reference.partition("/")[0]
        raise InputError(f"{shown(reference)}: there is no user {shown(user[1:])}; write the whole path") from None
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except ValueError:  # a NUL or half a character in the name
        raise InputError(f"{shown(reference)} holds a character that no name may hold; correct it") from None
    except OSError as error:
        raise InputError(f"{shown(reference)} cannot be looked at ({error.strerror}); correct the path") from None
    return path


def _local(path: Path, reference: str, allow_pickle: bool) -> Checkpoint:
    if (path / CONFIG).is_file():
        _require_weights(path, "adapter_model", allow_pickle)
        config = read_config(path)
        return Checkpoint("adapter", reference, config.base, path, config.rank, folder_sha256(path))
    if not (path / "config.json").is_file():
        remedy = "a model folder has config.json, a LoRA folder adapter_config.json"
        raise InputError.at(path, f"neither a model nor a LoRA adapter; {remedy}")
    _require_weights(path, "*", allow_pickle)
    return Checkpoint("folder", reference, str(path), None, None, folder_sha256(path))


def _require_weights(path: Path, stem: str, allow_pickle: bool) -> None:
    for index in path.glob(f"{stem}.safetensors.index.json"):
        shards = read_object(index, "an index of weights").get("weight_map")
        names = set(map(str, shards.values())) if isinstance(shards, dict) else set()
        if lost := sorted(name for name in names if not os.path.isfile(path / name)):  # noqa: PTH113
            raise InputError.at(
                path, f"{', '.join(lost)} named in {index.name} is missing; copy all of the weights here"
            )
    if weights := list(path.glob(f"{stem}.safetensors")):
        for one in weights:
            ordinary_file(one)
        return
    if any(path.glob(f"{stem}.bin")) or any(path.glob(f"{stem}.pt")):
        if allow_pickle:
            return
        raise InputError.at(path, "only pickled weights, which can run code; convert them to safetensors")
    raise InputError.at(path, "there are no safetensors weights; finish the training or copy them here")
