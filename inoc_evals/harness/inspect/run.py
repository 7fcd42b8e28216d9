"""All tasks on all arms of one server, in one inspect run."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from inspect_ai import Task, eval
from inspect_ai.hooks import Hooks, SampleEnd, hooks
from inspect_ai.model import get_model

from inoc_evals.harness.inspect.solvers import forget_rendered
from inoc_evals.spec.errors import WorkError

Progress = Callable[[int, int], None]  # responses done, responses in all
_on_sample: list[Callable[[], None]] = []


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
    metadata: Mapping[str, Any] | None = None,
    progress: Progress | None = None,
) -> list[Path]:
    """Evaluate every task on every arm (label -> served name) concurrently; one log per task and arm in `log_dir`.

    Raises WorkError, naming the log, if a run did not succeed; responses gathered so far stay in the logs.
    """
    total = len(arms) * sum(len(task.dataset) * (task.epochs or 1) for task in tasks)
    done = 0

    def notify() -> None:
        nonlocal done
        done += 1
        if progress:
            progress(done, total)

    models = [
        # Under vllm/base:adapter inspect forgets the adapter's name after the first request.
        get_model(f"openai-api/vllm/{served}", base_url=url, api_key=api_key, memoize=False)
        for served in arms.values()
    ]
    logging.getLogger("httpx").setLevel(logging.WARNING)
    forget_rendered()
    _on_sample.append(notify)
    try:
        logs = eval(
            list(tasks),
            model=models,
            log_dir=str(log_dir),
            # The user's INSPECT_LOG_FORMAT must not decide whether our own reader finds the logs.
            log_format="eval",
            display="none",
            log_realtime=False,
            score_display=False,
            max_connections=connections_per_arm,
            max_tasks=len(tasks) * len(models),
            max_retries=5,
            timeout=600,
            metadata={**(metadata or {}), "arms": {served: arm for arm, served in arms.items()}},
        )
    finally:
        _on_sample.remove(notify)
    for log in logs:
        if log.status != "success":
            reason = log.error.message.splitlines()[0] if log.error else log.status
            raise WorkError(f"task {log.eval.task} on {log.eval.model} did not finish ({reason}); see {log.location}")
    return [Path(log.location) for log in logs]
