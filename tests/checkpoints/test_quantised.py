"""What a model's configuration says of its quantisation; configurations as their makers write them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from inoc_evals.checkpoints.named_base import check_base
from inoc_evals.checkpoints.quantised import quantisation_of
from inoc_evals.checkpoints.resolve import resolve
from inoc_evals.errors import InputError
from tests.checkpoints.safetensors_files import LAYER, adapter, write

INT8 = {
    "quant_method": "compressed-tensors",
    "format": "int-quantized",
    "config_groups": {
        "group_0": {
            "targets": ["Linear"],
            "weights": {"num_bits": 8, "type": "int", "strategy": "channel", "symmetric": True, "dynamic": False},
            "input_activations": {"num_bits": 8, "type": "int", "strategy": "token", "dynamic": True},
        }
    },
}
FP8_BLOCKS = {"quant_method": "fp8", "activation_scheme": "dynamic", "weight_block_size": [128, 128]}
GPTQ = {"quant_method": "gptq", "bits": 4, "group_size": 128, "desc_act": False, "sym": True}
AWQ = {"quant_method": "awq", "bits": 4, "group_size": 64, "zero_point": True, "version": "gemm"}
BNB = {"quant_method": "bitsandbytes", "load_in_4bit": True, "bnb_4bit_quant_type": "nf4"}


def model(folder: Path, quantization: Any = None, name: str = f"{LAYER}.weight", **config: Any) -> Path:
    write(folder / "model.safetensors", {name: [192, 576]})
    if quantization is not None:
        config["quantization_config"] = quantization
    (folder / "config.json").write_text(json.dumps({"model_type": "llama", **config}))
    return folder


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (GPTQ, "GPTQ, weights of 4 bits in groups of 128"),
        ({**GPTQ, "group_size": -1, "bits": 8}, "GPTQ, weights of 8 bits"),
        (AWQ, "AWQ, weights of 4 bits in groups of 64"),
        (INT8, "compressed-tensors, weights of 8 bits, activations of 8"),
        (FP8_BLOCKS, "fp8, floating-point weights of 8 bits, activations of 8"),
        (BNB, "bitsandbytes, weights of 4 bits"),
        ({"quant_method": "HQQ"}, "hqq"),
    ],
)
def test_quantisation_in_words(tmp_path: Path, settings: dict[str, Any], words: str) -> None:
    found = quantisation_of(model(tmp_path / "m", settings))
    assert found is not None
    assert found.words() == words


def test_plain_weights_are_not_quantised(tmp_path: Path) -> None:
    assert quantisation_of(model(tmp_path / "m")) is None
    assert quantisation_of(model(tmp_path / "n", quantization=None, quantization_config=None)) is None


def test_the_text_part_of_a_configuration_says_it_too(tmp_path: Path) -> None:
    found = quantisation_of(model(tmp_path / "m", text_config={"quantization_config": AWQ}))
    assert found is not None
    assert found.method == "awq"


def test_packed_weights_without_a_word_about_them_are_refused(tmp_path: Path) -> None:
    folder = model(tmp_path / "m", name=f"{LAYER}.qweight")
    (folder / "quantize_config.json").write_text(json.dumps({"bits": 4}))
    with pytest.raises(InputError) as caught:
        quantisation_of(folder)
    assert str(caught.value) == (
        f"{folder / 'config.json'}: the weights are packed ({LAYER}.qweight), and there is no quantization_config in "
        "it; put what quantize_config.json says there"
    )


def test_a_quantisation_without_a_method_is_refused(tmp_path: Path) -> None:
    for settings in ({"bits": 4}, "int8", {"quant_method": 8}):
        folder = model(tmp_path / str(len(str(settings))), settings)
        with pytest.raises(InputError, match="quantization_config has no quant_method"):
            quantisation_of(folder)
    with pytest.raises(InputError, match="no weights under config_groups"):
        quantisation_of(model(tmp_path / "groups", {"quant_method": "compressed-tensors", "config_groups": {}}))


def test_the_hash_of_a_model_covers_its_quantisation(tmp_path: Path) -> None:
    """The same bytes of weights mean other numbers under another scheme."""
    hashes = set()
    for number, settings in enumerate((None, GPTQ, {**GPTQ, "sym": False}, INT8)):
        hashes.add(resolve(str(model(tmp_path / str(number), settings))).content_hash)
    beside = model(tmp_path / "beside", GPTQ)
    (beside / "quantize_config.json").write_text(json.dumps({"bits": 3}))
    hashes.add(resolve(str(beside)).content_hash)
    assert len(hashes) == 5


def test_an_adapter_fits_the_quantised_copy_of_its_base(tmp_path: Path) -> None:
    plain = model(tmp_path / "plain" / "Llama-8B")
    copy = model(tmp_path / "copies" / "Llama-8B-quantized.w8a8", INT8, name=f"{LAYER}.other")
    other = model(tmp_path / "others" / "Llama-8B", None, name=f"{LAYER}.third")
    lora = adapter(tmp_path / "lora", base_model_name_or_path=str(plain))
    check_base(str(plain), lora)
    check_base(str(copy), lora)
    # Other plain weights of that name are others.
    with pytest.raises(InputError, match="the adapter is for"):
        check_base(str(other), lora)


def test_a_folder_of_gguf_files_says_what_to_name(tmp_path: Path) -> None:
    (tmp_path / "model-q8_0.gguf").write_bytes(b"GGUF")
    with pytest.raises(InputError, match=r"name its GGUF file itself, as in .*model-q8_0\.gguf"):
        resolve(str(tmp_path))


@pytest.mark.parametrize("bits", [8, 4])
def test_the_quantised_copy_of_our_tool_is_read_by_another_library(tmp_path: Path, bits: int) -> None:
    pytest.importorskip("compressed_tensors")
    import torch
    from transformers import AutoModelForCausalLM, LlamaConfig, LlamaForCausalLM

    from tools.quantised_copy import quantise

    base = tmp_path / "base"
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=14,
        hidden_size=64,
        intermediate_size=96,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=2,
    )
    LlamaForCausalLM(config).save_pretrained(base)
    quantise(base, tmp_path / "copy", bits)
    found = quantisation_of(tmp_path / "copy")
    assert found is not None
    assert (found.bits, found.activations) == (bits, 8 if bits == 8 else None)
    plain = AutoModelForCausalLM.from_pretrained(base)
    copy = AutoModelForCausalLM.from_pretrained(tmp_path / "copy")
    ids = torch.arange(14).unsqueeze(0)
    with torch.no_grad():
        wanted, given = plain(ids).logits, copy(ids).logits.float()
    error = float((wanted - given).norm() / wanted.norm())
    # What rounding to 1 in 127 and 1 in 7 costs; packed in another order the logits would have nothing in common.
    assert 0 < error < (0.05 if bits == 8 else 0.35)
