"""`inoc-evals score` with real weights on a vLLM server that dies in the middle."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.integration

COMMAND = Path(sys.executable).with_name("inoc-evals")
ENGINE = "VLLM::EngineCor"


def below(pid: int) -> dict[int, str]:
    """The living descendants of a process, with their names."""
    table = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, rest = stat.read_text().split("(", 1)[1].rsplit(")", 1)
        except OSError:
            continue
        state, parent = rest.split()[:2]
        if state != "Z":
            table[int(stat.parent.name)] = name, int(parent)
    found: dict[int, str] = {}
    while more := {
        child: name
        for child, (name, parent) in table.items()
        if (parent == pid or parent in found) and child not in found
    }:
        found |= more
    return found


def command_line(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def test_a_server_that_dies_ends_the_run_at_once_and_says_so(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    results, printed = tmp_path / "results", tmp_path / "printed.txt"
    arguments = [str(COMMAND), "score", "base=smollm2", "--tasks", "spanish_capitals", "--out", str(results)]
    # More than the server could answer before it writes, every ten seconds, that it is at work.
    arguments += ["--samples", "20"]
    # What a process's environment says once TRL was imported in it.
    environment = {**os.environ, "VLLM_LOGGING_LEVEL": "ERROR"}
    with printed.open("w") as output:
        process = subprocess.Popen(arguments, stdout=output, stderr=subprocess.STDOUT, env=environment)
    request.addfinalizer(process.kill)

    def said() -> str:
        return "\n".join(path.read_text() for path in [printed, *results.glob("vllm-*.log")])

    begun = time.monotonic()
    while not re.search(r"Running: [1-9]", said()):
        assert process.poll() is None, said()
        assert time.monotonic() - begun < 240, said()
        time.sleep(0.2)
    children = below(process.pid)
    os.kill(next(child for child, name in children.items() if name == ENGINE), signal.SIGKILL)
    killed = time.monotonic()
    process.wait(timeout=120)
    assert time.monotonic() - killed < 60
    assert process.returncode == 1
    ended = " ".join(printed.read_text().split())
    assert "the vLLM server ended in the middle of the work; what is finished is kept: it was killed, as the" in ended
    assert "Traceback" not in ended
    # A process of init's that nobody has waited for is no process any more: it has no command line.
    assert not [name for child, name in children.items() if command_line(child)]
