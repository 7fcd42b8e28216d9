from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

SERVER = Path(__file__).resolve().parents[2] / "benchmarks" / "judge_server.py"


@dataclass(frozen=True)
class Served:
    url: str

    def get(self, path: str) -> Any:
        root = self.url.removesuffix("/v1")
        return httpx.get(f"{root}{path}", trust_env=False).raise_for_status().json()


@contextmanager
def started(folder: Path, faults: str) -> Iterator[Served]:
    port_file = folder / f"port-{time.monotonic_ns()}"
    command = [sys.executable, str(SERVER), str(port_file), faults]
    process = subprocess.Popen(command, stdin=subprocess.PIPE)
    try:
        deadline = time.monotonic() + 20
        while not port_file.exists():
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.02)
        yield Served(f"http://127.0.0.1:{port_file.read_text()}/v1")
    finally:
        assert process.stdin
        process.stdin.close()
        process.wait(timeout=10)


@pytest.fixture
def judge_server(tmp_path: Path) -> Iterator[Callable[..., Served]]:
    with ExitStack() as stack:
        yield lambda faults="": stack.enter_context(started(tmp_path, faults))


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads or leaves judgements in the user's cache."""
    monkeypatch.setenv("INOC_EVALS_CACHE", str(tmp_path / "cache"))
    from inoc_evals.harness.inspect import graders

    monkeypatch.setattr(graders, "_caches", [])
    monkeypatch.setattr(graders, "_judges", {})
