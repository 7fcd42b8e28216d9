"""Starting and stopping the quick loopback server."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

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
