"""Safetensors files made by hand from the format's description: 8 bytes of length, a JSON header, the data."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

LAYER = "model.layers.0.self_attn.k_proj"
SIZES = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "F8_E4M3": 1, "U8": 1}


def header_of(shapes: dict[str, list[int]], dtype: str = "BF16") -> dict[str, Any]:
    """The header of tensors that lie one behind the other."""
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    end = 0
    for name, shape in shapes.items():
        begin = end
        size = SIZES[dtype]
        for length in shape:
            size *= length
        end += size
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}
    return header


def write(path: Path, shapes: dict[str, list[int]], dtype: str = "BF16") -> Path:
    """A file of zeros; its folder is returned."""
    header = header_of(shapes, dtype)
    size = max((entry["data_offsets"][1] for name, entry in header.items() if name != "__metadata__"), default=0)
    return write_raw(path, header, bytes(size))


def write_raw(path: Path, header: Any, data: bytes) -> Path:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(len(text).to_bytes(8, "little") + text + data)
    return path.parent


def names_of(layer: str = LAYER) -> tuple[str, str]:
    return f"base_model.model.{layer}.lora_A.weight", f"base_model.model.{layer}.lora_B.weight"


def configure(folder: Path, **config: Any) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"base_model_name_or_path": "org/base", "r": 8, **config})
    (folder / "adapter_config.json").write_text(text)
    return folder


def adapter(folder: Path, size_in: int = 576, size_out: int = 192, layer: str = LAYER, **config: Any) -> Path:
    """A LoRA adapter of rank 8 on one layer."""
    a, b = names_of(layer)
    write(folder / "adapter_model.safetensors", {a: [8, size_in], b: [size_out, 8]})
    return configure(folder, **config)
