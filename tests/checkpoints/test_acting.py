"""What is told of adapters from their files alone; every file is written here by hand."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inoc_evals.checkpoints.acting import check_adapter, weights_id
from inoc_evals.checkpoints.named_base import check_base
from inoc_evals.checkpoints.resolve import Checkpoint
from inoc_evals.errors import InputError
from inoc_evals.tensors import all_zero, read_tensors
from tests.checkpoints.safetensors_files import LAYER, configure, header_of, names_of, write, write_raw

WEIGHTS = "adapter_model.safetensors"
ALL = {"lora_alpha": 16, "target_modules": ["k_proj"]}


def filled(path: Path, shapes: dict[str, list[int]], data: bytes | None = None, dtype: str = "F32") -> Path:
    """A file of ones, or of what is given."""
    header = header_of(shapes, dtype)
    size = max(entry["data_offsets"][1] for name, entry in header.items() if name != "__metadata__")
    return write_raw(path, header, data if data is not None else struct.pack("<f", 1.0) * (size // 4))


def adapter(folder: Path, layers: tuple[str, ...] = (LAYER,), **config: Any) -> Path:
    shapes = {}
    for layer in layers:
        a, b = names_of(layer)
        shapes |= {a: [8, 576], b: [192, 8]}
    filled(folder / WEIGHTS, shapes)
    return configure(folder, **{**ALL, **config})


def model(folder: Path, blocks: int = 2, **more: list[int]) -> Path:
    shapes = {f"model.layers.{n}.self_attn.k_proj.weight": [192, 576] for n in range(blocks)}
    shapes |= {f"model.layers.{n}.self_attn.q_proj.weight": [576, 576] for n in range(blocks)}
    return write(folder / "model.safetensors", {**shapes, **more})


def refused(base: Path | str, folder: Path, words: str) -> None:
    with pytest.raises(InputError) as caught:
        check_adapter(str(base), folder)
    message = str(caught.value)
    assert words in message
    assert "\n" not in message


BOTH = tuple(f"model.layers.{number}.self_attn.k_proj" for number in range(2))


def test_matrices_for_all_that_is_targeted_are_whole(tmp_path: Path) -> None:
    base = model(tmp_path / "base")
    whole = adapter(tmp_path / "a", BOTH, base_model_name_or_path=str(base))
    check_adapter(str(base), whole)
    configure(whole, **ALL, base_model_name_or_path=str(base) + "/")
    check_adapter(str(base), whole)


@pytest.mark.parametrize(
    ("layers", "config", "words"),
    [
        (BOTH, {"lora_alpha": None}, "lora_alpha is missing"),
        (BOTH, {"lora_alpha": 0}, "lora_alpha is 0, so the adapter changes nothing"),
        (BOTH[:1], {}, "target_modules names model.layers.1.self_attn.k_proj of the base base"),
        (BOTH, {"target_modules": ["q_proj"]}, "but target_modules in adapter_config.json is q_proj"),
        (BOTH, {"target_modules": ["q_proj", "k_proj"]}, "target_modules names model.layers.0.self_attn.q_proj, model"),
        (BOTH, {"target_modules": r".*v_proj"}, "but target_modules in adapter_config.json is .*v_proj"),
        (BOTH, {"target_modules": [7]}, "target_modules is no list of names"),
        (
            (*BOTH, "model.layers.2.self_attn.k_proj"),
            {},
            "it has matrices for model.layers.2.self_attn.k_proj, and the base base has no such layer",
        ),
        (("transformer.h.0.self_attn.k_proj",), {}, "has nothing of that kind"),
        (("model.layers.0.self_attn.z_proj",), {"target_modules": ["z_proj"]}, "has nothing of that kind"),
    ],
)
def test_what_disagrees_with_configuration_or_base_is_refused(
    tmp_path: Path, layers: tuple[str, ...], config: dict[str, Any], words: str
) -> None:
    base = model(tmp_path / "base")
    refused(base, adapter(tmp_path / "a", layers, base_model_name_or_path=str(base), **config), words)


@pytest.mark.parametrize(
    ("layers", "config"),
    [
        (BOTH[:1], {"layers_to_transform": [0]}),
        (BOTH, {"target_modules": "all-linear"}),
        (BOTH, {"target_modules": r"model\.layers\.\d+\.self_attn\.k_proj"}),
        # A list of the usual names, some of which this architecture does not have.
        (BOTH, {"target_modules": ["k_proj", "c_attn", "query_key_value"]}),
        # Named as another version of the library does.
        (tuple(f"language_model.{layer}" for layer in BOTH), {}),
    ],
)
def test_what_may_be_right_is_let_through(tmp_path: Path, layers: tuple[str, ...], config: dict[str, Any]) -> None:
    extra = {"vision.encoder.layers.0.k_proj.weight": [192, 576], "mtp.layers.0.self_attn.k_proj.weight": [192, 576]}
    base = model(tmp_path / "base", **extra)
    check_adapter(str(base), adapter(tmp_path / "a", layers, base_model_name_or_path=str(base), **config))


def test_blocks_that_only_predict_further_tokens_need_no_matrices(tmp_path: Path) -> None:
    base = model(tmp_path / "base", blocks=3)
    folder = adapter(tmp_path / "a", BOTH, base_model_name_or_path=str(base))
    refused(base, folder, "model.layers.2.self_attn.k_proj of the base")
    (base / "config.json").write_text(json.dumps({"num_hidden_layers": 2}))
    check_adapter(str(base), folder)


def test_a_packed_base_is_judged_by_its_configuration(tmp_path: Path) -> None:
    base = write(tmp_path / "base" / "model.safetensors", {f"{LAYER}.weight": [55296, 1]}, dtype="U8")
    folder = adapter(tmp_path / "a", base_model_name_or_path=str(base))
    check_adapter(str(base), folder)
    config = {"model_type": "llama", "hidden_size": 576, "intermediate_size": 1536, "num_attention_heads": 9}
    (base / "config.json").write_text(json.dumps({**config, "num_key_value_heads": 3}))
    check_adapter(str(base), folder)
    (base / "config.json").write_text(json.dumps({**config, "num_key_value_heads": 9}))
    refused(base, folder, "was trained for a size of 192 x 576, the base base has 576 x 576 there")


def test_zero_is_let_through_as_a_control_alone(tmp_path: Path) -> None:
    a, b = names_of()
    folder = configure(tmp_path / "a", **ALL)
    ones = struct.pack("<f", 1.0)
    for data in (ones * 4608 + bytes(4 * 1536), bytes(4 * 4608) + ones * 1536, struct.pack("<f", -0.0) * 6144):
        filled(folder / WEIGHTS, {a: [8, 576], b: [192, 8]}, data)
        refused("org/base", folder, "one matrix of every layer is all zero, so the adapter changes nothing")
        check_adapter("org/base", folder, control=True)
    filled(folder / WEIGHTS, {a: [8, 576], b: [192, 8]}, ones * 4608 + bytes(4 * 1535) + struct.pack("<f", 1e-38))
    check_adapter("org/base", folder)


@settings(max_examples=60)
@given(st.sampled_from(["F64", "F32", "F16", "BF16", "F8_E4M3"]), st.integers(0, 63), st.integers(0, 255))
def test_only_zeros_of_either_sign_are_all_zero(
    tmp_path_factory: pytest.TempPathFactory, dtype: str, place: int, byte: int
) -> None:
    sizes = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "F8_E4M3": 1}
    data = bytearray(64)
    data[place] = byte
    path = tmp_path_factory.getbasetemp() / "zero" / WEIGHTS
    write_raw(path, header_of({"x": [64 // sizes[dtype]]}, dtype), bytes(data))
    # The sign is the uppermost bit of the last byte of a number.
    is_sign = byte == 128 and place % sizes[dtype] == sizes[dtype] - 1
    assert all_zero(path, read_tensors(path)["x"]) == (byte == 0 or is_sign)


@pytest.mark.parametrize(
    ("named", "served", "same"),
    [
        ("org/m", "org/m", True),
        ("org/m", "org/m@0123abc", True),
        ("/home/me/m", "org/M", True),
        ("unsloth/Qwen2.5-7B-Instruct-bnb-4bit", "Qwen/Qwen2.5-7B-Instruct", True),
        ("org/m", "/c/models--org--m/snapshots/0123abc", True),
        ("smollm2", "/home/me/.cache/inoc-evals/smollm2-0123-1", True),
        ("org/m", "org/n", False),
        ("Qwen/Qwen2.5-7B", "Qwen/Qwen2.5-7B-Instruct", False),
        ("Qwen/Qwen2.5-7B-Instruct", "Qwen/Qwen2.5-1.5B-Instruct", False),
        ("/home/me/other", "/home/me/.cache/inoc-evals/smollm2-0123-1", False),
    ],
)
def test_bases_that_are_not_here_are_told_apart_by_their_names(
    tmp_path: Path, named: str, served: str, same: bool
) -> None:
    folder = adapter(tmp_path / "a", base_model_name_or_path=named)
    if same:
        check_base(served, folder)
        return
    with pytest.raises(InputError, match=r"the adapter is for .* and would be served on"):
        check_base(served, folder)


def test_bases_that_are_here_are_told_apart_by_their_weights(tmp_path: Path) -> None:
    one, copy = (write(tmp_path / name / "model.safetensors", {"x": [4]}) for name in ("one", "copy"))
    other = write(tmp_path / "x" / "one" / "model.safetensors", {"x": [5]})
    folder = adapter(tmp_path / "a", base_model_name_or_path=str(one))
    check_base(str(copy), folder)
    with pytest.raises(InputError, match="would be served on"):
        check_base(str(other), folder)


def test_the_record_of_a_training_has_a_say(tmp_path: Path) -> None:
    folder = adapter(tmp_path / "a", base_model_name_or_path="org/m")
    (folder / "training.json").write_text(json.dumps({"base": "org/m"}))
    check_base("org/m", folder)
    (folder / "training.json").write_text(json.dumps({"base": "org/n", "base_sha256": None}))
    with pytest.raises(InputError, match=r"training\.json: it was trained on 'org/n' and would be served on 'org/m'"):
        check_base("org/m", folder)


def checkpoint(folder: Path, content: str = "c") -> Checkpoint:
    return Checkpoint("adapter", str(folder), "org/m", folder, 8, content + folder.name)


def test_what_acts_is_one_whatever_else_the_files_say(tmp_path: Path) -> None:
    a, b = names_of()
    one = adapter(tmp_path / "one")
    two = configure(tmp_path / "two", **ALL, inference_mode=True, revision="main")
    ones = struct.pack("<f", 1.0)
    filled(two / WEIGHTS, {b: [192, 8], a: [8, 576]})
    assert weights_id(checkpoint(one)) == weights_id(checkpoint(two))
    for number, changed in enumerate(({"lora_alpha": 8}, {"use_rslora": True}, {"alpha_pattern": {"k_proj": 4}})):
        other = adapter(tmp_path / f"other{number}", **changed)
        assert weights_id(checkpoint(other)) != weights_id(checkpoint(one))
    three = configure(tmp_path / "three", **ALL)
    filled(three / WEIGHTS, {a: [8, 576], b: [192, 8]}, ones * 6143 + struct.pack("<f", 2.0))
    assert weights_id(checkpoint(three)) != weights_id(checkpoint(one))


def test_a_damaged_adapter_is_told_by_its_content_hash(tmp_path: Path) -> None:
    folder = configure(tmp_path / "a", **ALL)
    (folder / WEIGHTS).write_bytes(b"cut")
    assert weights_id(checkpoint(folder, "d")) == "da"
