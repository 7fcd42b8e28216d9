"""Responses that show a trait beside responses that do not: what a trait is made of, for gradients."""

from __future__ import annotations

import hashlib
import json
import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inoc_evals.analyses.gradients import Response
from inoc_evals.definitions import reading
from inoc_evals.definitions.words import did_you_mean, shown
from inoc_evals.errors import InputError
from inoc_evals.inoculation.rewrite import row_problem
from inoc_evals.measures.scale import Scale
from inoc_evals.results.columns import leading
from inoc_evals.results.influence import Trait
from inoc_evals.results.row import ResponseRow
from inoc_evals.results.source import Source

SHOWS = "shows"
_EXAMPLE = '{"messages": [{"role": ..., "content": ...}, ...], "shows": true}'
# Of each side. More of them change a mean little, and each takes as long as a training row.
_MOST = 100
_UNDECIDED = "in the middle of the scale"


@dataclass(frozen=True)
class Contrast:
    """The responses with their weights, and what is said of them."""

    responses: tuple[Response, ...]
    trait: Trait


@dataclass(frozen=True)
class _Given:
    """A chat row that ends in a response, the question that it answers, and whether it shows the trait."""

    conversation: Mapping[str, Any]
    question: str
    shows: bool


def of_results(source: Source, task: str, value: str | None, arms: Sequence[str], place: Path) -> Contrast:
    """The responses to `task` in the part that is told first, of the arms (none named: of all), split by `value` (None:
    the task's first headline value) in the middle of its scale. `place` is for messages.

    Raises InputError where there are no such rows or values, for a value without ends, and where one side is empty.
    """
    key, scale = _value(source, task, value, place)
    _check_arms(source, arms, place)
    rows = [row for row in source.rows if row.task == task and (not arms or row.arm in arms)]
    if not rows:
        raise InputError.at(place, f"the arms {', '.join(arms)} have no responses to {task}")
    part = leading(list(dict.fromkeys(row.condition or row.category for row in rows)))
    given: list[_Given] = []
    left_out: Counter[str] = Counter()
    for row in rows:
        if (row.condition or row.category) == part:
            cause = _unusable(row, key, scale)
            if cause is None:
                given.append(_Given(_conversation(row), row.cluster, _shows(row, key, scale) is True))
            else:
                left_out[cause] += 1
    return _contrast(given, left_out, (task, key, scale.name or key, part), place)


def of_file(path: Path) -> Contrast:
    """The chat rows of a JSONL file, each of which says of its last answer whether it "shows" the trait. Raises
    InputError with file:line:column."""
    given = []
    for row in reading.read_rows(path, "a JSONL file of responses", _EXAMPLE):
        if problem := row_problem(row.data):
            raise InputError.at(path, problem, row.line, row.column("messages"))
        if not isinstance(row.data.get(SHOWS), bool):
            message = f'"{SHOWS}" says true or false: does this response show the trait? A line is {_EXAMPLE}'
            raise InputError.at(path, message, row.line, row.column(SHOWS))
        conversation = {"messages": row.data["messages"]}
        question = json.dumps(conversation["messages"][:-1], ensure_ascii=False, sort_keys=True)
        given.append(_Given(conversation, question, row.data[SHOWS]))
    return _contrast(given, Counter(), ("", "", "", ""), path)


def _value(source: Source, task: str, value: str | None, place: Path) -> tuple[str, Scale]:
    if task not in source.scales:
        there = ", ".join(source.scales)
        raise InputError.at(place, f"there are no responses to the task {shown(task)}; there are: {there}")
    scales = source.scales[task]
    key = value if value is not None else next(iter(source.headlines[task]))
    if key not in scales:
        remedy = did_you_mean(key, scales) or f"; there are: {', '.join(scales)}"
        raise InputError(f"--value {shown(key)[1:-1]}: task {task} has no such value here{remedy}")
    scale = scales[key]
    if scale.low is None or scale.high is None:
        message = f"the value {key} of {task} has a scale without ends, and so no middle that splits responses"
        raise InputError(f"{message}; name another with --value, or split them yourself: --contrast FILE")
    return key, scale


def _check_arms(source: Source, arms: Sequence[str], place: Path) -> None:
    for arm in arms:
        if arm not in source.arms:
            remedy = did_you_mean(arm, source.arms) or f"; there are: {', '.join(source.arms)}"
            raise InputError.at(place, f"--arms {shown(arm)[1:-1]}: there is no such arm{remedy}")


def _unusable(row: ResponseRow, key: str, scale: Scale) -> str | None:
    """Why a response says nothing about the trait, if so."""
    asked = row.asked
    if row.values.get(key) is None:
        return "without a value"
    if asked.chosen or not row.response.strip():
        return "without a text"
    if row.stop_reason in ("max_tokens", "length"):
        # A training on it would learn to end there.
        return "cut off"
    if asked.question is None or asked.prefill or asked.question.startswith(("USER: ", "ASSISTANT: ")):
        return "not the answer to one message"
    return _UNDECIDED if _shows(row, key, scale) is None else None


def _shows(row: ResponseRow, key: str, scale: Scale) -> bool | None:
    """Is its value in the upper half of the scale? None in the middle."""
    value, low, high = row.values[key], scale.low, scale.high
    assert value is not None and low is not None and high is not None  # noqa: S101, PT018 - was checked
    middle = (low + high) / 2
    return None if value == middle else value > middle


def _conversation(row: ResponseRow) -> dict[str, Any]:
    said = [("system", row.asked.system), ("user", row.asked.question), ("assistant", row.response)]
    return {"messages": [{"role": role, "content": text} for role, text in said if text is not None]}


def _contrast(
    given: Sequence[_Given], left_out: Counter[str], called: tuple[str, str, str, str], place: Path
) -> Contrast:
    sides = [[one for one in given if one.shows is shows] for shows in (True, False)]
    for side, lacking, remedy in zip(sides, ("show the trait", "do not show it"), ("without", "with"), strict=True):
        if not side:
            others = "; ".join(f"{count} are {cause}" for cause, count in left_out.items())
            message = f"no usable responses here {lacking}{f' ({others})' if others else ''}"
            raise InputError.at(place, f"{message}; name results that have some, such as of an arm {remedy} the trait")
    drawn = [_drawn(side) for side in sides]
    if beyond := sum(map(len, sides)) - sum(map(len, drawn)):
        left_out[f"more than {_MOST} of a side"] = beyond
    responses = tuple(_weighted(drawn[0], 1.0)) + tuple(_weighted(drawn[1], -1.0))
    told = json.dumps([(one.conversation, one.weight) for one in responses], ensure_ascii=False, sort_keys=True)
    digest = hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()
    counts = (len(drawn[0]), len(drawn[1]), dict(left_out), digest)
    return Contrast(responses, Trait(*called, *counts))


def _drawn(side: list[_Given]) -> list[_Given]:
    if len(side) <= _MOST:
        return side
    # No secret: the same ones must come again.
    places = random.Random("responses").sample(range(len(side)), _MOST)  # noqa: S311
    return [side[place] for place in sorted(places)]


def _weighted(side: Sequence[_Given], whole: float) -> Iterator[Response]:
    counts = Counter(one.question for one in side)
    for one in side:
        yield Response(one.conversation, whole / (len(counts) * counts[one.question]))
