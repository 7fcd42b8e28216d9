"""Is a LoRA adapter whole, and does it fit its base? vLLM serves much of what is neither, silently."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from inoc_evals.checkpoints.adapter import CONFIG, WEIGHTS, AdapterConfig, read_config
from inoc_evals.checkpoints.weights import Shape, Tensor, check_finite, read_tensors
from inoc_evals.errors import InputError

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
    that only one of the two names are not judged.
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
    sides: dict[str, dict[str, Shape]] = {}
    for name, tensor in tensors.items():
        found = _LORA.fullmatch(name)
        if found is None or (found["name"] or "").endswith(".bias"):
            continue
        if len(tensor.shape) < 2 or 0 in tensor.shape:
            raise InputError.at(path, f"{name} is no matrix but {_size(tensor.shape)}; copy the weights again")
        sides.setdefault(found["layer"].removeprefix(_PREFIX), {})[found["side"]] = tensor.shape
    if not sides:
        raise InputError.at(path, "there is no LoRA matrix in it; name the folder of a LoRA adapter")
    for layer, shapes in sides.items():
        if lost := {"A", "B"} - shapes.keys():
            raise InputError.at(path, f"{layer} has no lora_{lost.pop()}; copy the weights again")
    return {layer: Matrices(shapes["A"], shapes["B"]) for layer, shapes in sides.items()}


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
    layers = base_shapes(base)
    for name, pair in matrices.items():
        layer = layers.get(f"{name}.weight", ())
        if len(layer) != 2:
            continue
        # Linear layers store (out, in) and some older models (in, out), so either is taken.
        for size in (pair.a[1], pair.b[0]):
            if size not in layer:
                remedy = f"the base {base.name} has {_size(layer)} there; serve the base it was trained on"
                raise InputError.at(adapter, f"{name} was trained for a size of {size}, {remedy}")


def _size(shape: Shape) -> str:
    return " x ".join(map(str, shape)) or "a single number"
