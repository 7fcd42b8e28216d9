"""Is a LoRA adapter whole, and does it fit its base? vLLM serves much of what is neither, silently."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from inoc_evals.checkpoints.adapter import CONFIG, WEIGHTS, AdapterConfig, read_config
from inoc_evals.checkpoints.sizes import sizes_by_config
from inoc_evals.errors import InputError
from inoc_evals.tensors import Shape, Tensor, check_finite, read_tensors

# Packed and quantised weights have shapes that say nothing about the layer.
_PLAIN = {"F32", "F16", "BF16", "F8_E4M3", "F8_E5M2"}
_PREFIX = "base_model.model."
_LORA = re.compile(r"(?P<layer>.+)\.lora_(?P<embedding>embedding_)?(?P<side>[AB])(?P<name>\..+)?")


class Matrices(NamedTuple):
    """The two matrices of a layer: `a` is (rank, in) and `b` is (out, rank), each perhaps with more axes behind."""

    a: Shape
    b: Shape


def check_fit(base: Path | None, adapter: Path) -> None:
    """Raise InputError if the weights in the folder `adapter` are damaged, hold NaN or infinity, have other ranks than
    its configuration says or no LoRA matrices, or if a matrix has another size than the layer of `base` that it belongs
    to.

    `base` is a folder, or None where it is not here. All of the adapter is read, and the headers of the base; layers
    that only one of the two names are not judged here.
    """
    config = read_config(adapter)
    path = adapter / WEIGHTS
    if not path.exists() and not path.is_symlink():
        raise InputError.at(
            adapter, f"there is no {WEIGHTS}; finish the training, or convert the weights to safetensors"
        )
    tensors = read_tensors(path)
    matrices = lora_matrices(path, tensors)
    for layer, pair in matrices.items():
        _check_ranks(path, layer, pair, config)
    check_finite(path, tensors)
    if base is not None:
        _check_sizes(base, adapter, matrices)


def lora_matrices(path: Path, tensors: Mapping[str, Tensor]) -> dict[str, Matrices]:
    """The LoRA matrices among the `tensors` of the file `path`, by the name of their layer in the base.

    Raises InputError where there are none, where one of two is missing, and for one with fewer than two axes.
    """
    sides = sides_of(tensors)
    for name in (name for names in sides.values() for name in names.values()):
        shape = tensors[name].shape
        if len(shape) < 2 or 0 in shape:
            raise InputError.at(path, f"{name} is no matrix but {_size(shape)}; copy the weights again")
    if not sides:
        raise InputError.at(path, "there is no LoRA matrix in it; name the folder of a LoRA adapter")
    for layer, names in sides.items():
        if lost := {"A", "B"} - names.keys():
            raise InputError.at(path, f"{layer} has no lora_{lost.pop()}; copy the weights again")
    return {layer: Matrices(tensors[names["A"]].shape, tensors[names["B"]].shape) for layer, names in sides.items()}


def sides_of(tensors: Iterable[str]) -> dict[str, dict[str, str]]:
    """The names of LoRA matrices among the names of `tensors`, by the layer in the base and then by side, A or B."""
    sides: dict[str, dict[str, str]] = {}
    for name in tensors:
        found = _LORA.fullmatch(name)
        if found is not None and not (found["name"] or "").endswith(".bias"):
            sides.setdefault(found["layer"].removeprefix(_PREFIX), {})[found["side"]] = name
    return sides


def base_shapes(base: Path) -> dict[str, Shape]:
    """Shapes of the plain tensors of the model in the folder `base`. Raises InputError for damaged files."""
    return {
        name: tensor.shape
        for path in sorted(base.glob("*.safetensors"))
        for name, tensor in read_tensors(path).items()
        if tensor.dtype in _PLAIN
    }


def _check_ranks(path: Path, layer: str, pair: Matrices, config: AdapterConfig) -> None:
    wanted = config.rank_of(layer)
    for side, rank in (("A", pair.a[0]), ("B", pair.b[1])):
        if rank != wanted and not (config.experts and rank % wanted == 0):
            remedy = f"the two do not belong together; copy {CONFIG} and weights of one training"
            raise InputError.at(path, f"lora_{side} of {layer} has rank {rank}, but {CONFIG} says {wanted}: {remedy}")


def _check_sizes(base: Path, adapter: Path, matrices: Mapping[str, Matrices]) -> None:
    layers, sizes = base_shapes(base), sizes_by_config(base)
    for name, pair in matrices.items():
        layer = layers.get(f"{name}.weight", ())
        # As a linear layer stores it, (out, in).
        linear = sizes.get(name.rpartition(".")[2], ())[::-1]
        if len(layer) != 2:
            layer = linear
        if len(layer) != 2 or len(pair.a) != 2 or len(pair.b) != 2:
            continue
        # Some older models store (in, out), so either is taken where the family is not known.
        if (pair.b[0], pair.a[1]) not in ((layer,) if layer == linear else (layer, layer[::-1])):
            remedy = f"the base {base.name} has {_size(layer)} there; serve the base it was trained on"
            trained = _size((pair.b[0], pair.a[1]))
            raise InputError.at(adapter, f"{name} was trained for a size of {trained}, {remedy}")


def _size(shape: Shape) -> str:
    return " x ".join(map(str, shape)) or "a single number"
