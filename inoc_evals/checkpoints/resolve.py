"""What the user points at -> what to serve: base, adapter, content hash."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from inoc_evals.checkpoints.adapter import CONFIG, read_config
from inoc_evals.checkpoints.embedded import NAME, embedded_model
from inoc_evals.checkpoints.gguf import SUFFIX, model_folder
from inoc_evals.checkpoints.hub import Hub, blob_sha256
from inoc_evals.checkpoints.hub_faults import Absent
from inoc_evals.checkpoints.hub_id import HUB, HubId, hub_id, read_hub_id
from inoc_evals.checkpoints.identity import folder_sha256
from inoc_evals.checkpoints.of_hub import fetch, look
from inoc_evals.definitions.reading import read_object
from inoc_evals.definitions.words import near, shown
from inoc_evals.errors import InputError
from inoc_evals.tensors import ordinary_file


@dataclass(frozen=True)
class Checkpoint:
    """`base` is the folder to serve, or a name of it that is still to be resolved, `adapter` the LoRA folder on top of
    it, if any. What the hub has is `pinned`: ORG/NAME/FOLDER@COMMIT.

    `content_hash` (64 hex digits) covers the folder's files; for a model of the hub that is not fetched only `pinned`,
    which is its `base` then. One that is `steered` is a copy that carries the steering, see steered.py.
    """

    kind: Literal["embedded", "hub", "folder", "gguf", "adapter", "steered"]
    reference: str
    base: str
    adapter: Path | None
    rank: int | None
    content_hash: str
    pinned: str | None = None

    @property
    def is_here(self) -> bool:
        """Are its own files on this machine?"""
        return self.adapter is not None or self.base != self.pinned

    @property
    def trained_on(self) -> str:
        """What an adapter that is trained on it should name as its base: the hub's name where it has one and others
        can use it, else the folder."""
        whole = read_hub_id(self.pinned or "")
        return str(whole) if self.kind == "hub" and whole is not None and not whole.folder else self.base


def resolve(
    reference: str,
    *,
    allow_pickle: bool = False,
    progress: Callable[[str], None] = lambda _: None,
    hub: Hub | None = None,
    fetch_models: bool = True,
) -> Checkpoint:
    """Resolve `smollm2`, a local model or LoRA folder, a GGUF file (dequantised into the cache on first use), or what
    the hub has as `org/name[/folder][@revision]`: an adapter, or a model, which stays there unless `fetch_models`.

    Raises InputError for anything else, for missing files, for what the hub does not give, and for weights that are
    only pickled (a pickle can run code when it is loaded) unless `allow_pickle`, which is for folders here.
    """
    if reference == NAME:
        folder = embedded_model(progress).resolve()
        return Checkpoint("embedded", reference, str(folder), None, None, folder_sha256(folder))
    if (name := hub_id(reference)) is not None:
        return _of_hub(name, reference, hub or Hub(progress), fetch_models)
    path = local_path(reference)
    if path is None:
        name = read_hub_id(reference)
        if name is None:
            raise InputError(
                f"{shown(reference)} is no folder, no hub id (org/name) and not {NAME!r}; name one of these"
            )
        try:
            return _of_hub(name, reference, hub or Hub(progress), fetch_models)
        except Absent as error:
            # Most likely a path with a slip in it.
            raise InputError(f"{shown(reference)} is no folder here{_meant(reference)}, and {error}") from error
    if path.is_dir():
        return _local(path.resolve(), reference, allow_pickle)
    if path.is_file() and path.suffix == SUFFIX:
        folder = model_folder(path.resolve(), progress).resolve()
        return Checkpoint("gguf", reference, str(folder), None, None, folder_sha256(folder))
    raise InputError.at(path, "this is a file; name the folder of the model or of the LoRA adapter, or a GGUF file")


def fetched(checkpoint: Checkpoint, hub: Hub) -> Checkpoint:
    """The same checkpoint with its files on this machine. Raises as `resolve` does."""
    if checkpoint.is_here:
        return checkpoint
    return replace(resolve(f"{HUB}{checkpoint.pinned}", hub=hub), reference=checkpoint.reference)


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


def _of_hub(name: HubId, reference: str, hub: Hub, fetch_models: bool) -> Checkpoint:
    weights = look(hub, name)
    pinned = weights.found.pinned
    if weights.kind == "adapter":
        return replace(_local(fetch(hub, weights), reference, False), pinned=pinned)
    if not weights.found.fetched and not fetch_models:
        return Checkpoint("hub", reference, pinned, None, None, hashlib.sha256(pinned.encode()).hexdigest(), pinned)
    folder = fetch(hub, weights)
    _require_weights(folder, "*", False)
    return Checkpoint("hub", reference, str(folder), None, None, folder_sha256(folder, blob_sha256), pinned)


def _meant(reference: str) -> str:
    """The folder beside it that it may have been meant to be."""
    parent = Path(reference).parent
    try:
        beside = [path.name for path in parent.iterdir() if path.is_dir()]
    except OSError:
        return ""
    meant = near(Path(reference).name, beside)
    return f" (did you mean {str(parent / meant)!r}?)" if meant is not None else ""


def _local(path: Path, reference: str, allow_pickle: bool) -> Checkpoint:
    if (path / CONFIG).is_file():
        _require_weights(path, "adapter_model", allow_pickle)
        config = read_config(path)
        return Checkpoint("adapter", reference, config.named_base, path, config.rank, folder_sha256(path))
    if not (path / "config.json").is_file():
        packed = sorted(path.glob(f"*{SUFFIX}"))
        remedy = "a model folder has config.json, a LoRA folder adapter_config.json"
        if packed:
            remedy = f"name its GGUF file itself, as in {packed[0]}"
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
