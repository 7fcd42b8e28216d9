"""A folder of the hub -> an adapter or a model, by its files, and which of them are needed to serve it."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal

from inoc_evals.checkpoints.adapter import CONFIG, WEIGHTS
from inoc_evals.checkpoints.hub import Hub, HubFolder
from inoc_evals.checkpoints.hub_faults import not_here
from inoc_evals.checkpoints.hub_id import HubId
from inoc_evals.definitions.words import near
from inoc_evals.errors import InputError

MODEL_CONFIG = "config.json"
_TOKENIZER = (
    "tokenizer*.json", "tokenizer*.model", "special_tokens_map.json", "added_tokens.json", "vocab.json", "vocab.txt",
    "merges.txt", "chat_template.*",
)  # fmt: skip
# Of a model all that is small, because architectures differ in what they read; of its weights one set.
_MODEL = ("*.json", "*.txt", "*.model", "*.jinja", "*.tiktoken")
_WHOLE_WEIGHTS = "model*.safetensors"
_PICKLED = ("*.bin", "*.pt", "*.pth", "*.pkl", "*.ckpt")
_MOST = 3
_GGUF = ".gguf"


@dataclass(frozen=True)
class HubWeights:
    """What was found: `names` are the files that it needs."""

    kind: Literal["adapter", "model"]
    found: HubFolder
    names: Set[str]


def is_checkpoint(names: Set[str]) -> bool:
    """Do files of these names make a folder an adapter or a model?"""
    return CONFIG in names or MODEL_CONFIG in names


def look(hub: Hub, asked: HubId) -> HubWeights:
    """What the folder holds. Nothing large is fetched. Raises InputError for a folder that is not there, that holds
    neither an adapter nor a model, whose weights are only pickled, or that the hub does not give."""
    found = hub.find(asked)
    if not found.fetched and not is_checkpoint(found.names):
        raise _nothing(hub, found)
    kind: Literal["adapter", "model"] = "adapter" if CONFIG in found.names else "model"
    if found.fetched:
        return HubWeights(kind, found, found.names)
    weights = {WEIGHTS} & found.names if kind == "adapter" else _weights(found.names)
    if not weights:
        raise _no_weights(hub, found, kind)
    small = (CONFIG, *_TOKENIZER) if kind == "adapter" else _MODEL
    names = weights | {name for name in found.names if any(fnmatchcase(name, pattern) for pattern in small)}
    # A gated repository lists its files for everybody, and gives none.
    hub.file(found, CONFIG if kind == "adapter" else MODEL_CONFIG)
    return HubWeights(kind, found, names)


def fetch(hub: Hub, weights: HubWeights) -> Path:
    """The folder with the files that are needed. Raises InputError and WorkError as `Hub.fetch` does."""
    return hub.fetch(weights.found, weights.names, large=weights.kind == "model")


def _weights(names: Set[str]) -> Set[str]:
    every = {name for name in names if name.endswith(".safetensors") and not name.startswith("adapter_")}
    # Some repositories hold the same weights in the format of their makers too.
    return {name for name in every if fnmatchcase(name, _WHOLE_WEIGHTS)} or every


def _nothing(hub: Hub, found: HubFolder) -> InputError:
    asked = found.hub
    if hub.is_cached(asked):
        return not_here(FileNotFoundError("nobody answers"), asked)
    folders = hub.folders(asked)
    usable = sorted(folder for folder, names in folders.items() if is_checkpoint(names))
    if asked.folder and not any(f"{folder}/".startswith(f"{asked.folder}/") for folder in folders):
        meant = near(asked.folder, usable)
        hint = f"; did you mean {HubId(asked.repository, meant, asked.revision)}?" if meant else _holds(asked, usable)
        return InputError(f"{asked.repository} of the hub has no folder {asked.folder!r}{hint}")
    below = [folder for folder in usable if folder.startswith(f"{asked.folder}/" if asked.folder else "")]
    what = f"{asked} of the hub is neither a model nor a LoRA adapter (no {MODEL_CONFIG}, no {CONFIG})"
    if packed := sorted(name for name in found.names if name.endswith(_GGUF)):
        return InputError(f"{what}; it holds GGUF files: download one of them, such as {packed[0]}, and name that file")
    return InputError(f"{what}{_holds(asked, below)}")


def _holds(asked: HubId, folders: list[str]) -> str:
    if not folders:
        return "; name one that holds safetensors weights"
    some = ", ".join(str(HubId(asked.repository, folder, asked.revision)) for folder in folders[:_MOST])
    more = f" and {len(folders) - _MOST} more" if len(folders) > _MOST else ""
    return f"; there are {some}{more}" if more or len(folders) > 1 else f"; there is {some}"


def _no_weights(hub: Hub, found: HubFolder, kind: str) -> InputError:
    if hub.is_cached(found.hub):
        what = WEIGHTS if kind == "adapter" else "the weights"
        return not_here(FileNotFoundError("nobody answers"), found.hub, what)
    if packed := sorted(name for name in found.names if name.endswith(_GGUF)):
        remedy = f"download one of them, such as {packed[0]}, and name that file"
        return InputError(f"{found.hub} of the hub has its weights only as GGUF files; {remedy}")
    if any(fnmatchcase(name, pattern) for name in found.names for pattern in _PICKLED):
        remedy = "ask its authors for safetensors, or convert a copy of yours and name that folder"
        return InputError(f"{found.hub} of the hub has only pickled weights, which can run code; {remedy}")
    wanted = WEIGHTS if kind == "adapter" else "safetensors weights"
    return InputError(f"{found.hub} of the hub has no {wanted}; name one that has, or another revision")
