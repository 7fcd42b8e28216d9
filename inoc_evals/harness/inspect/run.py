"""All tasks on all models in one inspect run, or in a set that a later call goes on with."""

from __future__ import annotations

import ast
import logging
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from inspect_ai import Task, eval, eval_set
from inspect_ai.hooks import Hooks, RunEnd, SampleEnd, TaskStart, hooks
from inspect_ai.log import EvalLog
from inspect_ai.model import Model, get_model

from inoc_evals.definitions.words import without_markup
from inoc_evals.errors import InputError, WorkError
from inoc_evals.files import unwritable
from inoc_evals.harness.inspect.answers import Place, answers_kept
from inoc_evals.harness.inspect.asked import Asked, Tasks, built
from inoc_evals.harness.inspect.compat import (
    PrerequisiteError,
    close_connections,
    log_to_stderr,
    without_screen,
    without_unused_providers,
)
from inoc_evals.harness.inspect.graders import ROLE, flush_judgements
from inoc_evals.harness.inspect.kept import choices_of, finished_samples, forget_leftovers, place_of
from inoc_evals.harness.inspect.rendering import forget_rendered
from inoc_evals.harness.inspect.stopping import listen_no_more, stopping_gently
from inoc_evals.plan.request import is_foreign

Progress = Callable[[int, int], None]  # responses done, responses in all
Say = Callable[[str], None]
_counts: list[_Count] = []
_ATTEMPTS = 3
# Requests under way at once, of all models together: with the open logs they stay below the usual 1,024 open files.
CONNECTIONS = 256
# inspect keeps the scores of a task's samples in memory until the task ends.
_TASKS_AT_ONCE = 24
# Logs hold the text form of what a sample raised.
_INPUT_ERROR = re.compile(r"""InputError\((".*"|'.*')\)""")
_SYSTEM = re.compile(r"""[A-Za-z]*Error\((\d+), ["'](.+?)["'].*\)""")


@hooks(name="inoc_evals_progress", description="Counts finished samples for inoc-evals' own progress line")
class _Counter(Hooks):
    def enabled(self) -> bool:
        return bool(_counts)

    async def on_run_end(self, data: RunEnd) -> None:  # noqa: ARG002 - inspect's signature
        listen_no_more()
        for count in _counts:
            await close_connections(count.models)

    async def on_task_start(self, data: TaskStart) -> None:
        for count in _counts:
            count.evals[data.eval_id] = data.spec.model, data.spec.task

    async def on_sample_end(self, data: SampleEnd) -> None:
        # What was cancelled ends too, without scores.
        if data.sample.error is None and data.sample.scores:
            for count in _counts:
                count.add(place_of(*count.evals[data.eval_id], data.sample.id, data.sample.epoch))


@dataclass
class _Count:
    """Finished samples of a run of `models`, those of earlier runs included. `choices` are the responses of a sample,
    by task."""

    models: Sequence[Model]
    choices: Mapping[str, int]
    total: int
    finished: set[Place]
    progress: Progress
    evals: dict[str, tuple[str, str]] = field(default_factory=dict)
    responses: int = 0

    def __post_init__(self) -> None:
        for place in self.finished:
            self.responses += self.choices.get(place.task, 0)
        self.progress(self.responses, self.total)

    def add(self, place: Place) -> None:
        """Count a sample, once."""
        if place not in self.finished:
            self.finished.add(place)
            self.responses += self.choices.get(place.task, 0)
            self.progress(self.responses, self.total)


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
    named = {str(model): arm for arm, model in zip(arms, models, strict=True)}
    with without_screen(), _counted(tasks, models, set(), progress, total=len(models) * responses_of(tasks)):
        logs = eval(
            list(tasks),
            model=models,
            log_dir=str(log_dir),
            log_realtime=False,
            max_connections=connections_per_arm,
            max_tasks=len(tasks) * len(models),
            metadata={"arms": named, "checkpoints": named},
            **_COMMON,
        )
    return _finished(logs, len(tasks) * len(models))


@dataclass(frozen=True)
class AtOnce:
    """How much is under way at a time: `connections` of all models together, and `models` that are asked."""

    connections: int = CONNECTIONS
    models: int = _TASKS_AT_ONCE

    def tasks(self, number: int) -> int:
        """How many of so many tasks; a task is of one model. More models than that have no requests under way."""
        return min(_TASKS_AT_ONCE, self.models, number)

    def share(self, models: int) -> int:
        """The connections of each of so many that are asked together."""
        return min(64, max(4, self.connections // models))


_USUAL = AtOnce()


def evaluate_set(
    tasks: Tasks,
    asked: Sequence[Asked],
    log_dir: Path,
    judges: Sequence[Model],
    *,
    at_once: AtOnce = _USUAL,
    progress: Progress | None = None,
    say: Say = lambda _: None,
) -> list[Path]:
    """Ask every model the tasks (ours, or any that inspect knows, with their arguments), each as its arm varies them,
    as one of inspect's eval sets: what lies in `log_dir`, finished samples and single answers, is kept, also after a
    kill. Ctrl-C stops gently, which `say` is told. Returns the logs. Raises WorkError if something stays unfinished,
    InputError for two models of one name and for a log that cannot be read, and KeyboardInterrupt."""
    models = _named_apart(asked)
    everything = built(tasks, asked)
    ours = not any(is_foreign(name) for name in tasks)
    tasks_at_once = at_once.tasks(len(everything))
    share = at_once.share(min(len(models), tasks_at_once))
    log_dir.mkdir(parents=True, exist_ok=True)
    forget_leftovers(log_dir)
    log_to_stderr()
    # inspect writes the roles into the logs' headers, where only a real binding belongs.
    roles: dict[str, Any] = {"model_roles": {ROLE: list(judges)}} if judges else {}
    with ExitStack() as stack:
        answers = stack.enter_context(answers_kept(log_dir))
        stack.callback(flush_judgements)
        stack.enter_context(without_screen())
        stack.enter_context(stopping_gently(say))
        finished, total = finished_samples(log_dir), responses_of(everything)
        stack.enter_context(_counted(everything, models, finished, progress, total=total, ours=ours))
        try:
            _, logs = eval_set(
                everything,
                log_dir=str(log_dir),
                # Every task has its own; this one is asked nothing.
                model=models[0],
                retry_attempts=_ATTEMPTS,
                # inspect counts connections for each model, and keeps so many samples of each task in memory.
                max_connections=share,
                max_samples=share,
                max_tasks=tasks_at_once,
                **roles,
                **_COMMON,
            )
        except PrerequisiteError as error:
            raise InputError(without_markup(str(error.message))) from None
        files = _finished(logs, len(everything))
        answers.discard()
    return files


def _named_apart(asked: Sequence[Asked]) -> list[Model]:
    names = [str(checkpoint.model) for checkpoint in asked]
    if twice := {name for name in names if names.count(name) > 1}:
        raise InputError(f"two checkpoints are called {min(twice)}, here and in the logs; serve one by another name")
    return [checkpoint.model for checkpoint in asked]


def served_model(url: str, api_key: str, served: str, label: str | None = None) -> Model:
    """The inspect model for a name on a vLLM server; where several arms share the weights of that name, a `label` tells
    them apart."""
    # Under vllm/base:adapter inspect forgets the adapter's name after the first request.
    service = f"vllm-{label}" if label else "vllm"
    return get_model(f"openai-api/{service}/{served}", base_url=url, api_key=api_key, memoize=False)


_COMMON: dict[str, Any] = {
    # The user's INSPECT_LOG_FORMAT must not decide whether our own reader finds the logs.
    "log_format": "eval",
    "display": "none",
    "score_display": False,
    "max_retries": 5,
    "timeout": 600,
}


@contextmanager
def _counted(
    tasks: Sequence[Task],
    models: Sequence[Model],
    finished: set[Place],
    progress: Progress | None,
    *,
    total: int,
    ours: bool = True,
) -> Iterator[None]:
    """Count the responses of `models`, `total` in the end, while the block runs. Tasks that are not all `ours` may need
    what ours do without."""
    choices = {task.name.split("/")[-1]: choices_of(task.metadata) for task in tasks}
    count = _Count(models, choices, total, finished, progress or (lambda _done, _total: None))
    logging.getLogger("httpx").setLevel(logging.WARNING)
    forget_rendered()
    _counts.append(count)
    try:
        with without_unused_providers() if ours else nullcontext():
            yield
    finally:
        _counts.remove(count)


def responses_of(tasks: Iterable[Task]) -> int:
    """How many responses of one model the tasks ask for."""
    return sum(len(task.dataset) * (task.epochs or 1) * choices_of(task.metadata) for task in tasks)


def _finished(logs: Sequence[EvalLog], wanted: int) -> list[Path]:
    if len(logs) < wanted or any(log.status == "cancelled" for log in logs):
        # inspect may leave interrupted tasks out, and calls the rest a success.
        raise KeyboardInterrupt
    for log in logs:
        if log.status != "success":
            reason = log.error.message.splitlines()[0] if log.error else log.status
            if told := _INPUT_ERROR.fullmatch(reason):
                raise InputError(str(ast.literal_eval(told[1])))
            if refused := _SYSTEM.fullmatch(reason):
                place = Path(log.location).parent
                raise unwritable(place, OSError(int(refused[1]), refused[2]))
            raise WorkError(f"task {log.eval.task} on {log.eval.model} did not finish ({reason}); see {log.location}")
    return [Path(log.location) for log in logs]
