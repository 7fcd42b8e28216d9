from __future__ import annotations

import json
from pathlib import Path

import pytest

from inoc_evals.checkpoints.fit import check_fit
from inoc_evals.spec.errors import InputError

LAYER = "model.layers.0.self_attn.k_proj"


def write(path: Path, shapes: dict[str, list[int]], dtype: str = "BF16") -> Path:
    """A safetensors header by the format's own description; the values behind it are not needed here."""
    header = {"__metadata__": {"format": "pt"}}
    entries = {name: {"dtype": dtype, "shape": shape, "data_offsets": [0, 0]} for name, shape in shapes.items()}
    text = json.dumps(header | entries).encode()
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(len(text).to_bytes(8, "little") + text)
    return path.parent


def adapter(folder: Path, size_in: int, size_out: int, layer: str = LAYER) -> Path:
    names = f"base_model.model.{layer}.lora_A.weight", f"base_model.model.{layer}.lora_B.weight"
    return write(folder / "adapter_model.safetensors", {names[0]: [8, size_in], names[1]: [size_out, 8]})


def test_only_matrices_of_the_layers_size_fit(tmp_path: Path) -> None:
    base = write(tmp_path / "base" / "model.safetensors", {f"{LAYER}.weight": [192, 576]})
    check_fit(base, adapter(tmp_path / "good", 576, 192))
    for size_in, size_out in ((100, 192), (576, 100), (2048, 512)):
        with pytest.raises(InputError, match="has 192 x 576 there"):
            check_fit(base, adapter(tmp_path / f"{size_in}-{size_out}", size_in, size_out))


def test_what_cannot_be_judged_is_let_through(tmp_path: Path) -> None:
    base = write(tmp_path / "base" / "model.safetensors", {f"{LAYER}.weight": [55296, 1]}, dtype="U8")
    check_fit(base, adapter(tmp_path / "packed", 576, 192))
    check_fit(base, adapter(tmp_path / "unknown", 576, 192, layer="other"))


def test_a_cut_file_is_named(tmp_path: Path) -> None:
    base = write(tmp_path / "base" / "model.safetensors", {f"{LAYER}.weight": [192, 576]})
    folder = adapter(tmp_path / "cut", 576, 192)
    whole = (folder / "adapter_model.safetensors").read_bytes()
    for size in (0, 5, 8, 40):
        (folder / "adapter_model.safetensors").write_bytes(whole[:size])
        with pytest.raises(InputError, match="not a safetensors file"):
            check_fit(base, folder)
