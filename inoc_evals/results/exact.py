"""Probabilities that were asked for instead of drawn: what drawing as much would have taken, what asking took, and
whether answers that were drawn agree."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

import numpy as np

from inoc_evals.measures.drawn_answers import reader
from inoc_evals.measures.known import KNOWN
from inoc_evals.measures.scale import Scale
from inoc_evals.results.columns import Columns, Places
from inoc_evals.results.row import ResponseRow
from inoc_evals.results.timed import Pace, Timed, pace_of
from inoc_evals.stats.needed import Known, Needed, needed
from inoc_evals.stats.responses import Responses, labels
from inoc_evals.stats.seeds import ArmRate, arm_rate

# What a server tells are probabilities at temperature 1, from the whole vocabulary.
_TEMPERATURE, _TOP_P = 1.0, 1.0
# Of what a drawn answer begins with, an item and how it was presented: the same prompt was asked both ways.
_Prompt = tuple[str, str, str]


@dataclass(frozen=True)
class Drawn:
    """Answers of `task` to the same prompts, read for the same thing: the share of them that show it, with its
    intervals, `answers` to each prompt, and mean `tokens` of an answer (NaN where nobody tells).

    `agrees` says whether what is known of the probability lies within the interval of the share on these questions, and
    is None where the two are not of the same thing, for the reason in `but`. `pace` is how long an answer took.
    """

    task: str
    rate: ArmRate
    answers: float
    tokens: float
    agrees: bool | None
    but: str
    pace: Pace | None


@dataclass(frozen=True)
class ExactRate:
    """One probability of one arm over the items of one part of a task. `passes` and `prompt_tokens` are what asking
    took, None where nobody counted; `pace` is how long an item took. `drawn` are answers to compare with."""

    task: str
    category: str
    measure: str
    arm: str
    needed: Needed
    passes: int | None
    prompt_tokens: int | None
    pace: Pace | None
    drawn: Drawn | None

    @property
    def seconds(self) -> float | None:
        """What asking took, by the pace of the task."""
        return None if self.pace is None else self.pace.seconds * self.needed.items

    @property
    def answers_needed(self) -> int | None:
        """All answers that an interval as narrow, for questions like these, would need."""
        return None if self.needed.like is None else self.needed.like * self.needed.items

    @property
    def tokens_needed(self) -> float | None:
        """The tokens of these answers, each a forward pass; None where nobody knows how long an answer is."""
        if self.answers_needed is None or self.drawn is None or math.isnan(self.drawn.tokens):
            return None
        return self.answers_needed * self.drawn.tokens

    @property
    def seconds_needed(self) -> float | None:
        """The seconds of these answers, by the pace of those that were drawn; None where none were."""
        if self.answers_needed is None or self.drawn is None or self.drawn.pace is None:
            return None
        return self.answers_needed * self.drawn.pace.seconds


def exact_rates(
    rows: Sequence[ResponseRow],
    found: Columns,
    scales: Mapping[str, Mapping[str, Scale]],
    timed: Sequence[Timed],
) -> Iterator[ExactRate]:
    """Every probability that was asked for, by task, part and arm, in the order of `found`, which are the columns of
    `rows`. `scales` are those of the values by task and key."""
    paces = {task: pace_of(task, timed) for task in found.keys}
    for (task, part), by_arm in found.places.items():
        if task not in found.chosen:
            continue
        for key in found.keys[task]:
            if scales[task][key].averaged != "exact":
                continue
            for arm, places in by_arm.items():
                asked = [rows[place] for place in places if rows[place].values.get(key) is not None]
                told = [(row, seen[KNOWN]) for row in asked if KNOWN in (seen := row.details.get(key, {}))]
                if told:
                    drawn = _drawn(key, told, _answers(rows, found, arm, told), timed, paces)
                    yield _line((task, part, key, arm), told, paces[task], drawn)


_Told = Sequence[tuple[ResponseRow, Mapping[str, Any]]]


def _line(place: tuple[str, str, str, str], told: _Told, pace: Pace | None, drawn: Drawn | None) -> ExactRate:
    counted = all("passes" in known for _, known in told)
    passes, tokens = (sum(int(known.get(name, 0)) for _, known in told) for name in ("passes", "prompt_tokens"))
    return ExactRate(
        *place,
        needed=needed(_known(place[2], told)),
        passes=passes if counted else None,
        prompt_tokens=tokens if counted else None,
        pace=pace,
        drawn=drawn,
    )


def _known(key: str, told: _Told) -> list[Known]:
    found = []
    for row, known in told:
        probability = min(1.0, max(0.0, row.values[key] or 0.0))
        found.append(
            Known(row.cluster, row.checkpoint, probability, min(1.0 - probability, float(known["unresolved"])))
        )
    return found


def _prompt(row: ResponseRow) -> _Prompt:
    """What was asked: the rendered prompt where it is known, otherwise the words of it."""
    words = f"{row.asked.system!r} {row.asked.question!r} {row.asked.prefill!r}"
    return row.checkpoint, row.item, row.prompt_sha256 or words


def _answers(rows: Sequence[ResponseRow], found: Columns, arm: str, told: _Told) -> list[ResponseRow]:
    """The answers of the arm to the same prompts, of the task that has most of them."""
    prompts = {_prompt(row) for row, _ in told}
    best: list[ResponseRow] = []
    for task in found.keys:
        if task in found.chosen:
            continue
        places: list[Places] = [of[arm] for (name, _), of in found.places.items() if name == task and arm in of]
        there = [rows[place] for place in (np.concatenate(places) if places else ())]
        same = [row for row in there if _prompt(row) in prompts and not row.unfinished and row.stop_reason != "error"]
        best = same if len(same) > len(best) else best
    return best


def _drawn(
    key: str, told: _Told, answers: Sequence[ResponseRow], timed: Sequence[Timed], paces: Mapping[str, Pace | None]
) -> Drawn | None:
    """The answers, each read as the probability of its prompt is; None without any, or where none can be read."""
    reads: dict[_Prompt, Callable[[str], bool]] = {}
    for row, known in told:
        if (read := reader(known.get("reads") or {})) is not None:
            reads[_prompt(row)] = read
    answers = [row for row in answers if _prompt(row) in reads]
    if not answers:
        return None
    values = [float(reads[_prompt(row)](row.response)) for row in answers]
    whose = labels([row.cluster for row in answers]), labels([row.checkpoint for row in answers])
    rate = arm_rate(Responses(values, *whose))
    answered = {_prompt(row) for row in answers}
    same = [(row, known) for row, known in told if _prompt(row) in answered]
    but = _other_drawing(answers[0], timed)
    tokens = [row.tokens.output for row in answers if row.tokens is not None and row.tokens.output is not None]
    return Drawn(
        task=answers[0].task,
        rate=rate,
        answers=len(answers) / len(answered),
        tokens=fmean(tokens) if tokens else math.nan,
        agrees=None if but else _agrees(rate, needed(_known(key, same))),
        but=but,
        pace=paces.get(answers[0].task),
    )


def _agrees(rate: ArmRate, known: Needed) -> bool:
    """Does what is known of the mean, all that is unresolved in it included, meet the interval of the drawn share?"""
    ends = rate.on_these_questions
    return known.low <= ends.high and ends.low <= known.high


def _other_drawing(answer: ResponseRow, timed: Sequence[Timed]) -> str:
    """How the answers were drawn, where that was not at temperature 1 from the whole vocabulary."""
    for log in timed:
        if (log.task, log.checkpoint) == (answer.task, answer.checkpoint):
            if log.temperature not in (None, _TEMPERATURE):
                return f"drawn at temperature {log.temperature:g}"
            if log.top_p not in (None, _TOP_P):
                return f"drawn with top_p {log.top_p:g}"
    return ""
