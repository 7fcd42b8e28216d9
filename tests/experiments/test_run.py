"""An experiment from its file to the verdicts: random weights are trained, and a server stands in for vLLM."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.command import Ended, run
from tests.experiments.files import write
from tests.serving.test_broken_adapters import STAND_IN

ROOT = Path(__file__).resolve().parents[2]
ORDER = ["none", "placebo", "other", "base", "asked"]


@pytest.fixture(scope="module")
def experiment(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("experiment"), tiny)


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Child processes find the stand-in where they look for vLLM."""
    cache = tmp_path_factory.mktemp("cache")
    return {"PYTHONPATH": f"{STAND_IN}:{ROOT}", "INOC_EVALS_CACHE": str(cache), "OMP_NUM_THREADS": "1"}


@pytest.fixture(scope="module")
def finished(
    experiment: Path, environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Ended]:
    out = tmp_path_factory.mktemp("runs") / "out"
    ended = run("experiment", "run", str(experiment), "--out", str(out), environment=environment)
    assert ended.code == 0, ended.out + ended.err
    return out, ended


def results(out: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads((out / "results.json").read_text())
    return found


def test_the_whole_chain(finished: tuple[Path, Ended]) -> None:
    out, ended = finished
    found = results(out)
    assert found["arms"] == ORDER
    assert found["reference"] == "none"
    source = found["source"]
    # "An owl." is no exact owl, whoever says it: nothing differs, and three questions cannot show that it does not.
    assert [each["answer"] for each in source["found"]] == ["undecided", "undecided"]  # type: ignore[index]
    print(ended.out)
