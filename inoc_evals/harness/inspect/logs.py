"""Inspect logs -> rows."""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path

from inspect_ai.log import EvalLog, read_eval_log

from inoc_evals.samples import SampleRow
from inoc_evals.spec.errors import InputError

SCORER = "measures"


def read_rows(logs: Path | Iterable[Path]) -> list[SampleRow]:
    """Rows of all finished logs in a folder (or of the named files), in the order of file names.

    The arm is what our own run noted in the log; otherwise the model's name. Raises InputError without any log.
    """
    files = sorted(logs.glob("*.eval")) if isinstance(logs, Path) else list(logs)
    if not files:
        raise InputError.at(logs if isinstance(logs, Path) else "logs", "no inspect logs here; run an evaluation first")
    return [row for file in files for row in _rows(read_eval_log(str(file)))]


def _rows(log: EvalLog) -> list[SampleRow]:
    served = log.eval.model.split("/")[-1]
    arms = (log.eval.metadata or {}).get("arms") or {}
    rows = []
    for sample in log.samples or []:
        score = next((s for name, s in (sample.scores or {}).items() if name.split("/")[-1] == SCORER), None)
        if score is None or not isinstance(score.value, dict):
            continue
        metadata = score.metadata or {}
        prompt = sample.metadata.get("rendered_prompt") or {}
        rows.append(
            SampleRow(
                arm=str(arms.get(served, log.eval.model)),
                checkpoint=served,
                task=log.eval.task.split("/")[-1],
                item=str(sample.id),
                cluster=str(sample.metadata["question_id"]),
                category=str(sample.metadata["category"]),
                epoch=sample.epoch,
                response=sample.output.completion,
                measures={
                    key: float(value) if isinstance(value, (int, float)) and not math.isnan(value) else None
                    for key, value in score.value.items()
                },
                causes=metadata.get("causes") or {},
                details=metadata.get("details") or {},
                stop_reason=str(sample.output.stop_reason),
                prompt_text=prompt.get("text"),
                prompt_sha256=prompt.get("token_sha256"),
            )
        )
    return rows
