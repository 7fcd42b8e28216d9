"""Does a LoRA adapter fit its base? vLLM copies small matrices into larger ones and serves the result silently."""

from __future__ import annotations

import json
from pathlib import Path

from inoc_evals.spec.errors import InputError

Shapes = dict[str, tuple[int, ...]]
# Packed and quantised weights have shapes that say nothing about the layer.
_PLAIN = {"F32", "F16", "BF16", "F8_E4M3", "F8_E5M2"}
_MAX_HEADER = 100_000_000
_PREFIX = "base_model.model."


def check_fit(base: Path, adapter: Path) -> None:
    """Raise InputError if a LoRA matrix of `adapter` has another size than the layer of `base` that it belongs to.

    Both are folders. Only safetensors headers are read; layers that only one of the two names are not judged.
    """
    layers: Shapes = {}
    for path in sorted(base.glob("*.safetensors")):
        layers |= tensor_shapes(path)
    for path in sorted(adapter.glob("adapter_model*.safetensors")):
        for key, shape in tensor_shapes(path).items():
            name, _, side = key.removeprefix(_PREFIX).rpartition(".lora_")
            # A is (rank, in) and B is (out, rank).
            size = {"A.weight": shape[-1], "B.weight": shape[0]}.get(side)
            layer = layers.get(f"{name}.weight", ())
            if size is None or len(layer) != 2:
                continue
            # Linear layers store (out, in) and some older models (in, out), so either is taken.
            if size not in layer:
                remedy = f"the base {base.name} has {layer[0]} x {layer[1]} there; serve the base it was trained on"
                raise InputError.at(adapter, f"{name} was trained for a size of {size}, {remedy}")


def tensor_shapes(path: Path) -> Shapes:
    """Names and shapes of the plain tensors of a safetensors file, from its header (length in 8 bytes, then JSON).

    Raises InputError if it is no such file.
    """
    with path.open("rb") as handle:
        length = int.from_bytes(handle.read(8), "little")
        try:
            if length > _MAX_HEADER:
                raise ValueError
            header = json.loads(handle.read(length))
            return {
                name: tuple(entry["shape"])
                for name, entry in header.items()
                if name != "__metadata__" and entry["dtype"] in _PLAIN
            }
        except (ValueError, KeyError, TypeError, AttributeError):
            raise InputError.at(path, "not a safetensors file; copy it again") from None
