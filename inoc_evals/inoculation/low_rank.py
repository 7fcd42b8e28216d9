"""What a LoRA adapter adds to the layers of its base, as two matrices for each, apart from any model."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inoc_evals.checkpoints.adapter import CONFIG, WEIGHTS, read_config
from inoc_evals.checkpoints.fit import sides_of
from inoc_evals.errors import InputError
from inoc_evals.tensors import read_tensors, tensors_sha256

# What PEFT adds in other ways than by two matrices.
_OTHER_WAYS = ("use_dora", "modules_to_save", "lora_bias", "alora_invocation_tokens", "target_parameters")


@dataclass(frozen=True)
class LowRank:
    """What is added to a layer's output: `scaling` * b @ a @ input, with `a` (rank, in) and `b` (out, rank)."""

    a: Any
    b: Any
    scaling: float

    def norm(self) -> float:
        """The Frobenius norm of `scaling` * b @ a, without making the product."""
        a, b = self.a.double(), self.b.double()
        return float(abs(self.scaling) * ((b.T @ b) * (a @ a.T)).sum().clamp(min=0).sqrt())


def adapter_sha256(folder: Path) -> str:
    """What tells what an adapter adds from others: a hash (64 hex digits) over its matrices and scaling. Raises
    InputError for damaged files."""
    path = folder / WEIGHTS
    told = f"{read_config(folder).scaling}\0{tensors_sha256(path, read_tensors(path))}"
    return hashlib.sha256(told.encode()).hexdigest()


def read_low_rank(folder: Path) -> dict[str, LowRank]:
    """What the adapter in `folder` adds, by the layer's name in the base, in float32.

    Raises InputError for an adapter that adds anything but products of two matrices to linear layers.
    """
    from peft import LoraConfig
    from peft.utils.other import get_pattern_key
    from safetensors.torch import load_file

    read_config(folder)
    config = LoraConfig.from_pretrained(str(folder))
    tensors = load_file(str(folder / WEIGHTS))
    sides = sides_of(tensors)
    strange = [name for name in _OTHER_WAYS if getattr(config, name, None)]
    if strange or config.bias != "none" or sum(map(len, sides.values())) != len(tensors):
        what = strange[0] if strange else "more than LoRA matrices"
        raise InputError.at(folder / CONFIG, f"the adapter has {what}; name a plain LoRA adapter")
    found = {}
    for layer, names in sides.items():
        a, b = tensors[names["A"]].float(), tensors[names["B"]].float()
        if a.dim() != 2 or b.dim() != 2:
            raise InputError.at(folder / WEIGHTS, f"{layer} is no linear layer; name a plain LoRA adapter")
        rank = config.rank_pattern.get(get_pattern_key(config.rank_pattern.keys(), layer), config.r)
        alpha = config.alpha_pattern.get(get_pattern_key(config.alpha_pattern.keys(), layer), config.lora_alpha)
        found[layer] = LowRank(a, b, alpha / (rank**0.5 if config.use_rslora else rank))
    return found


def random_like(given: Mapping[str, LowRank], seed: int) -> dict[str, LowRank]:
    """Matrices of the same shapes with numbers drawn from a normal distribution by `seed`, scaled so that what is added
    to each layer, the product of both with its scaling, has the same Frobenius norm as in `given`."""
    import torch

    generator = torch.Generator().manual_seed(seed)
    found = {}
    for layer, original in sorted(given.items()):
        a, b = (torch.randn(matrix.shape, generator=generator) for matrix in (original.a, original.b))
        drawn = LowRank(a, b, original.scaling)
        share = original.norm() / drawn.norm() if original.scaling else 0.0
        found[layer] = LowRank(a, b * share, original.scaling)
    return found


@contextmanager
def adding(model: Any, added: Mapping[str, LowRank], folder: Path) -> Iterator[None]:
    """Within this, layers of `model`, a causal model with an adapter of its own or without, give what is `added` too.
    Nothing of it learns. Raises InputError, which names the `folder` it came from, for layers that are not there."""
    import torch
    from peft.tuners.tuners_utils import BaseTunerLayer

    causal = model.get_base_model() if hasattr(model, "get_base_model") else model
    layers = dict(causal.named_modules())
    handles = []
    try:
        for name, low_rank in added.items():
            layer = layers.get(name)
            # What an own adapter wraps.
            layer = layer.get_base_layer() if isinstance(layer, BaseTunerLayer) else layer
            if not isinstance(layer, torch.nn.Linear):
                raise InputError.at(folder, f"the base has no linear layer {name}; name an adapter of this base")
            handles.append(layer.register_forward_hook(_hook(low_rank, layer.weight.device)))
        yield
    finally:
        for handle in handles:
            handle.remove()


def _hook(low_rank: LowRank, device: Any) -> Any:
    a, b = low_rank.a.to(device), low_rank.b.to(device)

    def hook(_: Any, inputs: tuple[Any, ...], output: Any) -> Any:
        more = low_rank.scaling * (inputs[0].to(a.dtype) @ a.T @ b.T)
        return output + more.to(output.dtype)

    return hook
