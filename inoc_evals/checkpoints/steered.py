"""A checkpoint that is steered, as a folder that a server loads.

A vector that is added to all states behind a layer is a bias of the last matrix in that layer's block (`down_proj`).
Llama's configuration knows such biases (`mlp_bias`), in transformers and in vLLM, and Mistral and Qwen2 are Llama with
other settings. So the steered model is a folder in the cache: links to the same weights, one more file with biases of
which all but one are zero, and a configuration that says so. Adapters stay adapters, on a copy of their configuration
that names this folder as their base: nothing is merged, and nothing is rounded again.

Where weights cannot carry the vector, the folder holds the model as it is and says what is to be added; our own server
adds it by a hook, see steering/hooked.py.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inoc_evals.cache import cache_directory
from inoc_evals.checkpoints.adapter import CONFIG, WEIGHTS
from inoc_evals.checkpoints.hub import Hub
from inoc_evals.checkpoints.named_base import RECORD
from inoc_evals.checkpoints.resolve import Checkpoint, fetched, resolve
from inoc_evals.definitions.arms import Steer
from inoc_evals.definitions.reading import read_object
from inoc_evals.definitions.words import shown
from inoc_evals.errors import InputError
from inoc_evals.files import make_folder, unwritable
from inoc_evals.steering.direction import read_direction
from inoc_evals.steering.hooked import is_hooked, write_hook
from inoc_evals.tensors import read_tensors

if TYPE_CHECKING:
    from inoc_evals.steering.direction import Floats

# Raised when another folder would be made of the same weights and vector.
VERSION = 1
# What the results say of an arm that is steered.
_BY_BIAS, _BY_HOOK = "vLLM, by a bias in the weights", "transformers, by a hook"
BIASES = "steering.safetensors"
_INDEX = "model.safetensors.index.json"
# Architectures that are Llama with the settings that `_as_llama` gives.
_LLAMA = "LlamaForCausalLM"
CARRIED = (_LLAMA, "MistralForCausalLM", "Qwen2ForCausalLM")
_WINDOWS = ("sliding_window", "use_sliding_window", "max_window_layers", "layer_types")
_BESIDE = ("*.json", "*.jinja", "*.model", "*.txt")
_OWN = {"config.json", _INDEX, RECORD}


def steered_checkpoint(checkpoint: Checkpoint, base: Checkpoint, steer: Steer, hub: Hub) -> Checkpoint:
    """The checkpoint, on its `base` or that itself, steered, made on first use.

    Raises InputError for an architecture that transformers does not know, for a direction that was made from another
    model, and for a layer that it does not have.
    """
    path = Path(steer.direction)
    direction = read_direction(path)
    vector = direction.added(steer.layer, steer.strength)
    base = fetched(base, hub)
    direction.check_base(path, base.reference, base.content_hash)
    folder = steered_model(Path(base.base), base.content_hash, steer.layer, vector)
    if checkpoint.adapter is None:
        return replace(resolve(str(folder)), kind="steered", reference=checkpoint.reference, pinned=checkpoint.pinned)
    adapter = _steered_adapter(checkpoint.adapter, checkpoint.content_hash, folder)
    return replace(resolve(str(adapter)), reference=checkpoint.reference, pinned=checkpoint.pinned)


def road(steered: Checkpoint) -> str:
    """What serves a steered checkpoint, and how."""
    return _BY_HOOK if is_hooked(steered.base) else _BY_BIAS


def steered_model(base: Path, base_hash: str, layer: int, vector: Floats) -> Path:
    """The folder of the model in the folder `base`, whose content hash is `base_hash`, with `vector` (width,) added to
    all that `layer` gives: in its weights where they can carry it, else said beside them. Raises InputError where the
    model has another shape, and where transformers does not know it."""
    config = _configuration(base)
    text = config.get_text_config(decoder=True)
    if vector.shape != (text.hidden_size,) or layer >= text.num_hidden_layers:
        has = f"{text.num_hidden_layers} layers of {text.hidden_size} numbers"
        raise InputError.at(base, f"the model has {has}, and the direction another shape; make one from this model")
    settings = _as_llama(base, config.to_dict())
    kind = "hook" if settings is None else "bias"
    key = hashlib.sha256(f"{VERSION}\0{kind}\0{base_hash}\0{layer}\0".encode() + vector.astype("<f4").tobytes())
    files = sorted(base.glob("*.safetensors"))
    weights = {path.name if settings is None else _part(number): path for number, path in enumerate(files)}
    beside = {path.name: path for pattern in _BESIDE for path in base.glob(pattern)}
    ours = {RECORD} if settings is None else _OWN

    def write(draft: Path) -> None:
        if settings is None:
            write_hook(draft, layer, vector)
        else:
            _write_biases(draft, settings, layer, vector, weights)

    links = {name: path for name, path in beside.items() if name not in ours} | weights
    return _in_cache(f"{base.name[:80]}-steered-{key.hexdigest()[:12]}", links, write)


def _write_biases(
    draft: Path, config: Mapping[str, Any], layer: int, vector: Floats, weights: Mapping[str, Path]
) -> None:
    from safetensors.numpy import save_file

    biases = _biases(config, layer, vector)
    places = {name: part for part, path in weights.items() for name in read_tensors(path)}
    save_file(biases, draft / BIASES)
    index = {"metadata": {}, "weight_map": places | dict.fromkeys(biases, BIASES)}
    (draft / _INDEX).write_text(json.dumps(index), encoding="utf-8")
    (draft / "config.json").write_text(json.dumps(config, indent=2), encoding="utf-8")


def _part(number: int) -> str:
    # Where a file is called model.safetensors, transformers reads no index.
    return f"weights-{number:05}.safetensors"


def _configuration(base: Path) -> Any:
    """The configuration of the model, whole. Raises InputError where transformers itself has no such model."""
    from transformers import AutoConfig

    try:
        return AutoConfig.from_pretrained(base, trust_remote_code=False)
    except (ValueError, KeyError) as error:
        kind = read_object(base / "config.json", "the configuration of a model").get("model_type")
        message = (
            f"it cannot be steered: transformers has no model of the type {shown(str(kind))} without code of others"
        )
        raise InputError.at(base, f"{message}; name another model, or update transformers") from error


def _as_llama(base: Path, config: dict[str, Any]) -> dict[str, Any] | None:
    """The configuration, which is whole, as that of a Llama with biases; None where the model is none."""
    written = read_object(base / "config.json", "the configuration of a model")
    kind = str((written.get("architectures") or [""])[0])
    if (
        kind not in CARRIED
        or "quantization_config" in written
        or config.get("mlp_bias")
        or _has_windows(config)
        # Attention in chunks.
        or "dual_chunk_attention_config" in written
        or config.get("hidden_act") != "silu"
    ):
        return None
    if kind != _LLAMA:
        config = {key: value for key, value in config.items() if key not in _WINDOWS}
        # Qwen2 has them but for the last matrix, which gets zeros.
        config |= {"architectures": [_LLAMA], "model_type": "llama", "attention_bias": kind == "Qwen2ForCausalLM"}
        config["inoc_evals_made_from"] = kind
    return {**config, "mlp_bias": True}


def _has_windows(config: Mapping[str, Any]) -> bool:
    if config.get("model_type") == "qwen2":
        return bool(config.get("use_sliding_window"))
    return config.get("sliding_window") is not None


def _biases(config: Mapping[str, Any], layer: int, vector: Floats) -> dict[str, Any]:
    """All biases that the configuration asks for and the weights do not hold."""
    import numpy as np

    wide, narrow = np.zeros(config["intermediate_size"], np.float32), np.zeros(config["hidden_size"], np.float32)
    found: dict[str, Any] = {}
    for number in range(config["num_hidden_layers"]):
        block = f"model.layers.{number}"
        found |= {f"{block}.mlp.gate_proj.bias": wide, f"{block}.mlp.up_proj.bias": wide}
        found[f"{block}.mlp.down_proj.bias"] = vector.astype(np.float32) if number == layer else narrow
        if config.get("inoc_evals_made_from") == "Qwen2ForCausalLM":
            found[f"{block}.self_attn.o_proj.bias"] = narrow
    return found


def _steered_adapter(adapter: Path, content_hash: str, base: Path) -> Path:
    """A folder of the same adapter whose base is the steered model in the folder `base`."""
    key = hashlib.sha256(f"{VERSION}\0{content_hash}\0{base}".encode()).hexdigest()
    links = {WEIGHTS: adapter / WEIGHTS}

    def write(draft: Path) -> None:
        config = read_object(adapter / CONFIG, "the configuration of a LoRA adapter")
        config |= {"base_model_name_or_path": str(base), "revision": None}
        (draft / CONFIG).write_text(json.dumps(config, indent=2), encoding="utf-8")
        if (adapter / RECORD).is_file():
            record = read_object(adapter / RECORD, "the record of a training")
            record |= {"base": base.name, "base_sha256": None, "steered_from": record.get("base")}
            (draft / RECORD).write_text(json.dumps(record, indent=2), encoding="utf-8")

    return _in_cache(f"{adapter.name[:80]}-steered-{key[:12]}", links, write)


def _in_cache(name: str, links: Mapping[str, Path], write: Callable[[Path], None]) -> Path:
    """The folder of this name in the cache with these links, and what `write` puts beside them. It is made anew where
    what it links to has gone elsewhere. Only a whole folder ever bears the name."""
    folder = make_folder(cache_directory()).resolve() / name
    leads_to = {name: path.resolve() for name, path in links.items()}
    if folder.is_dir() and all((folder / name).resolve() == path for name, path in leads_to.items()):
        return folder
    try:
        with tempfile.TemporaryDirectory(prefix=".steered-", dir=folder.parent) as scratch:
            draft = Path(scratch) / "folder"
            draft.mkdir()
            write(draft)
            for link, path in leads_to.items():
                (draft / link).symlink_to(path)
            if folder.is_dir():
                shutil.rmtree(folder)
            try:
                draft.replace(folder)
            except OSError:
                # Another process was faster.
                if not os.path.isdir(folder):  # noqa: PTH112
                    raise
    except OSError as error:
        raise unwritable(folder, error) from error
    return folder
