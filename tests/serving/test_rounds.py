"""`score --ci-width` on adapters of one base: one server for all rounds, which really starts and stands in for vLLM."""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from tests.checkpoints.broken_adapters import CONFIG, WEIGHTS, make_real
from tests.command import run
from tests.serving.test_broken_adapters import STAND_IN

TASK = "owl_preference"


@pytest.fixture(autouse=True)
def stand_in(monkeypatch: pytest.MonkeyPatch, own_cache: Path) -> None:
    """Child processes find the stand-in where they look for vLLM."""
    monkeypatch.setenv("PYTHONPATH", f"{STAND_IN}:{Path(__file__).resolve().parents[2]}")


@pytest.fixture
def arms(tiny: Path, tmp_path: Path) -> list[str]:
    """The base and two adapters that differ."""
    from safetensors.numpy import load_file, save_file

    pattern = make_real(tiny, tmp_path / "pattern")
    config, tensors = (pattern / CONFIG).read_text(), load_file(pattern / WEIGHTS)
    draw = np.random.default_rng(0)
    found = [f"base={tiny}"]
    for name in ("one", "two"):
        place = tmp_path / name
        place.mkdir()
        (place / CONFIG).write_text(config)
        drawn = {key: draw.normal(scale=0.1, size=each.shape).astype("float32") for key, each in tensors.items()}
        save_file(drawn, place / WEIGHTS, {"format": "pt"})
        found.append(f"{name}={place}")
    return found


def test_all_rounds_have_one_server_and_a_later_call_has_none(arms: list[str], tmp_path: Path) -> None:
    out = tmp_path / "out"
    asked = ("score", *arms, "--tasks", TASK, "--limit", "6", "--ci-width", "30", "--samples", "6", "--out", str(out))
    done = run(*asked)
    assert done.code == 0, done.err
    said = " ".join(done.out.split())
    assert said.count("starting a server") == 1
    assert "look 2: after" in said
    (log,) = out.glob("vllm-*.log")
    lines = Counter(line.split()[0] for line in log.read_text().splitlines() if line.startswith(("asked ", "loaded ")))
    with (out / "responses.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert lines["asked"] == len(rows)
    assert set(Counter((row["arm"], row["item"], row["epoch"]) for row in rows).values()) == {1}
    rounds = json.loads((out / "rounds.json").read_text())
    assert rounds["finished"] is True
    assert rounds["rounds"][-1]["responses"] == len(rows)
    again = run(*asked)
    assert again.code == 0, again.err
    assert "starting a server" not in again.out
    # A round whose look was lost, as by a kill, is looked at again, and not asked.
    rounds["finished"] = False
    rounds["rounds"][-1]["look"] = None
    (out / "rounds.json").write_text(json.dumps(rounds))
    again = run(*asked)
    assert again.code == 0, again.err
    assert "scored already, no server is started" in " ".join(again.out.split())
    assert json.loads((out / "rounds.json").read_text())["finished"] is True
