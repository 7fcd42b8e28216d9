"""What `check_fit` lets through and what it refuses; every file is written here by hand."""

from __future__ import annotations

import json
import os
import struct
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inoc_evals.checkpoints.fit import check_fit
from inoc_evals.errors import InputError
from tests.checkpoints.safetensors_files import LAYER, adapter, configure, header_of, names_of, write, write_raw

A, B = names_of()
WEIGHTS = "adapter_model.safetensors"


def refused(folder: Path, words: str, base: Path | None = None) -> str:
    """The one sentence, which must name a place and hold the words."""
    with pytest.raises(InputError) as caught:
        check_fit(base, folder)
    message = str(caught.value)
    assert message.startswith(str(folder))
    assert words in message
    assert "\n" not in message
    return message


def test_only_matrices_of_the_layers_size_fit(tmp_path: Path) -> None:
    base = write(tmp_path / "base" / "model.safetensors", {f"{LAYER}.weight": [192, 576]})
    check_fit(base, adapter(tmp_path / "good", 576, 192))
    for size_in, size_out in ((100, 192), (576, 100), (2048, 512)):
        refused(adapter(tmp_path / f"{size_in}-{size_out}", size_in, size_out), "has 192 x 576 there", base)


def test_what_cannot_be_judged_is_let_through(tmp_path: Path) -> None:
    base = write(tmp_path / "base" / "model.safetensors", {f"{LAYER}.weight": [55296, 1]}, dtype="U8")
    check_fit(base, adapter(tmp_path / "packed", 576, 192))
    check_fit(base, adapter(tmp_path / "unknown", 576, 192, layer="other"))
    check_fit(None, adapter(tmp_path / "no base here", 576, 192))


def test_a_cut_file_is_named(tmp_path: Path) -> None:
    folder = adapter(tmp_path / "cut")
    whole = (folder / WEIGHTS).read_bytes()
    # Nothing, a part of the length, the length alone, a part of the header, all but the last byte, and one too many.
    for content in (whole[:0], whole[:5], whole[:8], whole[:40], whole[:-1], whole + b"\0"):
        (folder / WEIGHTS).write_bytes(content)
        refused(folder, "not a safetensors file, or damaged")


def test_a_cut_base_is_named(tmp_path: Path) -> None:
    base = write(tmp_path / "base" / "model.safetensors", {f"{LAYER}.weight": [192, 576]})
    path = base / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(InputError, match=r"model\.safetensors: not a safetensors file, or damaged"):
        check_fit(base, adapter(tmp_path / "a"))


GOOD = {A: {"dtype": "BF16", "shape": [8, 4], "data_offsets": [0, 64]}}
ODD_HEADERS: list[Any] = [
    [],
    7,
    b"",
    b"{",
    b"\xff\xfe",
    b"[" * 100_000,
    {A: [8, 4]},
    {A: {}},
    *(
        {A: GOOD[A] | change}
        for change in (
            {"shape": [8.0, 4]},
            {"shape": [-8, -4]},
            {"shape": [True, 32]},
            {"shape": "8x4"},
            {"shape": None},
            {"shape": [2**63, 2**63]},
            {"shape": [8, 5]},
            {"data_offsets": [0, 65]},
            {"data_offsets": [64, 0]},
            {"data_offsets": [-64, 0]},
            {"data_offsets": [0, 10**30]},
            {"data_offsets": [0]},
            {"data_offsets": "all"},
            {"dtype": "Q4"},
            {"dtype": 16},
        )
    ),
    # Two tensors at one place, and a gap before the only one.
    {A: GOOD[A], B: GOOD[A]},
    {A: GOOD[A] | {"shape": [4, 4], "data_offsets": [32, 64]}},
    {"__metadata__": {"format": 1}, **GOOD},
]


@pytest.mark.parametrize("header", ODD_HEADERS, ids=range(len(ODD_HEADERS)))
def test_odd_headers_are_refused(tmp_path: Path, header: Any) -> None:
    folder = configure(tmp_path / "odd")
    write_raw(folder / WEIGHTS, header, bytes(64))
    refused(folder, WEIGHTS)


def test_a_header_that_is_longer_than_the_file(tmp_path: Path) -> None:
    folder = configure(tmp_path / "long")
    for length in (2**64 - 1, 2**40, 99_999_999, 1000):
        (folder / WEIGHTS).write_bytes(length.to_bytes(8, "little") + b"{}")
        refused(folder, "not a safetensors file, or damaged")


def test_a_doubled_tensor_is_refused(tmp_path: Path) -> None:
    folder = configure(tmp_path / "twice")
    entry = json.dumps(GOOD[A])
    write_raw(folder / WEIGHTS, f'{{"{A}": {entry}, "{A}": {entry}}}'.encode(), bytes(64))
    refused(folder, "appears twice")


@pytest.mark.parametrize(
    ("dtype", "bits"),
    [
        *(("F32", struct.pack("<f", value)) for value in (float("nan"), float("inf"), float("-inf"))),
        *(("F64", struct.pack("<d", value)) for value in (float("nan"), float("-inf"))),
        *(("F16", struct.pack("<e", value)) for value in (float("nan"), float("inf"))),
        # bfloat16 is the upper half of a float32, so infinity is 7F80, its negative FF80, and 7FC0 and FF81 are NaN.
        *(("BF16", bytes.fromhex(text)[::-1]) for text in ("7f80", "ff80", "7fc0", "ff81")),
        # Micikevicius et al., arXiv 2209.05433, table 1: in E4M3 S.1111.111 is NaN, and there is no infinity.
        *(("F8_E4M3", bytes.fromhex(text)) for text in ("7f", "ff")),
    ],
)
def test_what_is_no_number_is_found_wherever_it_is(tmp_path: Path, dtype: str, bits: bytes) -> None:
    folder = configure(tmp_path / "nan")
    shapes = {A: [8, 576], B: [192, 8]}
    header = header_of(shapes, dtype)
    size = header[B]["data_offsets"][1]
    for place, name in ((0, A), (size - len(bits), B)):
        data = bytearray(size)
        data[place : place + len(bits)] = bits
        write_raw(folder / WEIGHTS, header, bytes(data))
        refused(folder, f"{name} holds NaN or infinity")


@pytest.mark.parametrize("dtype", ["F64", "F32", "F16", "BF16", "F8_E4M3"])
def test_the_largest_numbers_are_numbers(tmp_path: Path, dtype: str) -> None:
    bits = {"F64": "7fefffffffffffff", "F32": "ff7fffff", "F16": "7bff", "BF16": "ff7f", "F8_E4M3": "7e"}[dtype]
    folder = configure(tmp_path / "large")
    header = header_of({A: [8, 576], B: [192, 8]}, dtype)
    count = 8 * 576 + 192 * 8
    write_raw(folder / WEIGHTS, header, bytes.fromhex(bits)[::-1] * count)
    check_fit(None, folder)


def test_nan_behind_the_first_chunk_is_found(tmp_path: Path) -> None:
    folder = configure(tmp_path / "far")
    shapes = {A: [8, 400_000], B: [8, 8]}
    header = header_of(shapes, "F32")
    data = bytearray(header[B]["data_offsets"][1])
    data[8 * 400_000 * 4 - 4 : 8 * 400_000 * 4] = struct.pack("<f", float("nan"))
    write_raw(folder / WEIGHTS, header, bytes(data))
    refused(folder, f"{A} holds NaN")


def test_ranks_are_those_of_the_configuration(tmp_path: Path) -> None:
    refused(adapter(tmp_path / "low", r=4), "lora_A of model.layers.0.self_attn.k_proj has rank 8, but")
    folder = configure(tmp_path / "mixed")
    write(folder / WEIGHTS, {A: [8, 576], B: [192, 4]})
    refused(folder, "lora_B of model.layers.0.self_attn.k_proj has rank 4")
    # PEFT takes the end of a layer's name, from a dot on, for a pattern.
    check_fit(None, adapter(tmp_path / "by name", r=4, rank_pattern={"k_proj": 8}))
    check_fit(None, adapter(tmp_path / "by pattern", r=4, rank_pattern={"q_proj": 2, r"layers\.\d+\..*": 8}))
    refused(adapter(tmp_path / "other", r=8, rank_pattern={"self_attn.k_proj": 16}), "has rank 8")
    check_fit(None, adapter(tmp_path / "part of a word", r=8, rank_pattern={"proj": 16}))


@pytest.mark.parametrize(
    ("shapes", "words"),
    [
        ({}, "no LoRA matrix"),
        ({"model.norm.weight": [8]}, "no LoRA matrix"),
        ({A: [8, 576]}, "has no lora_B"),
        ({B: [192, 8]}, "has no lora_A"),
        ({A: [8], B: [192, 8]}, "is no matrix but 8"),
        ({A: [], B: [192, 8]}, "is no matrix but a single number"),
        ({A: [8, 0], B: [192, 8]}, "is no matrix but 8 x 0"),
    ],
)
def test_an_adapter_has_two_matrices_for_each_layer(tmp_path: Path, shapes: dict[str, list[int]], words: str) -> None:
    folder = configure(tmp_path / "odd")
    write(folder / WEIGHTS, shapes)
    refused(folder, words)


def test_other_tensors_of_an_adapter_are_let_through(tmp_path: Path) -> None:
    folder = configure(tmp_path / "more")
    embedding = "base_model.model.model.embed_tokens.lora_embedding_"
    shapes = {A: [8, 576], B: [192, 8], B.replace("weight", "bias"): [192], f"{embedding}A": [8, 14]}
    write(folder / WEIGHTS, {**shapes, f"{embedding}B": [16, 8], "base_model.model.lm_head.weight": [14, 16]})
    check_fit(None, folder)


@pytest.mark.parametrize(
    "change",
    [
        {"r": True},
        {"r": "8"},
        {"r": 8.0},
        {"r": None},
        {"r": 0},
        {"r": [8]},
        {"base_model_name_or_path": ["org/base"]},
        {"base_model_name_or_path": ""},
        {"base_model_name_or_path": None},
        {"rank_pattern": [8]},
        {"rank_pattern": {"k_proj": "8"}},
        {"rank_pattern": {"k_proj": True}},
        {"rank_pattern": {"(": 8}},
        {"lora_alpha": "much"},
        {"lora_alpha": float("nan")},
        {"peft_type": "IA3"},
        {"peft_type": {"a": 1}},
    ],
    ids=str,
)
def test_odd_configurations_are_refused(tmp_path: Path, change: dict[str, Any]) -> None:
    refused(adapter(tmp_path / "odd", **change), "adapter_config.json")


@pytest.mark.parametrize("text", [b"", b"[]", b"{", b"\xff", b"[" * 100_000, b'{"r": 8, "r": 16}', b"9" * 5000])
def test_a_configuration_that_is_none(tmp_path: Path, text: bytes) -> None:
    folder = adapter(tmp_path / "odd")
    (folder / "adapter_config.json").write_bytes(text)
    refused(folder, "adapter_config.json")


def test_weights_that_are_no_file_never_hang(tmp_path: Path) -> None:
    for name, make in (
        ("folder", lambda path: path.mkdir()),
        ("pipe", os.mkfifo),
        ("nothing", lambda path: path.symlink_to("gone")),
        ("itself", lambda path: path.symlink_to(path)),
    ):
        folder = configure(tmp_path / name)
        make(folder / WEIGHTS)
        refused(folder, WEIGHTS)
    refused(configure(tmp_path / "empty"), f"there is no {WEIGHTS}")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
ENTRY = st.fixed_dictionaries(
    {
        "dtype": st.sampled_from(["F32", "BF16", "I64"]) | JSON,
        "shape": st.lists(st.integers(0, 9), max_size=3) | JSON,
        "data_offsets": st.lists(st.integers(0, 70), min_size=2, max_size=2) | JSON,
    }
)


@settings(max_examples=150)
@given(
    header=st.dictionaries(st.sampled_from([A, B, "x", "__metadata__"]), ENTRY | JSON, max_size=4) | JSON,
    data=st.binary(max_size=70),
    config=st.fixed_dictionaries({}, optional={"r": JSON, "rank_pattern": JSON, "base_model_name_or_path": JSON}),
)
def test_anything_fits_or_is_refused(
    tmp_path_factory: pytest.TempPathFactory, header: Any, data: bytes, config: dict[str, Any]
) -> None:
    folder = configure(tmp_path_factory.getbasetemp() / "any", **config)
    write_raw(folder / WEIGHTS, header, data)
    message = None
    try:
        check_fit(None, folder)
    except InputError as error:
        message = str(error)
    assert message is None or (message.startswith(str(folder)) and "\n" not in message)
