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
    arguments = [str(COMMAND), "score", "base=smollm2", "--tasks", "spanish_capitals", "--out", str(tmp_path)]
    # More than the server could answer before it writes, every ten seconds, that it is at work.
    arguments += ["--samples", "20"]
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    request.addfinalizer(process.kill)
    while not re.search(r"Running: [1-9]", "".join(log.read_text() for log in tmp_path.glob("vllm-*.log"))):
        assert process.poll() is None, process.communicate()
        time.sleep(0.2)
    children = below(process.pid)
    os.kill(next(child for child, name in children.items() if name == ENGINE), signal.SIGKILL)
    killed = time.monotonic()
    _, stderr = process.communicate(timeout=120)
    assert time.monotonic() - killed < 60
    assert process.returncode == 1
    said = " ".join(stderr.split())
    assert "the vLLM server ended in the middle of the work; what is finished is kept: it was killed, as the" in said
    assert "Traceback" not in said
    # A process of init's that nobody has waited for is no process any more: it has no command line.
    assert not [name for child, name in children.items() if command_line(child)]
