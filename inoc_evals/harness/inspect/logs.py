"""Inspect logs -> rows."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inspect_ai.log import EvalLog, EvalSample
from inspect_ai.scorer import Score
from pydantic import BaseModel, ConfigDict, ValidationError

from inoc_evals.definitions.catalog import find_task
from inoc_evals.errors import InputError
from inoc_evals.harness.inspect.reading import OURS, damaged, log_files, read_log
from inoc_evals.results.row import ResponseRow, refuse_doubles

SCORER = "measures"
ERROR = "error"
# A value may lie outside its scale by rounding.
_ROUNDING = 1e-6


class _Stored(BaseModel):
    """What our scorer stores for one response."""

    model_config = ConfigDict(strict=True)

    values: dict[str, float | None]
    causes: dict[str, str] = {}
    details: dict[str, dict[str, Any]] = {}


class _Known(BaseModel):
    """What our tasks store with every sample."""

    model_config = ConfigDict(strict=True)

    question_id: str
    category: str
    condition: str | None = None
    rendered_prompt: dict[str, str | None] = {}


@dataclass(frozen=True)
class Reading:
    """Rows by log, and one sentence for each log that was left out."""

    logs: tuple[tuple[Path, tuple[ResponseRow, ...]], ...]
    skipped: tuple[str, ...] = ()


def read_rows(logs: Path | Iterable[Path]) -> list[ResponseRow]:
    """Rows of all logs of our tasks in a folder (or of the named files), in the order of file names.

    The arm and the checkpoint are what our own run noted in the log; otherwise the model's name. A sample that failed
    is a row without values, with the cause "error". A log that did not finish gives way to its finished retry. Raises
    InputError without any log of ours, for a log that is damaged, that did not finish and has no such retry, or that
    was never scored, and where a response stands in two logs.
    """
    reading = read_logs(logs)
    refuse_doubles(reading.logs)
    rows = [row for _, found in reading.logs for row in found]
    if not rows:
        place = logs if isinstance(logs, Path) else "logs"
        raise InputError.at(place, "no log here is of a task of inoc_evals; name the folder of such a run")
    return rows


def read_logs(logs: Path | Iterable[Path], *, skip_damaged: bool = False) -> Reading:
    """The same by log, which may be none. With `skip_damaged` what cannot be read or did not finish is left out, and
    said; otherwise InputError is raised."""
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
            found.append((file, tuple(_rows(file, read_log(file)))))
        except InputError as error:
            refuse(error)
    return Reading(tuple(found), tuple(skipped))


def _complete(headers: dict[Path, EvalLog], refuse: Any) -> list[Path]:
    """The last successful log of each run; a retry keeps the id of the run that it finishes."""
    ours = {file: log for file, log in headers.items() if OURS in (log.eval.metadata or {})}
    finished = {log.eval.task_id: file for file, log in ours.items() if log.status == "success"}
    for file, log in ours.items():
        if log.eval.task_id not in finished:
            message = f"this run did not finish (status {log.status}); run the same command again"
            refuse(InputError.at(file, f"{message}, finish it with `inspect eval-retry`, or remove the log"))
    return list(finished.values())


def _rows(file: Path, log: EvalLog) -> list[ResponseRow]:
    try:
        return [row for sample in log.samples or [] for row in _sample_rows(file, log, sample)]
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = " / ".join(map(str, first["loc"]))
        raise damaged(file, " ".join(f"{where}: {first['msg']}".split())) from None


def _sample_rows(file: Path, log: EvalLog, sample: EvalSample) -> list[ResponseRow]:
    task = log.eval.task.split("/")[-1]
    known = _Known.model_validate(sample.metadata)
    prompt = known.rendered_prompt
    stored, ratings = _stored(file, task, sample)
    choices = sample.output.choices
    rows = []
    for place, one in enumerate(stored):
        choice = choices[place] if place < len(choices) else None
        stopped = ERROR if sample.error is not None or choice is None else str(choice.stop_reason)
        rows.append(
            ResponseRow(
                arm=_noted(log, "arms"),
                checkpoint=_noted(log, "checkpoints"),
                task=task,
                item=str(sample.id),
                cluster=known.question_id,
                category=known.category,
                condition=known.condition or "",
                epoch=sample.epoch,
                choice=place,
                response=choice.message.text if choice else "",
                values=_values(file, one.values, ratings),
                causes=one.causes,
                details=one.details,
                stop_reason=stopped,
                # The same text in every epoch; thousands of copies would fill the memory.
                prompt_text=sys.intern(text) if (text := prompt.get("text")) is not None else None,
                prompt_sha256=prompt.get("token_sha256"),
            )
        )
    return rows


def _noted(log: EvalLog, what: str) -> str:
    """What our run noted in the log about its model ("arms" or "checkpoints"), or the whole name of the model."""
    noted = (log.eval.metadata or {}).get(what)
    return str(noted.get(log.eval.model, log.eval.model)) if isinstance(noted, dict) else log.eval.model


def _stored(file: Path, task: str, sample: EvalSample) -> tuple[list[_Stored], Sequence[str]]:
    """What the scorer stored for each response, and which of the values are ratings."""
    score = _score(sample)
    metadata = (score.metadata or {}) if score is not None else {}
    found = metadata.get("responses")
    if found is None and sample.error is not None:
        keys = find_task(task)[1].value_keys()
        found = [{"values": dict.fromkeys(keys), "causes": dict.fromkeys(keys, ERROR)}]
    if found is None:
        raise InputError.at(file, "this run was not scored; score it with `inspect score`, or remove the log")
    ratings = metadata.get("ratings") or []
    if not isinstance(found, list) or not isinstance(ratings, list):
        raise damaged(file, "what the scorer stored is no list")
    return [_Stored.model_validate(one) for one in found], ratings


def _score(sample: EvalSample) -> Score | None:
    return next((score for name, score in (sample.scores or {}).items() if name.split("/")[-1] == SCORER), None)


def _values(file: Path, values: dict[str, float | None], ratings: Sequence[str]) -> dict[str, float | None]:
    found = {key: None if value is None or math.isnan(value) else float(value) for key, value in values.items()}
    for key, value in found.items():
        top = 100 if key in ratings else 1
        if value is not None and not -_ROUNDING <= value / top <= 1 + _ROUNDING:
            raise damaged(file, f"the value {key} is {value}, outside 0 to {top}")
    return found
