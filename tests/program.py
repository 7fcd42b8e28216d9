"""A program of processes.py for its tests: does what its job says."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from typing import Any

from inoc_evals.errors import InputError, WorkError
from inoc_evals.processes import run_job, say


def work(job: dict[str, Any]) -> None:
    """Say, print, and end as the job wants."""
    say({"pid": os.getpid()})
    print('{"printed": "by a library"}', flush=True)
    for error in (InputError, WorkError):
        if job["end"] == error.__name__:
            raise error("what went wrong")
    if job["end"] == "OSError":
        raise FileNotFoundError(2, "No such file or directory", "gone")
    if job["end"] == "signal":
        os.kill(os.getpid(), signal.SIGKILL)
    if job["end"] == "never":
        time.sleep(600)
    if job["end"] == "cut short":
        with suppress(KeyboardInterrupt):
            time.sleep(600)
        raise RuntimeError("a module is loaded twice")


if __name__ == "__main__":
    run_job(work)
