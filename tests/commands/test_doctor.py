from __future__ import annotations

import re
from pathlib import Path

import pytest

from inoc_evals.commands.doctor import examine, report
from inoc_evals.measures import registry
from tests.checkpoints.hub import mirrored
from tests.command import run


def found(what: str) -> tuple[str, str, str]:
    one = next(finding for finding in examine() if finding.what == what)
    return one.state, one.found, one.remedy


def test_keys_are_named_and_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sesame")
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    assert found("OPENAI_API_KEY")[0] == "ok"
    assert found("ANTHROPIC_API_KEY")[0] == "missing"
    assert "sesame" not in report(examine())


def test_a_broken_task_of_the_user_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = tmp_path / "tasks" / "mine"
    folder.mkdir(parents=True)
    (folder / "task.yaml").write_text("name: mine\n")
    monkeypatch.setenv("INOC_EVALS_PATH", f"{tmp_path}:{tmp_path / 'none'}")
    good, broken = (finding for finding in examine() if finding.what == "tasks")
    assert good.state == "ok"
    assert "spanish_capitals" in good.found
    assert broken.state == "wrong"
    assert "task.yaml:1:1" in broken.found
    assert found("INOC_EVALS_PATH")[0] == "wrong"


def test_checkpoints_are_told_what_they_are_taken_for(hub_cache: Path) -> None:
    mirrored(hub_cache, "google/gemma-2b")
    references = ["ollama/llama3", "a=hub:google/gemma-2b", "http://127.0.0.1:9/v1#m", "~nouser/x"]
    *_, provider, weights, address, nothing = examine(references)
    assert provider.found == "ollama/llama3 (arm llama3): a model of the provider ollama"
    assert re.fullmatch(r"hub:google/gemma-2b \(arm a\): hub, of the hub at [0-9a-f]{12}", weights.found)
    assert address.found.endswith("a model behind an address")
    assert (nothing.state, "no user" in nothing.found) == ("wrong", True)
    assert "perplexity" in found("providers")[1]


def test_extras_are_named_with_what_they_hold() -> None:
    # The environment of the tests has all of them.
    assert found("extra report")[0] == found("extra train")[0] == found("extra lm-eval")[0] == "ok"
    assert "peft " in found("extra train")[1]
    assert not any(finding.what in ("extra test", "extra dev") for finding in examine())


def test_a_broken_measure_of_another_package_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    about = tmp_path / "other_bad-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: other_bad\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(f"[{registry.GROUP}]\nhumour = nowhere_at_all:MEASURE\n")
    monkeypatch.syspath_prepend(tmp_path)
    registry._others.cache_clear()
    request.addfinalizer(registry._others.cache_clear)
    ended = run("doctor")
    assert ended.code == 1
    (line,) = (line for line in ended.out.splitlines() if "humour" in line)
    assert line.startswith("wrong    measure ")
    said = " ".join(ended.out.split())
    assert "measure humour of package other_bad cannot be used (No module named 'nowhere_at_all')" in said


def test_without_a_driver_there_is_no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert "none" in found("GPU")[1]
