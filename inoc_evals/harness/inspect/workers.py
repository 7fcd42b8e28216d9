"""Checkpoints spread over several processes, for where one event loop, and not the server, is the limit.

Each process is this module as a program (see processes.py): its job is its part, keys included, and it says how far it
is.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inoc_evals.definitions.arms import TrainingStep, Variation
from inoc_evals.harness.inspect.asked import Asked
from inoc_evals.harness.inspect.run import CONNECTIONS, AtOnce, evaluate_set
from inoc_evals.harness.inspect.stopping import GRACE_S, sigterm_as_ctrl_c
from inoc_evals.judging.accounting import handed_on, taken_over
from inoc_evals.processes import PATIENCE_S, Program, run_job
from inoc_evals.processes import say as tell
from inoc_evals.results.claim import claimed

if TYPE_CHECKING:
    from inspect_ai.model import Model

    from inoc_evals.harness.inspect.asked import Tasks
    from inoc_evals.harness.inspect.run import Progress, Say

_MODULE = "inoc_evals.harness.inspect.workers"


def evaluate_in_workers(
    workers: int,
    tasks: Tasks,
    asked: Sequence[Asked],
    log_dir: Path,
    judges: Sequence[Model],
    progress: Progress,
    say: Say,
) -> None:
    """`evaluate_set` in `workers` processes, at most one for each model.

    Worker I of N has a log folder of its own, `log_dir` with -IofN behind it. Raises InputError, WorkError and
    KeyboardInterrupt as `evaluate_set` does, after all workers have ended.
    """
    workers = min(workers, len(asked))
    parts = [asked[number::workers] for number in range(workers)]
    graders = [_described(judge) for judge in judges]
    running: list[Program] = []
    counts = [(0, 0)] * workers
    turn = threading.Lock()

    def count(number: int, said: Mapping[str, Any]) -> None:
        with turn:
            counts[number] = said["done"], said["total"]
            progress(sum(done for done, _ in counts), sum(total for _, total in counts))

    try:
        for number, part in enumerate(parts):
            request = {
                "tasks": {name: dict(arguments) for name, arguments in tasks.items()},
                "asked": [_handed_on(checkpoint) for checkpoint in part],
                "log_dir": f"{log_dir}-{number + 1}of{workers}",
                "judges": graders,
                "connections": CONNECTIONS // workers,
                "account": handed_on(),
            }
            running.append(Program(_MODULE, "a worker process", request, partial(count, number)))
        failures = [failure for worker in running if (failure := worker.wait())]
    except KeyboardInterrupt:
        say(f"stopping: up to {GRACE_S:.0f} s for the requests under way; Ctrl-C again ends at once")
        raise
    finally:
        _end(running)
    if failures:
        raise failures[0]


def _end(workers: Sequence[Program]) -> None:
    """Ask all to end, and wait for it; a further Ctrl-C is handed on to them."""
    for worker in workers:
        worker.hang_up()
    try:
        for worker in workers:
            worker.stop()
    except KeyboardInterrupt:
        for worker in workers:
            worker.interrupt()
        for worker in workers:
            worker.stop()
        raise


def _handed_on(checkpoint: Asked) -> dict[str, Any]:
    model, variation = _described(checkpoint.model), checkpoint.variation.given()
    at = asdict(checkpoint.at) if checkpoint.at is not None else None
    who = {"label": checkpoint.label, "arm": checkpoint.arm}
    return {**who, "model": model, "variation": variation, "at": at, "wanted": checkpoint.wanted}


def _described(model: Model) -> dict[str, str]:
    """What another process needs to reach the same model: its name, and where it is not the provider's own, address
    and key."""
    name = str(model)
    if not name.startswith("openai-api/"):
        return {"model": name}
    return {"model": name, "base_url": str(model.api.base_url), "api_key": str(model.api.api_key)}


def _work(job: dict[str, Any]) -> None:
    from inspect_ai.model import get_model

    def revived(described: Mapping[str, str]) -> Model:
        url, key = described.get("base_url"), described.get("api_key")
        return get_model(described["model"], base_url=url, api_key=key, memoize=False)

    # What is left of a run whose first process was killed may still be ending.
    folder = Path(job["log_dir"])
    with sigterm_as_ctrl_c(), claimed(folder, patience_s=PATIENCE_S), taken_over(job["account"]):
        evaluate_set(
            job["tasks"],
            [
                Asked(
                    checkpoint["label"],
                    checkpoint["arm"],
                    revived(checkpoint["model"]),
                    Variation.model_validate(checkpoint["variation"]),
                    TrainingStep(**checkpoint["at"]) if checkpoint["at"] is not None else None,
                    checkpoint["wanted"],
                )
                for checkpoint in job["asked"]
            ],
            folder,
            [revived(described) for described in job["judges"]],
            at_once=AtOnce(job["connections"]),
            progress=lambda done, total: tell({"done": done, "total": total}),
        )


if __name__ == "__main__":
    run_job(_work)
