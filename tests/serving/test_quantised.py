"""Which quantised weights are refused before a server is started, and what is left to vLLM."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from inoc_evals.checkpoints.quantised import quantisation_of
from inoc_evals.serving import quantised
from inoc_evals.serving.quantised import BITSANDBYTES, ORDERED, fault
from tests.checkpoints.test_quantised import AWQ, BNB, FP8_BLOCKS, GPTQ, INT8, model
from tests.command import run

NOTHING: frozenset[str] = frozenset()
PACKED: dict[str, Any] = {
    "quant_method": "compressed-tensors",
    "format": "pack-quantized",
    "config_groups": {"group_0": {"targets": ["Linear"], "weights": {"num_bits": 4, "type": "int", "group_size": 32}}},
}
EIGHT: dict[str, Any] = {
    **PACKED,
    "config_groups": {"group_0": {"targets": ["Linear"], "weights": {"num_bits": 8, "type": "int"}}},
}


def told(folder: Path, settings: dict[str, Any], *, cpu: bool, flags: frozenset[str], lacks: frozenset[str]) -> str:
    found = quantisation_of(model(folder, settings))
    assert found is not None
    return fault(found, cpu=cpu, flags=flags, lacks=lacks) or ""


@pytest.mark.parametrize(
    ("settings", "on_cpu", "on_gpu"),
    [
        (GPTQ, "", ""),
        (AWQ, "", ""),
        (INT8, "", ""),
        (PACKED, "", ""),
        (EIGHT, "on a CPU vLLM serves GPTQ, AWQ and compressed-tensors with weights of 4 bits", ""),
        ({**GPTQ, "bits": 8}, "use a GPU, or name the model that it was made from", ""),
        ({**GPTQ, "sym": False}, "only where it is symmetric (sym)", ""),
        (FP8_BLOCKS, "multiplies no blocks of 8-bit floating-point numbers (it has no amx_tile)", ""),
        (BNB, "on a CPU vLLM does not serve it", ""),
        ({"quant_method": "hqq"}, "vLLM does not serve this format", "vLLM does not serve this format"),
        ({"quant_method": "quark"}, "", ""),
    ],
)
def test_what_is_refused_where(tmp_path: Path, settings: dict[str, Any], on_cpu: str, on_gpu: str) -> None:
    for cpu, words in ((True, on_cpu), (False, on_gpu)):
        sentence = told(tmp_path / str(cpu), settings, cpu=cpu, flags=NOTHING, lacks=NOTHING)
        assert (words in sentence) if words else sentence == ""
        assert not sentence or "; " in sentence


def test_what_a_newer_vllm_no_longer_serves(tmp_path: Path) -> None:
    ordered = {**GPTQ, "desc_act": True}
    newer = frozenset({BITSANDBYTES, ORDERED})
    assert "desc_act" in told(tmp_path / "a", ordered, cpu=False, flags=NOTHING, lacks=newer)
    assert told(tmp_path / "b", ordered, cpu=False, flags=NOTHING, lacks=NOTHING) == ""
    # One group is in order whatever is done.
    assert told(tmp_path / "c", {**ordered, "group_size": -1}, cpu=False, flags=NOTHING, lacks=newer) == ""
    assert "adapters that were trained on it" in told(tmp_path / "d", BNB, cpu=False, flags=NOTHING, lacks=newer)
    assert told(tmp_path / "e", FP8_BLOCKS, cpu=True, flags=frozenset({"amx_tile"}), lacks=newer) == ""


def test_a_judge_that_cannot_be_served_is_refused_before_anything_is_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("VLLM_BASE_URL", raising=False)
    folder = model(tmp_path / "judge", {"quant_method": "hqq", "nbits": 4})
    cache = {"INOC_EVALS_CACHE": str(tmp_path / "cache")}
    for arguments in (("judges", "check", "toxicity"), ("judges", "sheet", "--rubrics", "toxicity")):
        ended = run(*arguments, "--judge", f"vllm/{folder}", environment=cache)
        assert ended.code == 2
        assert f"{folder} is quantised (hqq), and vLLM does not serve this format; name the model" in ended.said
        assert "Traceback" not in ended.err
    assert not (tmp_path / "cache" / "judge-vllm.log").exists()


def test_the_checkpoints_of_a_run_are_looked_at_too(tmp_path: Path) -> None:
    folder = model(tmp_path / "m", {"quant_method": "aqlm"})
    ended = run("score", f"none={folder}", "--tasks", "owl", "--plan", "--out", str(tmp_path / "out"))
    assert ended.code == 2
    assert "is quantised (aqlm), and vLLM does not serve this format" in ended.said


def test_a_vllm_without_bitsandbytes_is_told_by_its_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    layers = tmp_path / "vllm" / "model_executor" / "layers" / "quantization"
    (layers / "utils").mkdir(parents=True)
    (layers / "utils" / "gptq_utils.py").write_text("# nothing\n")
    (tmp_path / "vllm" / "__init__.py").write_text("")
    (layers / "bitsandbytes.py").write_text("")
    monkeypatch.syspath_prepend(str(tmp_path))
    # Where it was imported already, it is found there.
    monkeypatch.delitem(sys.modules, "vllm", raising=False)
    assert quantised._lacks() == set()
    (layers / "bitsandbytes.py").unlink()
    (layers / "utils" / "gptq_utils.py").write_text('raise ValueError("order (desc_act=True) is no longer " "served")')
    assert quantised._lacks() == {BITSANDBYTES, ORDERED}
