"""Checkpoints spread over several processes, for where one event loop, and not the server, is the limit.

Each process is this module as a program: it reads its part as JSON from standard input, keys included, and writes how
far it is as lines of JSON to standard output. It stops as by Ctrl-C when its standard input closes, so that none
outlives the program that started it.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inoc_evals.definitions.arms import Variation
from inoc_evals.errors import InputError, WorkError
from inoc_evals.harness.inspect.asked import Asked
from inoc_evals.harness.inspect.run import CONNECTIONS, evaluate_set
from inoc_evals.harness.inspect.stopping import GRACE_S, sigterm_as_ctrl_c
from inoc_evals.results.claim import claimed

if TYPE_CHECKING:
    from inspect_ai.model import Model

    from inoc_evals.harness.inspect.asked import Tasks
    from inoc_evals.harness.inspect.run import Progress, Say

_INPUT, _WORK, _INTERRUPTED = 2, 1, 130
_PATIENCE_S = 20.0


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
    running: list[_Worker] = []
    counts = [(0, 0)] * workers
    turn = threading.Lock()

    def count(number: int, done: int, total: int) -> None:
        with turn:
            counts[number] = done, total
            progress(sum(one for one, _ in counts), sum(of for _, of in counts))

    try:
        for number, part in enumerate(parts):
            request = {
                "tasks": {name: dict(arguments) for name, arguments in tasks.items()},
                "asked": [_handed_on(one) for one in part],
                "log_dir": f"{log_dir}-{number + 1}of{workers}",
                "judges": graders,
                "connections": CONNECTIONS // workers,
            }
            running.append(_Worker(request, partial(count, number)))
        failures = [failure for worker in running if (failure := worker.wait())]
    except KeyboardInterrupt:
        say(f"stopping: up to {GRACE_S:.0f} s for the requests under way; Ctrl-C again ends at once")
        raise
    finally:
        _end(running)
    if failures:
        raise failures[0]


def _end(workers: Sequence[_Worker]) -> None:
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


def _handed_on(one: Asked) -> dict[str, Any]:
    model, variation = _described(one.model), one.variation.given()
    return {"label": one.label, "arm": one.arm, "model": model, "variation": variation}


def _described(model: Model) -> dict[str, str]:
    """What another process needs to reach the same model: its name, and where it is not the provider's own, address
    and key."""
    name = str(model)
    if not name.startswith("openai-api/"):
        return {"model": name}
    return {"model": name, "base_url": str(model.api.base_url), "api_key": str(model.api.api_key)}


class _Worker:
    """A running worker; its progress is read in a thread."""

    def __init__(self, request: Mapping[str, Any], progress: Progress) -> None:
        self._said: dict[str, str] = {}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "inoc_evals.harness.inspect.workers"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            # A second SIGINT, here the terminal's own, would cut short what the first one lets finish.
            start_new_session=True,
        )
        stdin = self._process.stdin
        if stdin:
            stdin.write(json.dumps(request) + "\n")
            stdin.flush()
        self._reader = threading.Thread(target=self._read, args=(progress,), daemon=True)
        self._reader.start()

    def _read(self, progress: Progress) -> None:
        for line in self._process.stdout or ():
            try:
                said = json.loads(line)
                if "error" in said:
                    self._said.update(said)
                else:
                    progress(said["done"], said["total"])
            except (ValueError, TypeError, KeyError):
                # inspect and its providers may print; only our own lines are JSON objects.
                print(line, end="", file=sys.stderr)

    def wait(self) -> InputError | WorkError | None:
        """Wait for the end; the error that the worker ended with, if any. Raises KeyboardInterrupt if it was
        interrupted."""
        code = self._process.wait()
        self._reader.join(_PATIENCE_S)
        if code == 0:
            return None
        if code == _INTERRUPTED:
            raise KeyboardInterrupt
        message = self._said.get("error", f"a worker process ended with exit code {code}; what is finished is kept")
        return InputError(message) if code == _INPUT else WorkError(message)

    def hang_up(self) -> None:
        """Ask the worker to end, which keeps what is finished."""
        if self._process.stdin:
            self._process.stdin.close()

    def interrupt(self) -> None:
        """What a second Ctrl-C does."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)

    def stop(self) -> None:
        """Wait for the end that was asked for, and no longer than `_PATIENCE_S`."""
        try:
            self._process.wait(_PATIENCE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join(_PATIENCE_S)
        if self._process.stdout:
            self._process.stdout.close()


def main() -> None:
    """The worker itself. Exit code 0, 1 (the work failed), 2 (the input was wrong) or 130 (interrupted)."""
    request = json.loads(sys.stdin.readline())
    # A program that a shell script started in the background ignores SIGINT, and its children do too.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    threading.Thread(target=_interrupted_at_end_of_input, daemon=True).start()
    from inspect_ai.model import get_model

    def revived(described: Mapping[str, str]) -> Model:
        url, key = described.get("base_url"), described.get("api_key")
        return get_model(described["model"], base_url=url, api_key=key, memoize=False)

    def show(done: int, total: int) -> None:
        _say({"done": done, "total": total})

    try:
        # What is left of a run whose first process was killed may still be ending.
        with sigterm_as_ctrl_c(), claimed(Path(request["log_dir"]), patience_s=_PATIENCE_S):
            evaluate_set(
                request["tasks"],
                [
                    Asked(one["label"], one["arm"], revived(one["model"]), Variation.model_validate(one["variation"]))
                    for one in request["asked"]
                ],
                Path(request["log_dir"]),
                [revived(described) for described in request["judges"]],
                connections=request["connections"],
                progress=show,
            )
    except InputError as error:
        _say({"error": str(error)})
        sys.exit(_INPUT)
    except WorkError as error:
        _say({"error": str(error)})
        sys.exit(_WORK)
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)


def _interrupted_at_end_of_input() -> None:
    sys.stdin.read()
    os.kill(os.getpid(), signal.SIGINT)


def _say(what: Mapping[str, object]) -> None:
    print(json.dumps(what), flush=True)


if __name__ == "__main__":
    main()
