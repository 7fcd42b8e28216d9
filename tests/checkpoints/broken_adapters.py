"""A small real adapter, and all the ways in which it is broken here, by code."""

from __future__ import annotations

import json
import shutil
import struct
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

CONFIG, WEIGHTS, RECORD = "adapter_config.json", "adapter_model.safetensors", "training.json"
Tensors = dict[str, Any]
Break = Callable[[Path], None]


def make_real(base: Path, folder: Path, seed: int = 0, scale: float = 0.5) -> Path:
    """An adapter of the model in `base` as PEFT writes it, whose matrices are all in use."""
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    torch.manual_seed(seed)
    config = LoraConfig(r=4, lora_alpha=8, target_modules=["q_proj", "v_proj", "up_proj"], task_type="CAUSAL_LM")
    model = get_peft_model(AutoModelForCausalLM.from_pretrained(base), config)
    with torch.no_grad():
        for name, weights in model.named_parameters():
            if "lora_B" in name:
                weights.normal_(std=scale)
    model.save_pretrained(folder)
    return folder


def configure(folder: Path, **changed: Any) -> None:
    """Change the configuration; a value of None takes the key out."""
    path = folder / CONFIG
    config = {**json.loads(path.read_text()), **changed}
    path.write_text(json.dumps({key: value for key, value in config.items() if value is not None}))


def change(folder: Path, how: Callable[[Tensors], Mapping[str, Any]], **metadata: str) -> None:
    """Write the weights anew as `how` makes them."""
    from safetensors.numpy import load_file, save_file

    tensors = load_file(folder / WEIGHTS)
    save_file(dict(how(tensors)), folder / WEIGHTS, {"format": "pt", **metadata})


def configured(**changed: Any) -> Break:
    return lambda folder: configure(folder, **changed)


def each(wanted: str, how: Callable[[Any], Any]) -> Break:
    """The tensors with `wanted` in their names are what `how` makes of them."""
    return lambda folder: change(
        folder, lambda tensors: {name: how(value) if wanted in name else value for name, value in tensors.items()}
    )


def renamed(old: str, new: str) -> Break:
    return lambda folder: change(folder, lambda tensors: {name.replace(old, new): v for name, v in tensors.items()})


def without(wanted: str) -> Break:
    return lambda folder: change(folder, lambda tensors: {n: v for n, v in tensors.items() if wanted not in n})


def spoilt(wanted: str, place: int, number: float) -> Break:
    """One number is another."""

    def spoil(value: Any) -> Any:
        spoiled = value.copy()
        spoiled.flat[place] = number
        return spoiled

    return each(wanted, spoil)


def cut(share: float, more: int = 0) -> Break:
    def shorten(folder: Path) -> None:
        data = (folder / WEIGHTS).read_bytes()
        (folder / WEIGHTS).write_bytes(data[: int(len(data) * share) + more])

    return shorten


def garbled(folder: Path) -> None:
    data = (folder / WEIGHTS).read_bytes()
    (folder / WEIGHTS).write_bytes(struct.pack("<Q", len(data) * 2) + data[8:])


def beyond_half(value: Any) -> Any:
    """In half precision, which has no number so large."""
    with np.errstate(over="ignore"):
        return (value * 1e9).astype(np.float16)


def both_halves(folder: Path) -> None:
    """One side of one layer is zero, and the other side of the others."""
    change(
        folder,
        lambda tensors: {
            name: np.zeros_like(value) if ("lora_A" in name) == ("layers.0." in name) else value
            for name, value in tensors.items()
        },
    )


def recorded(folder: Path) -> None:
    """The record of a training of ours names another base."""
    (folder / RECORD).write_text(json.dumps({"base": "another-model", "base_sha256": "0" * 64}))


def shaped(wanted: str, shape: tuple[int, int]) -> Break:
    return each(wanted, lambda _: np.ones(shape, np.float32))


def exchanged(folder: Path) -> None:
    """A layer of 16 inputs and 32 outputs has matrices for 32 inputs and 16 outputs."""
    shaped("layers.0.mlp.up_proj.lora_A", (4, 32))(folder)
    shaped("layers.0.mlp.up_proj.lora_B", (16, 4))(folder)


def swapped(folder: Path) -> None:
    """lora_A and lora_B under each other's names."""
    change(
        folder,
        lambda tensors: {
            name.replace("lora_A", "lora_?").replace("lora_B", "lora_A").replace("lora_?", "lora_B"): value
            for name, value in tensors.items()
        },
    )


# What is wrong with one adapter by itself, whatever it is served on.
ALONE: dict[str, Break] = {
    "zero: all of B": each("lora_B", np.zeros_like),
    "zero: all of A": each("lora_A", np.zeros_like),
    "zero: everything": each("lora", np.zeros_like),
    "zero: below zero": each("lora_B", lambda value: -np.zeros_like(value)),
    "zero: in half precision": each("lora_B", lambda value: np.zeros(value.shape, np.float16)),
    "zero: one side each": both_halves,
    "zero: by its alpha": configured(lora_alpha=0),
    "modules: others in the configuration": configured(target_modules=["gate_proj", "down_proj"]),
    "modules: one more in the configuration": configured(target_modules=["q_proj", "v_proj", "up_proj", "o_proj"]),
    "modules: one less in the configuration": configured(target_modules=["q_proj", "v_proj"]),
    "modules: a pattern for others": configured(target_modules=r".*\.self_attn\.(q|v)_proj"),
    "modules: of no kind": renamed("up_proj", "wide_proj"),
    "modules: in a block that is not there": renamed("layers.1.", "layers.7."),
    "modules: of another architecture": renamed("model.layers.", "transformer.h."),
    "modules: one block is missing": without("layers.1."),
    "modules: one kind is missing": without("up_proj"),
    "modules: one A is missing": without("layers.1.mlp.up_proj.lora_A"),
    "modules: all B are missing": without("lora_B"),
    "modules: no LoRA": renamed("lora_", "other_"),
    "modules: A and B exchanged": swapped,
    "truncated: empty": cut(0),
    "truncated: in its length": cut(0, 4),
    "truncated: in its header": cut(0, 200),
    "truncated: in its data": cut(0.5),
    "truncated: the last byte": cut(1, -1),
    "truncated: no header": garbled,
    "truncated: no weights": lambda folder: (folder / WEIGHTS).unlink(),
    "truncated: its configuration": lambda folder: (folder / CONFIG).write_text('{"peft_type": "LORA", "r"'),
    "NaN: in a B": spoilt("layers.0.self_attn.v_proj.lora_B", 0, float("nan")),
    "NaN: at the end of an A": spoilt("layers.1.mlp.up_proj.lora_A", -1, float("nan")),
    "NaN: infinity": spoilt("layers.1.self_attn.q_proj.lora_A", 5, float("inf")),
    "NaN: below all numbers": spoilt("layers.0.mlp.up_proj.lora_B", 7, float("-inf")),
    "NaN: in half precision": each("lora_A", beyond_half),
    "alpha: missing": configured(lora_alpha=None),
    "alpha: a text": configured(lora_alpha="8"),
    "alpha: NaN": configured(lora_alpha=float("nan")),
    "alpha: true": configured(lora_alpha=True),
    "rank: another in the configuration": configured(r=8),
    "rank: a smaller one": configured(r=2),
    "rank: none": configured(r=None),
    "rank: zero": configured(r=0),
    "rank: another for some": configured(rank_pattern={"v_proj": 16}),
    "rank: B is wider": each("layers.0.self_attn.q_proj.lora_B", lambda value: np.hstack([value, value])),
    "base: it was trained for wider layers": shaped("layers.0.self_attn.q_proj.lora_A", (4, 64)),
    "base: its outputs are longer": shaped("layers.1.mlp.up_proj.lora_B", (48, 4)),
    "base: in and out exchanged": exchanged,
    "base: its training had another": recorded,
    "base: none is named": configured(base_model_name_or_path=None),
    "base: it is gone": configured(base_model_name_or_path="/nowhere/at/all/another"),
}


def copied(folder: Path, out: Path) -> Path:
    return Path(shutil.copytree(folder, out))
