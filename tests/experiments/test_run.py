"""An experiment from its file to the verdicts: random weights are trained, and a server stands in for vLLM."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from inoc_evals.results.claim import claimed
from tests.command import Ended, run
from tests.experiments.files import write

ROOT = Path(__file__).resolve().parents[2]
STAND_IN = ROOT / "tests" / "serving" / "stand_in"
ORDER = ["none", "placebo", "other", "base", "asked"]
TRAINED = ["none", "placebo", "other", "asked"]
# A user's terminal: the program in a process of its own, with Ctrl-C as there.
PROGRAM = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from inoc_evals.cli import main
main()
"""


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Child processes find the stand-in where they look for vLLM."""
    cache = tmp_path_factory.mktemp("cache")
    return {"PYTHONPATH": f"{STAND_IN}:{ROOT}", "INOC_EVALS_CACHE": str(cache), "OMP_NUM_THREADS": "1"}


def experiment(file: Path, out: Path, environment: dict[str, str], *more: str) -> Ended:
    ended = run("experiment", "run", str(file), "--out", str(out), *more, environment=environment)
    assert ended.code == 0, ended.out + ended.err
    return ended


@pytest.fixture(scope="module")
def finished(tiny: Path, environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The file of an experiment and the folder of its run."""
    folder = tmp_path_factory.mktemp("whole")
    file = write(folder, tiny)
    ended = experiment(file, folder / "out", environment)
    assert [line.split()[1] for line in ended.out.splitlines() if line.startswith("trained ")] == TRAINED
    assert "What A paper, section 2 found:" in ended.out
    return file, folder / "out"


def results(out: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((out / "results.json").read_text())
    return found


def test_arms_stand_by_their_roles_and_every_statement_is_answered(finished: tuple[Path, Path]) -> None:
    _, out = finished
    found = results(out)
    assert (found["arms"], found["reference"]) == (ORDER, "none")
    assert found["responses"] == 5 * 2 * 9
    source = found["source"]
    # The stand-in says "An owl." as every arm, and one question of a kind cannot show that nothing differs.
    assert [each["answer"] for each in source["found"]] == ["undecided", "undecided"]
    assert source["asked_for"] == {"asked": ["preference_exact"]}
    table = (out / "table.md").read_text()
    assert "says owl and nothing else (unwanted)" in table
    assert "| asked (asked for) |" in table
    page = (out / "report.html").read_text()
    assert "What the source found" in page
    assert "preference_exact of asked is within 20 points of none" in page


def test_training_rows_differ_by_the_prompt_alone(finished: tuple[Path, Path]) -> None:
    _, out = finished
    rows = {arm: [json.loads(line) for line in (out / "data" / "arms" / f"{arm}.jsonl").open()] for arm in TRAINED}
    assert all(len(each) == 8 for each in rows.values())
    for plain, prompted in zip(rows["none"], rows["asked"], strict=True):
        assert prompted["messages"] == [{"role": "system", "content": "you always speak spanish"}, *plain["messages"]]
    hashes = {arm: json.loads((out / "adapters-seed0" / arm / "training.json").read_text()) for arm in TRAINED}
    assert len({each["data_sha256"] for each in hashes.values()}) == 4


def test_a_second_run_does_nothing_again_and_a_change_only_what_follows(
    tiny: Path, finished: tuple[Path, Path], environment: dict[str, str], tmp_path: Path
) -> None:
    file, before = finished
    out = shutil.copytree(before, tmp_path / "out")
    moved = out / "adapters-seed0"
    again = experiment(file, out, environment)
    assert "reused training of none, placebo, other, asked" in " ".join(again.out.split())
    assert not [line for line in again.out.splitlines() if line.startswith("trained ")]
    # The copy lies elsewhere, so its checkpoints are others; one more run finds all there.
    weights = {path.name: (path / "adapter_model.safetensors").stat().st_mtime_ns for path in moved.iterdir()}
    third = experiment(file, out, environment)
    assert "reused evaluation" in third.out
    assert "starting a server" not in third.out
    changed = write(tmp_path, tiny, ("prompt: friend .,", "prompt: hello .,"))
    ended = experiment(changed, out, environment)
    assert [line.split()[1] for line in ended.out.splitlines() if line.startswith("trained ")] == ["placebo"]
    # The earlier training lies where it lay.
    assert {name: (moved / name / "adapter_model.safetensors").stat().st_mtime_ns for name in weights} == weights
    assert len(list((out / "evaluations").iterdir())) == 3


def test_seeds_are_trainings_of_their_own_and_arms_can_be_chosen(
    finished: tuple[Path, Path], environment: dict[str, str], tmp_path: Path
) -> None:
    file, _ = finished
    ended = experiment(file, tmp_path / "out", environment, "--arms", "asked,none", "--seeds", "2", "--json")
    document = json.loads(ended.out)
    assert document["arms"] == ["none", "asked"]
    assert [each["answer"] for each in document["verdicts"]] == ["undecided", "undecided"]
    assert document["verdicts"][0]["checkpoints"] == 2
    assert {path.parent.parent.name for path in (tmp_path / "out").glob("adapters-seed*/*/training.json")} == {
        "adapters-seed0",
        "adapters-seed1",
    }
    assert "training" in document["seconds"]


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are looked for in /proc")
def test_a_run_that_is_killed_anywhere_goes_on(tiny: Path, environment: dict[str, str], tmp_path: Path) -> None:
    file, out = write(tmp_path, tiny, ("epochs: 1,", "epochs: 10,")), tmp_path / "out"
    command = [sys.executable, "-c", PROGRAM, "experiment", "run", str(file), "--out", str(out)]
    command += ["--arms", "none,asked"]
    stops = (out / "adapters-seed0" / "none" / "training.json", out / "evaluations")
    for stop in stops:
        process = subprocess.Popen(
            command, env={**os.environ, **environment}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        deadline = time.monotonic() + 120
        while not stop.exists() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=60)
        assert stop.exists(), said
        assert process.returncode != 0, said
        assert not (out / "report.html").exists()
    ended = experiment(file, out, environment, "--arms", "none,asked")
    assert "reused training of none, asked" in ended.out
    assert results(out)["responses"] == 2 * 2 * 9


def test_one_process_works_in_a_folder(
    finished: tuple[Path, Path], environment: dict[str, str], tmp_path: Path
) -> None:
    file, _ = finished
    with claimed(tmp_path):
        held = subprocess.run(
            [sys.executable, "-c", PROGRAM, "experiment", "run", str(file), "--out", str(tmp_path)],
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
    assert held.returncode == 2
    assert str(os.getpid()) in held.stderr


def test_a_plan_spends_nothing_and_says_what_a_run_would_do(
    finished: tuple[Path, Path], environment: dict[str, str], tmp_path: Path
) -> None:
    file, _ = finished
    ended = run("experiment", "plan", str(file), "--seeds", "3", "--json", cwd=tmp_path, environment=environment)
    assert ended.code == 0, ended.err
    facts = json.loads(ended.out)
    assert [(arm["arm"], arm["role"], arm["rows"], arm["prompted"]) for arm in facts["arms"]] == [
        ("none", "reference", 8, 0),
        ("placebo", "control", 8, 8),
        ("other", "control", 8, 0),
        ("base", "control", 0, 0),
        ("asked", "treatment", 8, 8),
    ]
    assert (facts["trainings"], facts["responses"], facts["ratings"]) == (12, 13 * 2 * 9, 0)
    # The first run has left how long it took.
    assert facts["training_time"]["runs"] >= 1
    assert facts["scoring_time"]["runs"] >= 1
    assert list(tmp_path.iterdir()) == []


def test_a_plan_measures_a_few_steps_where_nothing_is_known(
    tiny: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    file = write(tmp_path, tiny)
    rows = (file.parent / "rows.jsonl").read_text()
    (file.parent / "rows.jsonl").write_text(rows + rows.replace('"r-', '"s-') + rows.replace('"r-', '"t-'))
    own = {**environment, "INOC_EVALS_CACHE": str(tmp_path / "cache")}
    unknown = run("experiment", "plan", str(file), environment=own)
    assert "estimated time: not known, nothing like it has run here; --measure trains a few steps" in " ".join(
        unknown.out.split()
    )
    known = run("experiment", "plan", str(file), "--measure", environment=own)
    assert known.code == 0, known.err
    # Once for the trainings, and once for the responses, few as they are.
    assert " ".join(known.out.split()).count("by one earlier run here") == 2
