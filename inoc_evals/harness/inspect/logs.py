"""Inspect logs -> rows."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from inspect_ai.log import EvalLog, EvalSample, read_eval_log
from inspect_ai.scorer import Score

from inoc_evals.samples import SampleRow
from inoc_evals.spec.catalog import find_task
from inoc_evals.spec.errors import InputError

SCORER = "measures"
ERROR = "error"


def read_rows(logs: Path | Iterable[Path]) -> list[SampleRow]:
    """Rows of all logs of our tasks in a folder (or of the named files), in the order of file names.

    The arm is what our own run noted in the log; otherwise the model's name. A sample that failed is a row without
    values, with the cause "error". A log that did not finish gives way to its finished retry. Raises InputError
    without any log of ours, for a log that did not finish and has no such retry, and for one that was never scored.
    """
    named = [logs] if isinstance(logs, Path) else list(logs)
    files = [file for path in named for file in (sorted(path.glob("*.eval")) if path.is_dir() else [path])]
    missing = [file for file in files if not file.is_file()]
    if missing or not files:
        raise InputError.at(missing[0] if missing else _place(logs), "no inspect log here; run an evaluation first")
    rows = [row for file in _complete(files) for row in _rows(file, read_eval_log(str(file)))]
    if not rows:
        raise InputError.at(_place(logs), "no log here is of a task of inoc_evals; name the folder of such a run")
    return rows


def _place(logs: Path | Iterable[Path]) -> Path | str:
    return logs if isinstance(logs, Path) else "logs"


def _complete(files: Iterable[Path]) -> list[Path]:
    """The last successful log of each run; a retry keeps the id of the run that it finishes."""
    headers = {file: read_eval_log(str(file), header_only=True) for file in files}
    ours = {file: log for file, log in headers.items() if "inoc_evals" in (log.eval.metadata or {})}
    finished = {log.eval.task_id: file for file, log in ours.items() if log.status == "success"}
    for file, log in ours.items():
        if log.eval.task_id not in finished:
            message = f"this run did not finish (status {log.status}); finish it with `inspect eval-retry`"
            raise InputError.at(file, f"{message}, or remove the log")
    return list(finished.values())


def _rows(file: Path, log: EvalLog) -> list[SampleRow]:
    served = log.eval.model.split("/")[-1]
    task = log.eval.task.split("/")[-1]
    arms = (log.eval.metadata or {}).get("arms") or {}
    rows = []
    for sample in log.samples or []:
        score = _score(sample)
        found = (score.metadata or {}).get("responses") if score is not None else None
        if found is None and sample.error is not None:
            keys = find_task(task)[1].value_keys()
            found = [{"values": dict.fromkeys(keys), "causes": dict.fromkeys(keys, ERROR)}]
        if found is None:
            raise InputError.at(file, "this run was not scored; score it with `inspect score`, or remove the log")
        prompt = sample.metadata.get("rendered_prompt") or {}
        choices = sample.output.choices
        for place, one in enumerate(found):
            choice = choices[place] if place < len(choices) else None
            stopped = ERROR if sample.error is not None or choice is None else str(choice.stop_reason)
            rows.append(
                SampleRow(
                    arm=str(arms.get(log.eval.model, log.eval.model)),
                    checkpoint=served,
                    task=task,
                    item=str(sample.id),
                    cluster=str(sample.metadata["question_id"]),
                    category=str(sample.metadata["category"]),
                    condition=str(sample.metadata.get("condition") or ""),
                    epoch=sample.epoch,
                    choice=place,
                    response=choice.message.text if choice else "",
                    measures=_values(one["values"]),
                    causes=one.get("causes") or {},
                    details=one.get("details") or {},
                    stop_reason=stopped,
                    # The same text in every epoch; thousands of copies would fill the memory.
                    prompt_text=sys.intern(str(prompt["text"])) if prompt.get("text") is not None else None,
                    prompt_sha256=prompt.get("token_sha256"),
                )
            )
    return rows


def _score(sample: EvalSample) -> Score | None:
    return next((score for name, score in (sample.scores or {}).items() if name.split("/")[-1] == SCORER), None)


def _values(value: Mapping[str, object]) -> dict[str, float | None]:
    return {
        key: float(number) if isinstance(number, (int, float)) and not math.isnan(number) else None
        for key, number in value.items()
    }
