"""Logs of any other inspect task -> rows: one for each sample and epoch, with every scorer's value."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from inspect_ai.log import EvalLog, EvalSample
from inspect_ai.model import ChatMessageAssistant, ChatMessageUser
from inspect_ai.scorer import CORRECT, INCORRECT, NOANSWER, PARTIAL, Score, value_to_float

from inoc_evals.harness.inspect.messages import from_inspect, reasoning_of
from inoc_evals.protocols.requests import Message
from inoc_evals.protocols.trajectory import prefill_of, question_of, system_of
from inoc_evals.results.row import Asked, ResponseRow
from inoc_evals.results.seen import NO_NUMBER

CATEGORY = "all"
ERROR, INVALID, NOT_SCORED, UNSCORED = "error", "invalidated", "not_scored", "unscored"
_to_float = value_to_float()
_WORDS = {"yes", "no", "true", "false"}


def rows_of_foreign(log: EvalLog, arm: str, checkpoint: str) -> tuple[ResponseRow, ...]:
    """The rows of a log. The question is the sample's id, and its cluster what the metadata hold under the key that a
    clustered error of the log names; epochs are repeats.

    A scorer that gives one value is one key by its name, one that gives several has the key SCORER.NAME for each. Words
    become numbers as inspect makes them (C, I, P, N; yes, no; true, false); a value that is none is left out, with its
    cause, and so are those of samples that failed, were declared invalid or were not scored.
    """
    samples = log.samples or []
    keys = _keys(samples)
    named = next((key for one in log.eval.scorers or () for key in _clusters(one.metrics)), None)
    return tuple(_row((arm, checkpoint, log.eval.task), sample, keys, named) for sample in samples)


def _row(
    whose: tuple[str, str, str], sample: EvalSample, keys: Mapping[str, tuple[str, str | None]], named: str | None
) -> ResponseRow:
    values: dict[str, float | None] = {}
    causes: dict[str, str] = {}
    details: dict[str, Mapping[str, Any]] = {}
    response, reasoning = _response(sample)
    for key, (scorer, inner) in keys.items():
        score = (sample.scores or {}).get(scorer)
        values[key], cause = _value(sample, score, inner)
        if cause is not None:
            causes[key] = cause
        if score is not None and (told := _told(score, response)):
            details[key] = told
    cluster = sample.metadata.get(named) if named is not None else None
    return ResponseRow(
        *whose,
        item=str(sample.id),
        cluster=str(sample.id) if cluster is None else str(cluster),
        category=CATEGORY,
        condition="",
        epoch=sample.epoch,
        choice=0,
        response=response,
        reasoning=reasoning or None,
        values=values,
        causes=causes,
        details=details,
        stop_reason=_stopped(sample),
        prompt_text=sys.intern(asked) if (asked := _question(sample)) is not None else None,
        prompt_sha256=None,
        asked=_asked(sample),
    )


def _keys(samples: list[EvalSample]) -> dict[str, tuple[str, str | None]]:
    """Key -> scorer and the name within its value, if that is one of several."""
    found: dict[str, dict[str | None, None]] = {}
    for sample in samples:
        for name, score in (sample.scores or {}).items():
            inner = found.setdefault(name, {})
            if isinstance(parts := _parts(score), Mapping):
                inner |= dict.fromkeys(parts)
            elif not _missing(score.value):
                inner[None] = None
    keys: dict[str, tuple[str, str | None]] = {}
    for scorer, names in found.items():
        short = scorer.split("/")[-1]
        # A scorer that never gave anything is still there, with its causes.
        for inner_name in names or {None: None}:
            keys[short if inner_name is None else f"{short}.{inner_name}"] = (scorer, inner_name)
    return keys


def _parts(score: Score) -> Any:
    """A value of several by name, a list's by place; everything else as it is."""
    if isinstance(score.value, list):
        return {str(place): value for place, value in enumerate(score.value)}
    return score.value


def _value(sample: EvalSample, score: Score | None, inner: str | None) -> tuple[float | None, str | None]:
    if sample.invalidation is not None:
        return None, INVALID
    if score is None:
        return None, NOT_SCORED if sample.error is None else ERROR
    value = _parts(score)
    if isinstance(value, Mapping):
        value = value.get(inner) if inner is not None else None
    if _missing(value):
        return None, _word(score.reason) if score.reason else UNSCORED
    if isinstance(value, str) and not _is_number(value):
        return None, NO_NUMBER
    number = _to_float(value)
    return (number, None) if math.isfinite(number) else (None, NO_NUMBER)


def _missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


def _is_number(text: str) -> bool:
    """Would inspect make another number of `text` than the 0 that it makes of any word?"""
    if text in (CORRECT, INCORRECT, PARTIAL, NOANSWER) or text.lower() in _WORDS:
        return True
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def _told(score: Score, response: str) -> dict[str, str]:
    told = {"answer": score.answer, "explanation": score.explanation}
    return {name: text for name, text in told.items() if text and text != response}


def _word(reason: str) -> str:
    return re.sub(r"\W+", "_", reason).strip("_").lower() or UNSCORED


def _clusters(metrics: Any) -> Iterator[str]:
    """The cluster keys that metrics name; these lie in lists, and by the name of a value in mappings."""
    if isinstance(metrics, Mapping | list):
        for inner in metrics.values() if isinstance(metrics, Mapping) else metrics:
            yield from _clusters(inner)
    elif metrics is not None and isinstance(key := (metrics.options or {}).get("cluster"), str):
        yield key


def _response(sample: EvalSample) -> tuple[str, str | None]:
    """What the model said last, and its reasoning: an agent's output may be empty, and its last message is not."""
    said = [message for message in sample.messages if isinstance(message, ChatMessageAssistant)]
    if sample.output.choices and sample.output.completion:
        said = [sample.output.message]
    return (said[-1].text, reasoning_of(said[-1])) if said else ("", None)


def _question(sample: EvalSample) -> str | None:
    """The last that the user said before the model did."""
    if isinstance(sample.input, str):
        return sample.input
    return next((message.text for message in reversed(sample.input) if isinstance(message, ChatMessageUser)), None)


def _asked(sample: EvalSample) -> Asked:
    """The sample's input, all of its messages where it has several; a solver may have put a system prompt before it."""
    given = (Message("user", sample.input),) if isinstance(sample.input, str) else from_inspect(sample.input)
    seen = given if system_of(given) is not None else from_inspect(sample.messages)
    # A conversation that is kept shows whether there was one.
    tells = bool(sample.messages) or system_of(given) is not None
    return Asked(sys.intern(question_of(given)), system_of(seen), tells_system=tells, prefill=prefill_of(given))


def _stopped(sample: EvalSample) -> str:
    if sample.error is not None:
        return ERROR
    if sample.limit is not None:
        return f"{sample.limit.type}_limit"
    return str(sample.output.stop_reason) if sample.output.choices else "unknown"
