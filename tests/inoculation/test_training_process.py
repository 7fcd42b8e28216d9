"""Training in a process of its own: it ends with the program that started it, and goes on where it stopped."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from inoc_evals.errors import InputError
from inoc_evals.inoculation.recipe import Recipe
from inoc_evals.inoculation.train import is_trained
from inoc_evals.inoculation.training_process import Training, train_apart
from tests.inoculation.test_train import rows

RECIPE = Recipe(epochs=10, batch_size=4)
# Trains like the demo: it must stay without torch itself. The first step that is told ends it, as Ctrl-C does.
STARTER = """
import os, signal, sys
from pathlib import Path
from inoc_evals.inoculation.recipe import Recipe
from inoc_evals.inoculation.training_process import Training, train_apart

def heard(name, step, steps, loss):
    if step >= 20:
        os.kill(os.getpid(), signal.Signals[sys.argv[4]])

# What a shell starts in the background ignores SIGINT.
signal.signal(signal.SIGINT, signal.default_int_handler)
base, data, out = map(Path, sys.argv[1:4])
training = Training("a", str(base), data, out, Recipe(epochs=10, batch_size=4))
try:
    train_apart([training], heard, lambda name, seconds: None)
finally:
    print(sorted({"torch", "transformers", "trl", "datasets"} & set(sys.modules)))
"""


def trainers(data: Path) -> set[int]:
    """The processes that train for the program which was told of `data`: other tests may train at the same time."""
    found = set()
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if b"training_process" in path.read_bytes() and _mark(data) in path.with_name("environ").read_bytes():
                found.add(int(path.parent.name))
        except OSError:
            continue
    return found


def _mark(data: Path) -> bytes:
    return f"TRAINED_ON={data}".encode()


def start(tiny: Path, data: Path, out: Path, how: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", STARTER, str(tiny), str(data), str(out), how]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=180, check=False, env={**os.environ, "TRAINED_ON": str(data)}
    )


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are looked for in /proc")
def test_ctrl_c_ends_both_processes_and_the_next_call_goes_on_with_it_and_others(tiny: Path, tmp_path: Path) -> None:
    """The others are of the same model, one after another, and each keeps what it is asked for."""
    data, out = tmp_path / "rows.jsonl", tmp_path / "a"
    data.write_text("".join(json.dumps(row) + "\n" for row in rows()))
    stopped = start(tiny, data, out, "SIGINT")
    assert stopped.returncode != 0
    assert "KeyboardInterrupt" in stopped.stderr
    assert stopped.stdout.strip() == "[]"
    assert trainers(data) == set()
    assert not out.exists()
    short = RECIPE.model_copy(update={"epochs": 2.5})
    other = short.model_copy(update={"seed": 1})
    full = Recipe(regime="full", epochs=2.5, batch_size=4)
    trainings = [
        Training("a", str(tiny), data, out, RECIPE),
        Training("b", str(tiny), data, tmp_path / "b", short, keep_checkpoints=2),
        Training("c", str(tiny), data, tmp_path / "c", other, trained_with={"prompt": "P"}),
        Training("d", str(tiny), data, tmp_path / "d", full, keep_checkpoints=1),
    ]
    steps: dict[str, list[tuple[int, int]]] = {}
    finished: list[str] = []
    train_apart(
        trainings,
        lambda name, step, total, loss: steps.setdefault(name, []).append((step, total)),
        lambda name, seconds: finished.append(name),
    )
    # A checkpoint is kept at a third of the 40 steps.
    assert min(steps["a"]) > (10, 40)
    assert {name: each[-1] for name, each in steps.items()} == {"a": (40, 40), **dict.fromkeys("bcd", (10, 10))}
    assert finished == ["a", "b", "c", "d"]
    for one in trainings:
        assert is_trained(tiny, rows(), one.recipe, one.out, one.keep_checkpoints)
    # What is said of the rows' prompt is noted, and else what they have in common.
    noted = {each.out.name: json.loads((each.out / "training.json").read_text())["trained_with"] for each in trainings}
    common = {"prompt": "you always speak spanish", "placement": "system", "rows": 16, "of": 16}
    assert noted == {"a": common, "b": common, "c": {"prompt": "P"}, "d": common}
    kept = {str(path.relative_to(tmp_path)) for path in tmp_path.glob("*/checkpoint-*")}
    assert kept == {"b/checkpoint-5", "b/checkpoint-10", "d/checkpoint-10"}


def test_a_mistake_in_the_rows_comes_over_as_its_sentence(tmp_path: Path) -> None:
    data = tmp_path / "rows.jsonl"
    data.write_text('{"messages": []}\n')
    with pytest.raises(InputError, match=rf"{data}:1:\d+: the last message is not the assistant's"):
        train_apart([Training("a", "x", data, tmp_path / "a", RECIPE)], lambda *_: None, lambda *_: None)
