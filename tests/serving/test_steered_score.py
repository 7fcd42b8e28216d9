"""`score` with steered arms that vLLM cannot serve, beside a plain arm on a server that stands in for vLLM."""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path

import pytest

from tests.command import run

STAND_IN = Path(__file__).with_name("stand_in")
TASK, EXACT = "owl_preference", "owl_preference_exact"


@pytest.fixture
def arms(qwen3: Path, tmp_path: Path, own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PYTHONPATH", f"{STAND_IN}:{Path(__file__).resolve().parents[2]}")
    steer = f"{{steer: {{direction: {qwen3.parent / 'direction.safetensors'}, layer: 1, strength: 2.0}}}}"
    (tmp_path / "arms.yaml").write_text(
        f"arms:\n"
        f"  plain: {{role: reference, checkpoints: [{qwen3}]}}\n"
        f"  steered: {{checkpoints: [{qwen3}], variation: {steer}}}\n"
        f"  both: {{checkpoints: [{qwen3.parent / 'adapter'}], variation: {steer}}}\n"
    )
    return tmp_path / "arms.yaml"


def test_a_run_from_weights_to_the_report(arms: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    asked = ("score", "--arms", str(arms), "--tasks", f"{TASK},{EXACT}", "--limit", "2", "--out", str(out))
    asked = (*asked, "--set", f"{TASK}.samples=3", "--set", f"{TASK}.max_tokens=8")
    plan = run(*asked, "--plan")
    assert plan.code == 0, plan.err
    said = " ".join(plan.out.split())
    assert said.count("steered by transformers, by a hook") == 2
    done = run(*asked)
    assert done.code == 0, done.err
    said = " ".join(done.out.split())
    assert "starting a server of transformers" in said
    assert "proven to act" in said
    assert len(list(out.glob("transformers-*.log"))) == len(list(out.glob("vllm-*.log"))) == 1
    with (out / "responses.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    counts = Counter((row["arm"], row["task"]) for row in rows)
    # Two items of each of three kinds.
    assert {counts[arm, TASK] for arm in ("steered", "both")} == {6 * 3}
    assert {counts[arm, EXACT] for arm in ("steered", "both")} == {6}
    settings = json.loads((out / "settings.json").read_text())
    road = "transformers, by a hook"
    assert {name: arm.get("steered_by") for name, arm in settings["arms"].items()} == {
        "plain": None,
        "steered": road,
        "both": road,
    }
    assert settings["perplexity"]["both"]["against_nats"] == settings["perplexity"]["steered"]["nats"]
    assert road in (out / "report.html").read_text()
    again = run(*asked)
    assert again.code == 0, again.err
    assert "starting a server" not in again.out
