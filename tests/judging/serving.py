"""Starting and stopping the quick loopback server."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

SERVER = Path(__file__).resolve().parents[2] / "benchmarks" / "judge_server.py"


@dataclass(frozen=True)
class Served:
    url: str

    def get(self, path: str) -> Any:
        connection = HTTPConnection(self.url.removeprefix("http://").removesuffix("/v1"))
        with closing(connection):
            connection.request("GET", path)
            return json.load(connection.getresponse())


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
