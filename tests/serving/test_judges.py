"""Judges on servers of ours: what cannot be one, how much of a response it reads, and on what weights it is another."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from inoc_evals.errors import InputError
from inoc_evals.judging.connect import judge_models
from inoc_evals.judging.own_judge import check_can_judge, window
from inoc_evals.plan.preflight import judge_faults
from tests.checkpoints.broken_adapters import make_real
from tests.checkpoints.test_quantised import model
from tests.serving.test_many import STAND_IN


@pytest.mark.parametrize(
    ("config", "tokens"),
    [
        ({"max_position_embeddings": 1024}, 1024),
        ({"max_position_embeddings": 131072}, 4096),
        ({"n_positions": 512}, 512),
        ({"text_config": {"max_position_embeddings": 2048}}, 2048),
        ({}, 4096),
    ],
)
def test_a_judge_reads_what_its_model_reads(tmp_path: Path, config: dict[str, Any], tokens: int) -> None:
    assert window(str(model(tmp_path, **config))) == tokens
    # Of the hub, and not here yet.
    assert window("org/model") == 4096


def test_without_a_chat_template_no_judge_can_be_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VLLM_BASE_URL", raising=False)
    folder = model(tmp_path / "plain")
    refused = f"{folder} has no chat template, so that no judge can be asked; name an instructed model"
    assert refused in judge_faults([f"vllm/{folder}"])
    (folder / "tokenizer_config.json").write_text(json.dumps({"chat_template": "{{ messages }}"}))
    assert refused not in judge_faults([f"vllm/{folder}"])
    (folder / "tokenizer_config.json").unlink()
    with pytest.raises(InputError, match="has no chat template"):
        check_can_judge(str(folder), "it")
    # What its own tokenizer makes of a chat is for vLLM to know.
    (folder / "tekken.json").write_text("{}")
    check_can_judge(str(folder), "it")


def test_an_adapter_is_another_judge_on_another_base(
    tiny: Path, tmp_path: Path, own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else what was rated on the old base would be taken from the cache for the new one's."""
    monkeypatch.delenv("VLLM_BASE_URL", raising=False)
    monkeypatch.setenv("PYTHONPATH", f"{STAND_IN}:{Path(__file__).resolve().parents[2]}")
    monkeypatch.syspath_prepend(str(STAND_IN))
    base = Path(shutil.copytree(tiny, tmp_path / "base"))
    adapter = make_real(base, tmp_path / "adapter")

    def named() -> str:
        with judge_models([f"vllm/{adapter}"]) as (judge,):
            return str(judge)

    before = named()
    settings = base / "generation_config.json"
    settings.write_text(json.dumps({**json.loads(settings.read_text()), "temperature": 0.5}))
    after = named()
    assert after != before
    assert after.rpartition("-")[2] == before.rpartition("-")[2]
