"""What is left of a sandbox that is ended while it is still being made."""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path

import pytest

from inoc_evals.protocols.requests import Limits
from inoc_evals.sandbox import running
from inoc_evals.sandbox.command import Folders, Machine
from inoc_evals.sandbox.running import Job, run

# Like bwrap as long as its first process has not bound itself to it: a child that does not end when it does.
MAKING = """\
#!/bin/sh
sleep 300 &
echo $! > "$0.child"
wait
"""


def alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(") ")[2][0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are looked for in /proc")
def test_a_sandbox_that_is_still_being_made_when_its_time_is_over_leaves_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bwrap = tmp_path / "bwrap"
    bwrap.write_text(MAKING)
    bwrap.chmod(0o755)
    machine = Machine(str(bwrap), Path(sys.base_prefix), (), (), root=False)
    monkeypatch.setattr(running, "sandbox_machine", lambda: machine)
    ended = asyncio.run(run(Job(("true",), Folders(tmp_path), 0, Limits(seconds=2))))
    assert (ended.exit, ended.cause) == (None, running.TIMEOUT)
    child = int((tmp_path / "bwrap.child").read_text())
    until = time.monotonic() + 5
    while alive(child) and time.monotonic() < until:
        time.sleep(0.02)
    assert not alive(child)
