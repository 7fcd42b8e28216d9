"""All tasks on all models in one inspect run, or in a set that a later call goes on with."""

from __future__ import annotations

import ast
import logging
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from inspect_ai import Task, eval, eval_set
from inspect_ai._util.error import PrerequisiteError
from inspect_ai.hooks import Hooks, SampleEnd, hooks
from inspect_ai.log import EvalLog
from inspect_ai.model import Model, get_model

from inoc_evals.harness.inspect.graders import ROLE
from inoc_evals.harness.inspect.solvers import forget_rendered
from inoc_evals.spec.errors import InputError, WorkError
from inoc_evals.spec.words import without_markup

Progress = Callable[[int, int], None]  # samples done, samples in all
_on_sample: list[Callable[[], None]] = []
_ATTEMPTS = 3
# Requests under way at once, of all models together: with the open logs they stay below the usual 1,024 open files.
CONNECTIONS = 256
# inspect keeps the scores of a task's samples in memory until the task ends.
_TASKS_AT_ONCE = 24
# Logs hold the text form of what a sample raised.
_INPUT_ERROR = re.compile(r"""InputError\((".*"|'.*')\)""")


@hooks(name="inoc_evals_progress", description="Counts finished samples for inoc-evals' own progress line")
class _Counter(Hooks):
    def enabled(self) -> bool:
        return bool(_on_sample)

    async def on_sample_end(self, data: SampleEnd) -> None:  # noqa: ARG002 - inspect's signature
        for notify in _on_sample:
            notify()


def evaluate(
    tasks: Sequence[Task],
    url: str,
    api_key: str,
    arms: Mapping[str, str],
    log_dir: Path,
    *,
    connections_per_arm: int = 32,
    progress: Progress | None = None,
) -> list[Path]:
    """Evaluate every task on every arm (label -> served name) concurrently; one log per task and arm in `log_dir`.

    Raises WorkError, naming the log, if a run did not succeed; responses gathered so far stay in the logs.
    """
    models = [served_model(url, api_key, served) for served in arms.values()]
    with _counted(tasks, len(models), progress):
        logs = eval(
            list(tasks),
            model=models,
            log_dir=str(log_dir),
            log_realtime=False,
            max_connections=connections_per_arm,
            max_tasks=len(tasks) * len(models),
            metadata={"arms": {str(model): arm for model, arm in zip(models, arms, strict=True)}},
            **_COMMON,
        )
    return _finished(logs, len(tasks) * len(models))


def evaluate_set(
    tasks: Sequence[Task],
    models: Mapping[str, Model],
    arms: Mapping[str, str],
    log_dir: Path,
    judges: Sequence[Model],
    *,
    connections: int = CONNECTIONS,
    progress: Progress | None = None,
) -> list[Path]:
    """The same for models by label, whose arms are `arms`, as one of inspect's eval sets: what lies finished in
    `log_dir` is kept, down to the sample, also after a kill. The models share `connections`. Returns the logs. Raises
    WorkError if something stays unfinished, and InputError for two models of one name."""
    names = [str(model) for model in models.values()]
    if twice := {name for name in names if names.count(name) > 1}:
        raise InputError(f"two checkpoints are called {min(twice)}, here and in the logs; serve one by another name")
    share = min(64, max(4, connections // len(models)))
    log_dir.mkdir(parents=True, exist_ok=True)
    # inspect writes the roles into the logs' headers, where only a real binding belongs.
    roles: dict[str, Any] = {"model_roles": {ROLE: list(judges)}} if judges else {}
    with _counted(tasks, len(models), progress):
        try:
            _, logs = eval_set(
                list(tasks),
                log_dir=str(log_dir),
                model=list(models.values()),
                retry_attempts=_ATTEMPTS,
                # inspect counts connections for each model, and keeps so many samples of each task in memory.
                max_connections=share,
                max_samples=share,
                max_tasks=min(_TASKS_AT_ONCE, len(tasks) * len(models)),
                metadata={"arms": {str(model): arms[label] for label, model in models.items()}},
                **roles,
                **_COMMON,
            )
        except PrerequisiteError as error:
            raise InputError(without_markup(str(error.message))) from None
    return _finished(logs, len(tasks) * len(models))


def served_model(url: str, api_key: str, served: str) -> Model:
    """The inspect model for a name on a vLLM server."""
    # Under vllm/base:adapter inspect forgets the adapter's name after the first request.
    return get_model(f"openai-api/vllm/{served}", base_url=url, api_key=api_key, memoize=False)


_COMMON: dict[str, Any] = {
    # The user's INSPECT_LOG_FORMAT must not decide whether our own reader finds the logs.
    "log_format": "eval",
    "display": "none",
    "score_display": False,
    "max_retries": 5,
    "timeout": 600,
}


@contextmanager
def _counted(tasks: Sequence[Task], models: int, progress: Progress | None) -> Iterator[None]:
    total = models * sum(len(task.dataset) * (task.epochs or 1) for task in tasks)
    done = 0

    def notify() -> None:
        nonlocal done
        done += 1
        if progress:
            progress(min(done, total), total)

    logging.getLogger("httpx").setLevel(logging.WARNING)
    forget_rendered()
    _on_sample.append(notify)
    try:
        yield
    finally:
        _on_sample.remove(notify)


def _finished(logs: Sequence[EvalLog], wanted: int) -> list[Path]:
    if len(logs) < wanted or any(log.status == "cancelled" for log in logs):
        # inspect may leave interrupted tasks out, and calls the rest a success.
        raise KeyboardInterrupt
    for log in logs:
        if log.status != "success":
            reason = log.error.message.splitlines()[0] if log.error else log.status
            if told := _INPUT_ERROR.fullmatch(reason):
                raise InputError(str(ast.literal_eval(told[1])))
            raise WorkError(f"task {log.eval.task} on {log.eval.model} did not finish ({reason}); see {log.location}")
    return [Path(log.location) for log in logs]
