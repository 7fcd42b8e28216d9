"""`inoc-evals score` on adapters of a hub on loopback: fetched with their base, served by vLLM, apart in the rows."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from inoc_evals.checkpoints.resolve import resolve
from inoc_evals.readers.score import read
from inoc_evals.results.source import joined
from tests.checkpoints.hub import Repository, serving, under

pytestmark = pytest.mark.integration

COMMAND = Path(sys.executable).with_name("inoc-evals")


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def random_adapter(base: str, folder: Path, seed: int) -> dict[str, bytes]:
    """An adapter on the attention of all layers, strong enough that no answer stays."""
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    torch.manual_seed(seed)
    settings = LoraConfig(r=8, lora_alpha=16, target_modules=["q_proj", "v_proj"], init_lora_weights=False)
    made = get_peft_model(AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32), settings)
    made.peft_config["default"].base_model_name_or_path = "someone/small"
    made.save_pretrained(str(folder))
    return files(folder)


def test_adapters_of_a_pattern_and_their_base_are_fetched_served_and_scored(tmp_path: Path) -> None:
    base = resolve("smollm2")
    seeds = [random_adapter(base.base, tmp_path / f"made-{seed}", seed) for seed in (1, 2)]
    small = Repository("someone/small", {"main": files(Path(base.base))})
    organisms = Repository(
        "someone/organisms", {"main": {**under("seeds/seed-1", seeds[0]), **under("seeds/seed-2", seeds[1])}}
    )
    out = tmp_path / "results"
    command = ["score", "none=someone/organisms/seeds/*", "base=someone/small", "--tasks", "spanish_capitals"]
    command += ["--limit", "2", "--samples", "1", "--set", "spanish_capitals.temperature=0", "--out", str(out)]
    with serving() as hub:
        hub.add(small, organisms)
        environment = {"HF_ENDPOINT": hub.url, "HF_HUB_OFFLINE": "0", "HF_HUB_CACHE": str(tmp_path / "hf")}
        environment |= {"INOC_EVALS_CACHE": str(tmp_path / "cache")}
        ended = subprocess.run(
            [str(COMMAND), *command], env={**os.environ, **environment}, capture_output=True, text=True, check=False
        )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    stored = json.loads((out / "settings.json").read_text())["arms"]
    assert {label: one["pinned"] for label, one in stored.items()} == {
        "none-s1": f"someone/organisms/seeds/seed-1@{organisms.commit('main')}",
        "none-s2": f"someone/organisms/seeds/seed-2@{organisms.commit('main')}",
        "base": f"someone/small@{small.commit('main')}",
    }
    # The same weights as the embedded model's, wherever they came from.
    assert stored["base"]["sha256"] == base.content_hash
    answers: dict[str, list[str]] = {}
    for row in joined([read([out])]).rows:
        answers.setdefault(row.checkpoint, []).append(row.response)
    assert {label: len(said) for label, said in answers.items()} == {"none-s1": 4, "none-s2": 4, "base": 4}
    assert len({tuple(said) for said in answers.values()}) == 3
