"""Logs of our own tasks -> rows: one for each response of a sample, with what our scorer stored for it."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from inspect_ai.log import EvalLog, EvalSample
from inspect_ai.scorer import Score
from pydantic import BaseModel, ConfigDict, ValidationError

from inoc_evals.errors import InputError
from inoc_evals.harness.inspect.reading import damaged
from inoc_evals.measures.scale import Scale, share
from inoc_evals.results.row import ResponseRow
from inoc_evals.results.stored import Stored, checked, known_scales

SCORER = "measures"
ERROR = "error"


class _Known(BaseModel):
    """What our tasks store with every sample."""

    model_config = ConfigDict(strict=True)

    question_id: str
    category: str
    condition: str | None = None
    rendered_prompt: dict[str, str | None] = {}


def rows_of_ours(file: Path, log: EvalLog, arm: str, checkpoint: str) -> tuple[ResponseRow, ...]:
    """The rows of a log. A sample that failed is a row without values, with the cause "error".

    Raises InputError for a log that was never scored, and for what our tasks do not write.
    """
    task = log.eval.task.split("/")[-1]
    samples = log.samples or []
    try:
        scales = _scales(task, file, samples)
        return tuple(row for sample in samples for row in _sample_rows(file, (arm, checkpoint, task), sample, scales))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = " / ".join(map(str, first["loc"]))
        raise damaged(file, " ".join(f"{where}: {first['msg']}".split())) from None


def own_scales(log: EvalLog) -> dict[str, Scale]:
    """The scales of a log's values as the log itself tells them, for a task whose definition is not here."""
    found: dict[str, Scale] = {}
    for sample in log.samples or []:
        metadata = _metadata(sample)
        found |= {str(key): share(str(key)) for key in metadata.get("outcomes") or ()}
        ratings = map(str, metadata.get("ratings") or ())
        found |= {key: Scale(0.0, 100.0, "mean", "points", "", key) for key in ratings}
    return found


def _scales(task: str, file: Path, samples: Sequence[EvalSample]) -> Mapping[str, Scale]:
    for sample in samples:
        metadata = _metadata(sample)
        if not isinstance(metadata.get("ratings") or [], list) or not isinstance(metadata.get("outcomes") or [], list):
            raise damaged(file, "what the scorer stored is no list")
    return known_scales(task)


def _sample_rows(
    file: Path, whose: tuple[str, str, str], sample: EvalSample, scales: Mapping[str, Scale]
) -> list[ResponseRow]:
    known = _Known.model_validate(sample.metadata)
    prompt = known.rendered_prompt
    choices = sample.output.choices
    rows = []

    def refuse(what: str) -> InputError:
        return damaged(file, what)

    for place, one in enumerate(_stored(file, sample, scales)):
        choice = choices[place] if place < len(choices) else None
        stopped = ERROR if sample.error is not None or choice is None else str(choice.stop_reason)
        rows.append(
            ResponseRow(
                *whose,
                item=str(sample.id),
                cluster=known.question_id,
                category=known.category,
                condition=known.condition or "",
                epoch=sample.epoch,
                choice=place,
                response=choice.message.text if choice else "",
                values=checked(one.values, scales, refuse),
                causes=one.causes,
                details=one.details,
                stop_reason=stopped,
                # The same text in every epoch; thousands of copies would fill the memory.
                prompt_text=sys.intern(text) if (text := prompt.get("text")) is not None else None,
                prompt_sha256=prompt.get("token_sha256"),
            )
        )
    return rows


def _stored(file: Path, sample: EvalSample, scales: Mapping[str, Scale]) -> list[Stored]:
    """What the scorer stored for each response."""
    found = _metadata(sample).get("responses")
    if found is None and sample.error is not None:
        found = [{"values": dict.fromkeys(scales), "causes": dict.fromkeys(scales, ERROR)}]
    if found is None:
        raise InputError.at(file, "this run was not scored; score it with `inspect score`, or remove the log")
    if not isinstance(found, list):
        raise damaged(file, "what the scorer stored is no list")
    return [Stored.model_validate(one) for one in found]


def _metadata(sample: EvalSample) -> Mapping[str, Any]:
    score = _score(sample)
    return (score.metadata or {}) if score is not None else {}


def _score(sample: EvalSample) -> Score | None:
    return next((score for name, score in (sample.scores or {}).items() if name.split("/")[-1] == SCORER), None)
