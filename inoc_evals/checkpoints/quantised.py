"""Weights of fewer bits than they were trained in: how a folder says so, in the words of those who make them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inoc_evals.definitions.reading import read_object
from inoc_evals.definitions.words import shown
from inoc_evals.errors import InputError
from inoc_evals.tensors import read_tensors

CONFIG = "config.json"
# Where a configuration says it; transformers writes the first one.
_KEYS = ("quantization_config", "compression_config")
# Parts of the configuration of a model that reads more than text.
_PARTS = ("text_config", "llm_config", "language_config")
# What older programs write beside config.json in its place, which no server reads by itself.
_BESIDE = ("quantize_config.json", "quant_config.json")
# Names of packed weights, by which a folder shows that it is quantised whatever its configuration says.
_PACKED = (".qweight", ".weight_packed", ".SCB", ".weight.absmax", ".weight.quant_state.bitsandbytes__nf4")
_CALLED: Mapping[str, str] = {
    "gptq": "GPTQ",
    "awq": "AWQ",
    "fp8": "fp8",
    "bitsandbytes": "bitsandbytes",
    "compressed-tensors": "compressed-tensors",
}


@dataclass(frozen=True)
class Quantisation:
    """`method` is the maker's own name of it, in small letters; `settings` are what the configuration says. `bits` are
    those of a weight, `activations` those in which layers compute, None where they have the model's own numbers or the
    configuration does not say; `group` is how many weights share a scale, None for a whole row or layer."""

    method: str
    settings: Mapping[str, Any]
    bits: int | None = None
    activations: int | None = None
    group: int | None = None
    floating: bool = False

    def words(self) -> str:
        """Such as "GPTQ, weights of 4 bits in groups of 128"."""
        told = [_CALLED.get(self.method, self.method)]
        if self.bits is not None:
            kind = "floating-point weights" if self.floating else "weights"
            groups = f" in groups of {self.group}" if self.group is not None else ""
            told.append(f"{kind} of {self.bits} bits{groups}")
        if self.activations is not None:
            told.append(f"activations of {self.activations}")
        return ", ".join(told)


def quantisation_of(folder: Path) -> Quantisation | None:
    """What the model in `folder` says of its quantisation; None where its weights are plain.

    Raises InputError for a configuration that cannot be read, and for packed weights of which it says nothing: a server
    would take them for plain ones.
    """
    found = configured(folder / CONFIG)
    if found is None and (packed := _packed(folder)) is not None:
        beside = next((name for name in _BESIDE if (folder / name).is_file()), None)
        remedy = f"put what {beside} says there" if beside else "copy the one of the model's makers"
        message = f"the weights are packed ({packed}), and there is no quantization_config in it; {remedy}"
        raise InputError.at(folder / CONFIG, message)
    return found


def configured(path: Path) -> Quantisation | None:
    """What a config.json says of quantisation; None where it says nothing. Raises InputError for one that cannot be
    read, or that says it otherwise than any program writes it."""
    config = read_object(path, "the configuration of a model", allow_nan=True)
    parts = [config, *(part for name in _PARTS if isinstance(part := config.get(name), dict))]
    for part, key in ((part, key) for part in parts for key in _KEYS):
        settings = part.get(key)
        if settings is None:
            continue
        if not isinstance(settings, dict) or not isinstance(settings.get("quant_method"), str):
            message = f"{key} has no quant_method, so that nobody can tell how the weights are packed; add its name"
            raise InputError.at(path, message)
        return _read(path, settings)
    return None


def _read(path: Path, settings: Mapping[str, Any]) -> Quantisation:
    method = settings["quant_method"].lower().replace("_", "-")
    if method == "compressed-tensors":
        return _compressed(path, settings)
    bits = next((settings[key] for key in ("bits", "w_bit") if key in settings), None)
    if method == "bitsandbytes":
        bits = 4 if settings.get("load_in_4bit") else 8 if settings.get("load_in_8bit") else None
    floating = method == "fp8"
    activations = 8 if floating else None
    group = next((settings[key] for key in ("group_size", "q_group_size") if key in settings), None)
    return Quantisation(method, settings, _number(8 if floating else bits), activations, _group(group), floating)


def _compressed(path: Path, settings: Mapping[str, Any]) -> Quantisation:
    """Of several groups of layers the one with the fewest bits."""
    groups = settings.get("config_groups")
    listed = [group for group in groups.values() if isinstance(group, dict)] if isinstance(groups, dict) else []
    weights = [group["weights"] for group in listed if isinstance(group.get("weights"), dict)]
    if not weights:
        message = f"its quantization_config has no weights under config_groups ({shown(groups)}); restore the file"
        raise InputError.at(path, message)
    least = min(weights, key=lambda one: _number(one.get("num_bits")) or 16)
    inputs = [group["input_activations"] for group in listed if isinstance(group.get("input_activations"), dict)]
    activations = min((bits for one in inputs if (bits := _number(one.get("num_bits"))) is not None), default=None)
    return Quantisation(
        "compressed-tensors",
        settings,
        _number(least.get("num_bits")),
        activations,
        _group(least.get("group_size")),
        least.get("type") == "float",
    )


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _group(value: object) -> int | None:
    number = _number(value)
    return number if number is not None and number > 0 else None


def _packed(folder: Path) -> str | None:
    """The name of a packed weight in the folder, if it has any. Damaged files are told by others."""
    for path in sorted(folder.glob("*.safetensors")):
        try:
            tensors = read_tensors(path)
        except InputError:
            continue
        if packed := next((name for name in sorted(tensors) if name.endswith(_PACKED)), None):
            return packed
    return None
