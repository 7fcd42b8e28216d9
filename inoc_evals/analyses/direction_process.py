"""Directions made in a process of their own: when it ends, torch and its memory go with it.

`python -m inoc_evals.analyses.direction_process` makes one direction (see processes.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from inoc_evals.analyses.direction_making import Base, Contrast, direction_of
from inoc_evals.analyses.last_states import Progress
from inoc_evals.analyses.prompts import Pair
from inoc_evals.imports import without_unused
from inoc_evals.processes import run_apart, run_job, say
from inoc_evals.steering.direction import write_direction

_MODULE = "inoc_evals.analyses.direction_process"


def make_apart(base: Base, contrast: Contrast, out: Path, progress: Progress) -> None:
    """Make the direction as `direction_of` does and write it to `out`, whole or not at all; `progress` is called in a
    thread.

    Raises InputError as `direction_of` does, WorkError where `out` cannot be written or the process ends otherwise,
    and KeyboardInterrupt after it has ended.
    """
    job = {
        "base": asdict(base),
        "pairs": [[list(pair.given), list(pair.plain)] for pair in contrast.pairs],
        "noted": dict(contrast.noted),
        "out": str(out),
    }

    def heard(said: Mapping[str, Any]) -> None:
        progress(said["done"], said["total"])

    run_apart(_MODULE, "the process that makes a direction", job, heard)


def _work(job: dict[str, Any]) -> None:
    without_unused()
    pairs = tuple(Pair(tuple(given), tuple(plain)) for given, plain in job["pairs"])

    def show(done: int, total: int) -> None:
        say({"done": done, "total": total})

    _, direction = direction_of(Base(**job["base"]), Contrast(pairs, job["noted"]), show)
    write_direction(Path(job["out"]), direction)


if __name__ == "__main__":
    run_job(_work)
