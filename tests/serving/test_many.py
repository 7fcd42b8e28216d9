"""Many adapters of one base in one command: in turns, in any order, after a kill, and with little memory.

A server that stands in for vLLM is really started.
"""

from __future__ import annotations

import csv
import json
import os
import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from tests.checkpoints.broken_adapters import CONFIG, WEIGHTS, make_real
from tests.command import COMMAND, Ended, run

STAND_IN = Path(__file__).with_name("stand_in")
TASK, ITEMS = "owl_preference", 3
# Arms are asked 32 at a time.
FEW, MANY = 34, 2 * 32 + 5
OPTIONS = ("--tasks", TASK, "--limit", "1", "--samples", "1", "--set", f"{TASK}.temperature=0")


@pytest.fixture(scope="module")
def adapters(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """[ARM=]FOLDER of adapters that are all different, and all act."""
    from safetensors.numpy import load_file, save_file

    folder = tmp_path_factory.mktemp("many")
    pattern = make_real(tiny, folder / "pattern")
    config, tensors = (pattern / CONFIG).read_text(), load_file(pattern / WEIGHTS)
    draw = np.random.default_rng(0)
    found = []
    for number in range(MANY):
        place = folder / f"a{number:03}"
        place.mkdir()
        (place / CONFIG).write_text(config)
        drawn = {name: draw.normal(scale=0.1, size=each.shape).astype("float32") for name, each in tensors.items()}
        save_file(drawn, place / WEIGHTS, {"format": "pt"})
        found.append(f"a{number:03}={place}")
    return found


@pytest.fixture(autouse=True)
def stand_in(monkeypatch: pytest.MonkeyPatch, own_cache: Path) -> None:
    monkeypatch.setenv("PYTHONPATH", f"{STAND_IN}:{Path(__file__).resolve().parents[2]}")


@dataclass(frozen=True)
class Log:
    """What the server loaded, in order, and how often each was asked for an answer."""

    loaded: list[str]
    asked: Counter[str]


def log_of(out: Path) -> Log:
    (path,) = out.glob("vllm-*.log")
    said = [line.split() for line in path.read_text().splitlines() if line.startswith(("loaded ", "asked "))]
    return Log(
        [_arm(name) for what, name in said if what == "loaded"],
        Counter(_arm(name) for what, name in said if what == "asked"),
    )


def _arm(served: str) -> str:
    return served.rpartition("-")[0]


def score(out: Path, arms: Sequence[str], *more: str) -> Ended:
    return run("score", *arms, *OPTIONS, "--out", str(out), *more)


def answers(out: Path) -> dict[tuple[str, ...], tuple[str, ...]]:
    """What everybody answered to what, with the hash of the prompt and the values."""
    with (out / "responses.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    found = {(row["checkpoint"], row["item"]): tuple(row.values()) for row in rows}
    assert len(found) == len(rows)
    return found


def test_the_order_in_which_adapters_are_named_and_the_memory_change_nothing(
    adapters: list[str], tmp_path: Path
) -> None:
    """More adapters than are asked at a time, and, the second time, far more than fit into memory."""
    few = adapters[:FEW]
    ended = score(tmp_path / "named", few)
    assert ended.code == 0, ended.err
    assert "34 adapters of up to 0.00358 MB each: all are kept in memory" in ended.out
    found = answers(tmp_path / "named")
    assert len(found) == FEW * ITEMS
    # They do not all say the same.
    assert len({animal for row in found.values() for animal in row if animal.endswith(".")}) > 1

    shuffled = random.Random(0).sample(few, len(few))
    ended = score(tmp_path / "shuffled", shuffled, "--server-arg=--max-cpu-loras=5")
    assert ended.code == 0, ended.err
    assert "34 adapters of up to 0.00358 MB each: 5 fit into memory at a time" in ended.out
    assert answers(tmp_path / "shuffled") == found
    kept = [json.loads((tmp_path / name / "settings.json").read_text()) for name in ("named", "shuffled")]
    assert kept[0] == kept[1]
    assert log_of(tmp_path / "named").loaded == [arm[:4] for arm in few]
    # As it starts, to be proven, for its perplexity, to be proven again, and to be asked.
    assert max(Counter(log_of(tmp_path / "shuffled").loaded).values()) <= 5


def test_an_adapter_that_is_lost_when_it_is_loaded_again_gets_no_number(
    adapters: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STAND_IN", "forget")
    ended = score(tmp_path / "out", adapters[:6], "--server-arg=--max-cpu-loras=3")
    assert ended.code == 1
    assert "a000 no longer answers as when it was proven, but as base: the server has lost it" in ended.said
    assert not log_of(tmp_path / "out").asked


def test_many_adapters_are_gone_on_with_after_a_kill(adapters: list[str], tmp_path: Path) -> None:
    """In another order. What was scored is not loaded again, and nobody is asked the same twice."""
    out = tmp_path / "out"
    command = [str(COMMAND), "score", *adapters, *OPTIONS, "--out", str(out)]
    with (tmp_path / "output").open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, start_new_session=True)
    until = time.monotonic() + 120
    while process.poll() is None and not [*out.glob("logs/*-part2/*.eval")]:
        assert time.monotonic() < until, (tmp_path / "output").read_text()
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    before = log_of(out)
    assert len(before.loaded) == MANY
    assert 32 * ITEMS <= before.asked.total() < MANY * ITEMS

    ended = score(out, adapters[::-1])
    assert ended.code == 0, ended.err
    after = log_of(out)
    scored = {f"a{number:03}" for number in range(32)}
    assert scored.isdisjoint(after.loaded)
    assert scored.isdisjoint(after.asked)
    assert {*after.loaded} >= {f"a{number:03}" for number in range(2 * 32, MANY)}
    # A request that was under way when the process was killed is asked again.
    assert MANY * ITEMS <= before.asked.total() + after.asked.total() <= MANY * ITEMS + 256
    assert len(answers(out)) == MANY * ITEMS
    # A screen that can be read, and all in the files.
    assert len(ended.out.splitlines()) < 500
    assert f"{MANY - 21} more arms, between these or without a value, stand in table.md" in ended.out
    assert all(f"| a{number:03} |" in (out / "table.md").read_text() for number in range(MANY))
