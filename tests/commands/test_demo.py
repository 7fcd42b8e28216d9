"""The demo's stages around its training and its server: what is reused, and what is made anew."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console

from inoc_evals.checkpoints.resolve import Checkpoint
from inoc_evals.commands import score
from inoc_evals.commands.demo import _clear, _finished, _request
from inoc_evals.errors import InputError
from inoc_evals.plan.compiled import make_plan
from inoc_evals.plan.request import Request
from inoc_evals.results.claim import claimed
from tests.judging.serving import started

TASK = "spanish_capitals"


def adapter(folder: Path, weights: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "adapter_model.safetensors").write_text(weights)
    return folder


def base(kind: str = "embedded", reference: str = "smollm2") -> Checkpoint:
    return Checkpoint(kind, reference, "/cache/smollm2", None, None, "0" * 64)  # type: ignore[arg-type]


def test_an_evaluation_lies_in_a_folder_of_just_its_checkpoints(tmp_path: Path) -> None:
    plan = make_plan(TASK, {})
    adapters = {"none": adapter(tmp_path / "none", "a"), "spanish": adapter(tmp_path / "spanish", "b")}
    asked = _request(base(), adapters, plan, tmp_path)
    assert list(asked.checkpoints) == [f"none={tmp_path}/none", f"spanish={tmp_path}/spanish", "base=smollm2"]
    assert asked.tasks == (TASK,)
    assert _request(base(), adapters, plan, tmp_path) == asked
    adapter(tmp_path / "spanish", "other weights")
    other = _request(base(), adapters, plan, tmp_path)
    assert other.out != asked.out
    adapter(tmp_path / "spanish", "b")
    assert _request(base(), adapters, plan, tmp_path) == asked
    # A provider of that name would be asked otherwise.
    hub = Checkpoint("hub", "google/gemma-2b", "/cache/gemma", None, None, "0" * 64, "google/gemma-2b@abc")
    assert _request(hub, adapters, plan, tmp_path).checkpoints[-1] == "base=hub:google/gemma-2b@abc"


@pytest.fixture(scope="module")
def scored(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Responses of two arms to two items of each category, without a report."""
    folder = tmp_path_factory.mktemp("scored")
    with started(folder, "") as served:
        arms = [f"none={served.url}#a", f"base={served.url}#b"]
        request = Request(arms, folder / "out", (TASK,), arguments={TASK: {"limit": 2}})
        score.run(request, Console(quiet=True), report=False)
    return folder / "out"


def test_only_an_evaluation_with_all_its_responses_is_reused(scored: Path, tmp_path: Path) -> None:
    assert not (scored / "report.html").exists()
    found = _finished(scored, 4)
    assert found is not None
    assert len(found.source.rows) == 8
    assert _finished(scored, 5) is None
    assert _finished(tmp_path / "nothing", 4) is None
    part = shutil.copytree(scored, tmp_path / "part")
    next(part.glob("logs/*/*.eval")).unlink()
    assert _finished(part, 4) is None
    damaged = shutil.copytree(scored, tmp_path / "damaged")
    next(damaged.glob("logs/*/*.eval")).write_bytes(b"PK")
    assert _finished(damaged, 4) is None


def test_a_fresh_demo_removes_a_demo_only(tmp_path: Path) -> None:
    demo = tmp_path / "demo"
    adapter(demo / "adapters-seed0" / "none", "a")
    for name in ("table.md", "figure.png", "report.html", "results.json", "responses.csv", "responses.parquet"):
        (demo / name).write_text(name)
    adapter(tmp_path / "elsewhere", "log")
    (demo / "evaluations").symlink_to(tmp_path / "elsewhere")
    mine = demo / "thesis.tex"
    mine.write_text("mine")
    with claimed(demo):
        with pytest.raises(InputError, match=r"holds something else \(thesis\.tex\)"):
            _clear(demo)
        assert len(list(demo.glob("[!.]*"))) == 9
        mine.unlink()
        _clear(demo)
        assert not list(demo.glob("[!.]*"))
    assert (tmp_path / "elsewhere" / "adapter_model.safetensors").is_file()
