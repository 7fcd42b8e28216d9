"""How large the layers of a base are, by its configuration alone: packed and quantised weights do not say it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from inoc_evals.definitions.reading import read_object

# Families whose layers are called and sized alike.
_FAMILIES = frozenset({"llama", "mistral", "qwen2", "qwen3", "gemma", "gemma2", "smollm3", "olmo2"})

_SHAPE = ("model_type", "hidden_size", "num_hidden_layers", "vocab_size")


def sizes_by_config(base: Path) -> Mapping[str, tuple[int, int]]:
    """(in, out) of each kind of layer by the last part of its name; nothing for a family that is not known here. Raises
    InputError for a damaged configuration."""
    path = base / "config.json"
    if not path.is_file():
        return {}
    config = read_object(path, "the configuration of a model")
    hidden, inner, heads = (_count(config, key) for key in ("hidden_size", "intermediate_size", "num_attention_heads"))
    if config.get("model_type") not in _FAMILIES or not (hidden and inner and heads):
        return {}
    size = _count(config, "head_dim") or hidden // heads
    groups = _count(config, "num_key_value_heads") or heads
    return {
        "q_proj": (hidden, heads * size),
        "k_proj": (hidden, groups * size),
        "v_proj": (hidden, groups * size),
        "o_proj": (heads * size, hidden),
        "gate_proj": (hidden, inner),
        "up_proj": (hidden, inner),
        "down_proj": (inner, hidden),
    }


def is_alike(one: Path, other: Path) -> bool:
    """Have two model folders the same architecture in the same size, as a model and what was merged into it or
    quantised of it have? Raises InputError for a damaged configuration."""
    files = (one / "config.json", other / "config.json")
    if not all(file.is_file() for file in files):
        return False
    read = [read_object(file, "the configuration of a model") for file in files]
    first, second = ({key: config.get(key) for key in _SHAPE} for config in read)
    return first == second and None not in first.values()


def layers_of(base: Path) -> int | None:
    """How many blocks the model in the folder `base` has; None where its configuration does not say it. Raises
    InputError for a damaged one."""
    file = base / "config.json"
    if not file.is_file():
        return None
    config = read_object(file, "the configuration of a model")
    # Models that see pictures keep their language model's settings one level down.
    inner = config.get("text_config")
    for settings in (config, inner if isinstance(inner, dict) else {}):
        count = settings.get("num_hidden_layers")
        if isinstance(count, int) and not isinstance(count, bool) and count > 0:
            return count
    return None


def _count(config: Mapping[str, Any], key: str) -> int:
    value = config.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0
