"""Do the layers that an adapter has matrices for agree with its configuration, and with the layers of its base?"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from pathlib import Path

from inoc_evals.checkpoints.adapter import CONFIG, AdapterConfig
from inoc_evals.checkpoints.sizes import layers_of
from inoc_evals.errors import InputError
from inoc_evals.tensors import read_tensors

# A head that shares the embedding's weights has none of its own in the file.
_TIED = ("lm_head", "embed_tokens", "wte")
_SHOWN = 3
# The first number in a name is the block's.
_NUMBER = re.compile(r"\.(\d+)\.")


def base_layers(base: Path) -> dict[str, int]:
    """The layers of the model in the folder `base` by name, with the number of axes of the widest of their tensors.
    Raises InputError for damaged files."""
    found: dict[str, int] = {}
    for path in sorted(base.glob("*.safetensors")):
        for name, tensor in read_tensors(path).items():
            layer = name.rpartition(".")[0]
            found[layer] = max(found.get(layer, 0), len(tensor.shape))
    return found


def check_targets(adapter: Path, config: AdapterConfig, layers: Collection[str], base: Path | None) -> None:
    """Raise InputError if the `layers` that the adapter in the folder `adapter` has matrices for are others than its
    configuration's targets, are not in the model in the folder `base` (None where it is not here), or leave out some
    that the configuration targets there.

    Only layers of stacks (what stands before the number of a layer) that both have are judged against the base: parts
    that are named otherwise there, or are no part of the language model, cannot be told from what is missing.
    """
    _check_named(adapter, config, layers)
    if base is None:
        return
    there = base_layers(base)
    known = [layer for layer in layers if layer in there]
    if not known:
        _check_kinds(adapter, layers, there, base)
        return
    stacks = {_stack(layer) for layer in known}
    judged = [layer for layer in layers if _is_plain(layer) and _stack(layer) in stacks]
    if strange := [layer for layer in judged if layer not in there]:
        remedy = f"the base {base.name} has no such layer; serve the base it was trained on"
        raise InputError.at(adapter, f"it has matrices for {_some(strange)}, and {remedy}")
    if config.partly or not isinstance(config.targets, tuple):
        return
    most = layers_of(base)
    wanted = [layer for layer, axes in there.items() if axes == 2 and _is_plain(layer) and _stack(layer) in stacks]
    wanted = [layer for layer in wanted if _is_target(config.targets, layer) and not _is_beyond(layer, most)]
    if lost := [layer for layer in wanted if layer not in layers]:
        message = f"target_modules names {_some(lost)} of the base {base.name}, for which there are no matrices"
        raise InputError.at(adapter, f"{message}; copy {CONFIG} and weights of one training, whole")


def _check_named(adapter: Path, config: AdapterConfig, layers: Iterable[str]) -> None:
    if config.targets is None or config.experts or config.targets == "all-linear":
        return
    if strange := [layer for layer in layers if _is_plain(layer) and not _is_target(config.targets, layer)]:
        named = config.targets if isinstance(config.targets, str) else ", ".join(config.targets)
        message = f"there are matrices for {_some(strange)}, but target_modules in {CONFIG} is {named[:80]}"
        raise InputError.at(adapter, f"{message}; copy {CONFIG} and weights of one training")


def _check_kinds(adapter: Path, layers: Iterable[str], there: Iterable[str], base: Path) -> None:
    """Where no name agrees, as between versions of a library, what the stack and the layer are called still does."""
    kinds = {_kind(layer) for layer in there}
    plain = [layer for layer in layers if _is_plain(layer)]
    if plain and kinds and not any(_kind(layer) in kinds for layer in plain):
        remedy = f"the base {base.name} has nothing of that kind; serve the base it was trained on"
        raise InputError.at(adapter, f"it has matrices for {_some(plain)}, and {remedy}")


def _is_target(targets: tuple[str, ...] | str, layer: str) -> bool:
    """As PEFT decides it: a list names ends of names, a text is a regular expression for all of a name."""
    if isinstance(targets, tuple):
        return any(layer == name or layer.endswith(f".{name}") for name in targets)
    try:
        return re.fullmatch(targets, layer) is not None
    except (re.error, RecursionError, OverflowError):
        return True


def _is_plain(layer: str) -> bool:
    return ".experts" not in layer and layer.rpartition(".")[2] not in _TIED


def _stack(layer: str) -> str:
    found = _NUMBER.search(layer)
    return layer[: found.start()] if found else ""


def _kind(layer: str) -> tuple[str, str]:
    return _stack(layer).rpartition(".")[2], layer.rpartition(".")[2]


def _is_beyond(layer: str, most: int | None) -> bool:
    """Is it of a block that only predicts further tokens, and that nobody trains?"""
    found = _NUMBER.search(layer)
    return most is not None and found is not None and int(found[1]) >= most


def _some(layers: Collection[str]) -> str:
    shown = ", ".join(list(layers)[:_SHOWN])
    return shown if len(layers) <= _SHOWN else f"{shown} and {len(layers) - _SHOWN} more"
