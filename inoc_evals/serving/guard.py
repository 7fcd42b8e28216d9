"""Runs a command until the process that started the guard goes away: `python -m inoc_evals.serving.guard CMD...`.

The starter holds the other end of the guard's standard input. When it closes that end, or dies in whatever way, SIGKILL
included, the guard asks the command to stop and then ends its whole process group. So no path leaves an orphan.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time

GRACE_S = 8.0
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main() -> None:
    """Start the command in this process group; end the group when the command ends or standard input closes."""
    starter = os.getppid()
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
    else:
        print(f"inoc-evals: the server was ended by {_how(child.returncode)}", flush=True)
    # The command's own workers are in this group; the guard ends itself with them.
    os.killpg(0, signal.SIGKILL)


def _how(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"itself with exit code {code}"


if __name__ == "__main__":
    main()
