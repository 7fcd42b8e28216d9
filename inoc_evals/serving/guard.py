"""Runs a command until the process that started the guard goes away: `python -m inoc_evals.serving.guard CMD...`.

The starter holds the other end of the guard's standard input. When it closes that end, or dies in whatever way, SIGKILL
included, the guard asks the command to stop and then ends all that has come from it, a process that has begun a session
of its own included. So no path leaves an orphan.
"""

from __future__ import annotations

import ctypes
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

GRACE_S = 8.0
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_SET_CHILD_SUBREAPER = 36  # of Linux's prctl
_PROC = Path("/proc")
# Ending one that forks meanwhile takes several rounds.
_END_S = 10.0


def main() -> None:
    """Start the command in this process group; end everything when the command ends or standard input closes."""
    starter = os.getppid()
    _adopt_orphans()
    child = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL)  # noqa: S603 - the starter's own command
    # From here on only the closed input or the end of the command ends the guard.
    for name in SIGNALS:
        signal.signal(name, signal.SIG_IGN)
    while child.poll() is None:
        ready, _, _ = select.select([0], [], [], 0.2)
        # A process forked by the starter holds the pipe too and would keep it open.
        if os.getppid() != starter or (ready and not os.read(0, 1024)):
            child.terminate()
            deadline = time.monotonic() + GRACE_S
            while child.poll() is None and time.monotonic() < deadline:
                time.sleep(0.1)
            break
        _bury(child.pid)
    else:
        print(f"inoc-evals: the server was ended by {_how(child.returncode)}", flush=True)
    _end_descendants()
    # Where there is no /proc, the command's own workers are at least in this group; the guard ends itself with them.
    os.killpg(0, signal.SIGKILL)


def _adopt_orphans() -> None:
    """Make this process the parent of every descendant whose own parent ends, so that none gets out of sight."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _bury(command: int) -> None:
    """Reap the adopted processes that have ended; how the command itself has ended is still to be asked."""
    # Without children, or where the next one to be buried is the command.
    with suppress(ChildProcessError):
        while (ended := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)) and ended.si_pid != command:
            os.waitpid(ended.si_pid, os.WNOHANG)


def _end_descendants() -> None:
    deadline = time.monotonic() + _END_S
    while time.monotonic() < deadline and (left := list(_descendants())):
        for pid in left:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        with suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        time.sleep(0.02)


def _descendants() -> Iterator[int]:
    """The processes that have come from this one and have not ended, parents first."""
    children: dict[int, list[int]] = {}
    for entry in _PROC.iterdir() if _PROC.is_dir() else ():
        if entry.name.isdigit():
            # Gone in the meantime.
            with suppress(FileNotFoundError, ProcessLookupError):
                # The name of the program stands in brackets and may hold any character.
                state, parent = (entry / "stat").read_text(errors="replace").rpartition(")")[2].split()[:2]
                if state != "Z":
                    children.setdefault(int(parent), []).append(int(entry.name))
    generation = [os.getpid()]
    while generation:
        generation = [child for pid in generation for child in children.get(pid, ())]
        yield from generation


def _how(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"itself with exit code {code}"


if __name__ == "__main__":
    main()
