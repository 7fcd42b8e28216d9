"""Samples of lm-eval's tasks that are not ours, as far as a model writes in them (`generate_until`) -> rows."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

from inoc_evals.errors import InputError
from inoc_evals.protocols.reasoning import split
from inoc_evals.protocols.requests import Message, Role
from inoc_evals.protocols.trajectory import prefill_of, question_of, system_of
from inoc_evals.readers.imported import CATEGORY
from inoc_evals.readers.table import MISSING
from inoc_evals.results.row import Asked, ResponseRow
from inoc_evals.results.seen import NO_NUMBER

Sample = Mapping[str, Any]
NOT_SCORED = "not_scored"


def rows_of_others(
    file: Path, task: str, samples: Sequence[Sample], arm: str, checkpoint: str
) -> tuple[ResponseRow, ...] | None:
    """The rows of a samples file of `task`; None where nothing is written in it.

    The question is what lm-eval sent, with its examples. Each metric is a measure, each of several filters having its
    own (`METRIC.FILTER`); a metric is of a document, and stands with the first of its responses, while the others have
    the cause "not_scored". Raises InputError with file:line for what lm-eval does not write.
    """
    if not _writes(samples[0]):
        return None
    filters = list(dict.fromkeys(str(sample.get("filter", "")) for sample in samples))
    rows: dict[tuple[str, int], ResponseRow] = {}
    for line, sample in enumerate(samples, start=1):
        values, causes = _values(sample, len(filters) > 1)
        for choice, text in enumerate(_responses(file, line, sample)):
            place = (str(sample.get("doc_id", line)), choice)
            own, why = (values, causes) if choice == 0 else (dict.fromkeys(values), dict.fromkeys(values, NOT_SCORED))
            if (row := rows.get(place)) is not None:
                # The same responses through another filter.
                own, why = {**row.values, **own}, {**row.causes, **why}
            rows[place] = _row((arm, checkpoint, task), place, text, _asked(sample), (own, why))
    return tuple(rows.values())


def _row(
    whose: tuple[str, str, str],
    place: tuple[str, int],
    text: str,
    asked: Asked,
    measured: tuple[dict[str, float | None], dict[str, str]],
) -> ResponseRow:
    item, choice = place
    told = split(text)
    return ResponseRow(
        *whose,
        item=sys.intern(item),
        cluster=sys.intern(item),
        category=CATEGORY,
        condition="",
        epoch=1,
        choice=choice,
        response=told.answer,
        reasoning=told.reasoning,
        unfinished=not told.finished,
        values=measured[0],
        causes=measured[1],
        details={},
        stop_reason="unknown",
        prompt_text=asked.question,
        prompt_sha256=None,
        asked=asked,
    )


def _writes(sample: Sample) -> bool:
    """Were there settings for writing among what the model was given? Likelihoods are asked for without."""
    return isinstance(_arguments(sample).get("arg_1"), dict)


def _arguments(sample: Sample) -> Mapping[str, Any]:
    given = sample.get("arguments")
    first = next(iter(given.values()), None) if isinstance(given, dict) else None
    return first if isinstance(first, dict) else {}


def _responses(file: Path, line: int, sample: Sample) -> list[str]:
    said = sample["resps"]
    if isinstance(said, list) and len(said) == 1 and isinstance(said[0], list):
        texts = said[0]
        if texts and all(isinstance(text, str) for text in texts):
            return texts
    raise InputError.at(file, "resps is not as lm-eval wrote it (one list of texts); restore the file", line)


def _values(sample: Sample, several: bool) -> tuple[dict[str, float | None], dict[str, str]]:
    values: dict[str, float | None] = {}
    causes: dict[str, str] = {}
    for metric in sample.get("metrics", ()):
        key = f"{metric}.{sample.get('filter')}" if several else str(metric)
        values[key], cause = _number(sample.get(metric))
        if cause is not None:
            causes[key] = cause
    return values, causes


def _number(value: Any) -> tuple[float | None, str | None]:
    if value is None:
        return None, MISSING
    # Some metrics keep texts here, of which the whole set's number is then made.
    if not isinstance(value, bool | int | float) or not math.isfinite(value):
        return None, NO_NUMBER
    return float(value), None


def _asked(sample: Sample) -> Asked:
    """What was sent: messages where the model took some, else one text, in which a system prompt is not marked."""
    sent = _arguments(sample).get("arg_0")
    if isinstance(sent, list) and len(sent) == 1:
        (sent,) = sent
    if not isinstance(sent, str):
        return Asked()
    if (turns := _messages(sent)) is None:
        return Asked(sys.intern(sent))
    return Asked(sys.intern(question_of(turns)), system_of(turns), tells_system=True, prefill=prefill_of(turns))


def _messages(sent: str) -> tuple[Message, ...] | None:
    try:
        turns = json.loads(sent)
    except (ValueError, RecursionError):
        return None
    if not isinstance(turns, list) or not turns:
        return None
    if not all(isinstance(turn, dict) and turn.get("role") in get_args(Role) for turn in turns):
        return None
    if not all(isinstance(turn.get("content"), str) for turn in turns):
        return None
    return tuple(Message(turn["role"], turn["content"]) for turn in turns)
