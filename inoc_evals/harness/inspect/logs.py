"""Inspect logs -> rows, of our tasks and of any other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from inspect_ai.log import EvalLog

from inoc_evals.definitions.arms import TrainingStep, training_step
from inoc_evals.errors import InputError
from inoc_evals.harness.inspect.foreign import rows_of_foreign
from inoc_evals.harness.inspect.ours import SCORER, own_instruments, own_scales, rows_of_ours
from inoc_evals.harness.inspect.reading import OURS, log_files, read_log
from inoc_evals.harness.inspect.samples import Sample, samples_of
from inoc_evals.measures.scale import Scale
from inoc_evals.results.presented import Presented, presented_of
from inoc_evals.results.rated_by import JUDGES, RATED_BY, all_noted
from inoc_evals.results.rounds import IN_ROUNDS
from inoc_evals.results.row import ResponseRow, refuse_doubles
from inoc_evals.results.source import Instruments
from inoc_evals.results.timed import Timed, merged


@dataclass(frozen=True)
class Logged:
    """One log. `facts` say what was run; `scales` are what the log itself says about its values, and `parameters` what
    a task of ours was run with. `names_arm`: did a run of ours note the arm? `at` says where in its training the
    checkpoint was written, where such a run noted it, `presented` how its conditions came about, `timed` when it was
    asked. `instruments` are the sha256 of what judges were asked, by rating, and `rated_after` who gave ratings after
    the run, by rating too."""

    file: Path
    rows: tuple[ResponseRow, ...]
    facts: Mapping[str, Any]
    scales: Mapping[str, Scale]
    ours: bool
    names_arm: bool
    parameters: Mapping[str, Any] = field(default_factory=dict)
    at: TrainingStep | None = None
    presented: Presented | None = None
    timed: Timed | None = None
    instruments: Instruments = field(default_factory=dict)
    rated_after: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Reading:
    """What was read, and one sentence for each log that was left out."""

    logs: tuple[Logged, ...]
    skipped: tuple[str, ...] = ()


def read_rows(logs: Path | Iterable[Path]) -> list[ResponseRow]:
    """Rows of all logs in a folder (or of the named files), in the order of file names.

    The arm and the checkpoint are what our own run noted in the log; otherwise the model's name. A log that did not
    finish gives way to its finished retry. Raises InputError without any log, for a log that is damaged, that did not
    finish and has no such retry, or that was never scored, and where a response stands in two logs.
    """
    reading = read_logs(logs)
    refuse_doubles([(log.file, log.rows) for log in reading.logs])
    return [row for log in reading.logs for row in log.rows]


def read_logs(logs: Path | Iterable[Path], *, skip_damaged: bool = False) -> Reading:
    """The same by log. With `skip_damaged` what cannot be read or did not finish is left out, and said; otherwise
    InputError is raised."""
    skipped: list[str] = []

    def refuse(error: InputError) -> None:
        if not skip_damaged:
            raise error
        skipped.append(str(error))

    headers: dict[Path, EvalLog] = {}
    for file in log_files(logs):
        try:
            headers[file] = read_log(file, header_only=True)
        except InputError as error:
            refuse(error)
    found = []
    for file in _complete(headers, refuse):
        try:
            found.append(_logged(file, headers[file]))
        except InputError as error:
            refuse(error)
    return Reading(tuple(found), tuple(skipped))


def _complete(headers: Mapping[Path, EvalLog], refuse: Callable[[InputError], None]) -> list[Path]:
    """The last successful log of each run; a retry keeps the id of the run that it finishes."""
    finished = {log.eval.task_id: file for file, log in headers.items() if log.status == "success"}
    for file, log in headers.items():
        if log.eval.task_id not in finished:
            message = f"this run did not finish (status {log.status}); run the same command again"
            refuse(InputError.at(file, f"{message}, finish it with `inspect eval-retry`, or remove the log"))
    return list(finished.values())


def _logged(file: Path, log: EvalLog) -> Logged:
    arm, checkpoint = _noted(log, "arms"), _noted(log, "checkpoints")
    facts = {
        "task": log.eval.task,
        "version": str(log.eval.task_version),
        "model": log.eval.model,
        "arguments": dict(log.eval.task_args_passed or {}),
        "created": str(log.eval.created),
        **({IN_ROUNDS: True} if (log.eval.metadata or {}).get(IN_ROUNDS) else {}),
    }
    names_arm, at = _note(log, "arms") is not None, training_step(_note(log, "steps"))
    if OURS in (log.eval.metadata or {}):
        samples = samples_of(file, log)
        if judged := all_noted(one.kept(SCORER).rated_by for one in samples):
            facts[RATED_BY] = judged
        raters = rated_after(log)
        if raters:
            facts[JUDGES] = list(dict.fromkeys(name for names in raters.values() for name in names))
        rows = rows_of_ours(file, log.eval.task.split("/")[-1], samples, arm, checkpoint)
        told = (log.eval.metadata or {}).get("parameters")
        parameters = told if isinstance(told, dict) else {}
        presented = presented_of(log.eval.metadata or {})
        timed = _timed(log, rows, samples)
        instruments = own_instruments(samples)
        return Logged(
            file,
            rows,
            facts,
            own_scales(samples),
            True,
            names_arm,
            parameters,
            at,
            presented,
            timed,
            instruments,
            raters,
        )
    rows = rows_of_foreign(read_log(file), arm, checkpoint)
    return Logged(file, rows, facts, {}, ours=False, names_arm=names_arm, at=at)


def rated_after(log: EvalLog) -> dict[str, list[str]]:
    """Who gave ratings of a log after its run, by rating."""
    noted = (log.eval.metadata or {}).get(JUDGES)
    listed = noted.items() if isinstance(noted, Mapping) else ()
    return {str(rating): [str(name) for name in names] for rating, names in listed if isinstance(names, list)}


def _timed(log: EvalLog, rows: Sequence[ResponseRow], samples: Sequence[Sample]) -> Timed | None:
    """When the samples of a log of ours were asked, in whichever run; None without a row."""
    if not rows:
        return None
    spans = [span for sample in samples if (span := _span(sample)) is not None]
    # Spans of a part of the samples say nothing of all.
    whole = merged(spans) if len(spans) == len(samples) else ()
    drawn = (log.plan.config.temperature, log.plan.config.top_p)
    return Timed(rows[0].task, rows[0].arm, rows[0].checkpoint, whole, len(rows), *drawn)


def _span(sample: Sample) -> tuple[float, float] | None:
    try:
        start, end = (
            datetime.fromisoformat(text or "").timestamp() for text in (sample.started_at, sample.completed_at)
        )
    except ValueError:
        return None
    return (start, end) if start <= end else None


def _noted(log: EvalLog, what: str) -> str:
    """What our run noted in the log about its model ("arms" or "checkpoints"), or the whole name of the model."""
    if (noted := _note(log, what)) is not None:
        return str(noted)
    # inspect calls every model in a folder here "hf/local".
    folder = (log.eval.model_args or {}).get("model_path")
    return f"{log.eval.model}:{Path(folder).name}" if isinstance(folder, str) and folder else log.eval.model


def _note(log: EvalLog, what: str) -> Any:
    noted = (log.eval.metadata or {}).get(what)
    return noted.get(log.eval.model) if isinstance(noted, dict) else None
