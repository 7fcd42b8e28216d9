"""A quantised copy of a model, as compressed-tensors writes it: to try a quantised judge without calibration data.

Weights of linear layers are rounded to the nearest of 256 or 16 even steps: with 8 bits a scale for each row, and
activations of 8 bits as they come; with 4 bits a scale for 32 weights, and activations as they are. Calibrated copies
(GPTQ, AWQ) lose less: this one is for trying, and for models small enough to be made on a CPU.

    python tools/quantised_copy.py FOLDER OUT [--bits 8|4]

The format: https://github.com/vllm-project/compressed-tensors.
"""

from __future__ import annotations

import argparse
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

GROUP = 32
_COPIED = ("*.json", "*.jinja", "*.txt", "*.model")
_NOT_COPIED = ("config.json", "model.safetensors.index.json", "training.json")
_IN_WORD = 8  # weights of 4 bits in 32


def main() -> None:
    """Read the command line and write the copy."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--bits", type=int, choices=(8, 4), default=8)
    given = parser.parse_args()
    quantise(given.folder, given.out, given.bits)


def quantise(folder: Path, out: Path, bits: int = 8) -> None:
    """Write a copy of the model in `folder` to the new folder `out`. Raises FileExistsError where that is there."""
    from safetensors.torch import load_file, save_file

    out.mkdir(parents=True)
    for path in sorted({path for pattern in _COPIED for path in folder.glob(pattern)}):
        if path.name not in _NOT_COPIED:
            shutil.copy(path, out / path.name)
    tensors: dict[str, Any] = {}
    for path in sorted(folder.glob("*.safetensors")):
        for name, tensor in load_file(path).items():
            tensors.update(_parts(name, tensor, bits))
    save_file(tensors, out / "model.safetensors", metadata={"format": "pt"})
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    config["quantization_config"] = _configuration(bits)
    (out / "config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")


def _parts(name: str, tensor: torch.Tensor, bits: int) -> Iterator[tuple[str, torch.Tensor]]:
    if not name.endswith("_proj.weight") or tensor.dim() != 2:
        yield name, tensor
    elif bits == 8:
        values, scale = rounded(tensor.float(), 8, tensor.shape[1])
        yield name, values
        yield f"{name}_scale", scale.to(tensor.dtype)
    else:
        values, scale = rounded(tensor.float(), 4, GROUP)
        yield f"{name}_packed", _packed(values)
        yield f"{name}_scale", scale.to(tensor.dtype)
        yield f"{name}_shape", _shape(tensor)


def rounded(weight: torch.Tensor, bits: int, group: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Whole numbers of so many bits, (out, in), and the scale of each `group` of a row, (out, in / group). Raises
    ValueError where rows are no whole number of groups."""
    import torch

    rows, columns = weight.shape
    if columns % group:
        raise ValueError(f"rows of {columns} weights are no whole number of groups of {group}")
    highest = 2 ** (bits - 1) - 1
    grouped = weight.reshape(rows, columns // group, group)
    scale = (grouped.abs().amax(dim=2, keepdim=True) / highest).clamp(min=1e-8)
    values = (grouped / scale).round().clamp(-highest - 1, highest).reshape(rows, columns)
    return values.to(torch.int8), scale.squeeze(2)


def _packed(values: torch.Tensor) -> torch.Tensor:
    """Eight numbers of 4 bits, each with 8 added, in one of 32, the first in the lowest bits."""
    import torch

    digits = (values.to(torch.int64) + _IN_WORD).reshape(len(values), -1, _IN_WORD)
    words = (digits << (4 * torch.arange(_IN_WORD))).sum(dim=2)
    # As a signed number, which is how they are stored.
    return torch.where(words >= 2**31, words - 2**32, words).to(torch.int32)


def _shape(tensor: torch.Tensor) -> torch.Tensor:
    import torch

    return torch.tensor(tensor.shape, dtype=torch.int64)


def _configuration(bits: int) -> dict[str, Any]:
    weights = {"num_bits": bits, "type": "int", "symmetric": True, "dynamic": False}
    weights |= {"strategy": "channel"} if bits == 8 else {"strategy": "group", "group_size": GROUP}
    activations = {"num_bits": 8, "type": "int", "symmetric": True, "dynamic": True, "strategy": "token"}
    group = {"targets": ["Linear"], "weights": weights, "input_activations": activations if bits == 8 else None}
    return {
        "quant_method": "compressed-tensors",
        "format": "int-quantized" if bits == 8 else "pack-quantized",
        "quantization_status": "compressed",
        "config_groups": {"group_0": group},
        "ignore": ["lm_head"],
    }


if __name__ == "__main__":
    main()
