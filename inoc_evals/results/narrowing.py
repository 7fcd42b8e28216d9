"""Rows so far -> how wide every interval is, and what the next round asks of every arm."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from inoc_evals.results.axis import axis_of
from inoc_evals.results.layout import PartValues, lay_out
from inoc_evals.results.rounds import TakenBy, Width
from inoc_evals.results.source import Source
from inoc_evals.stats.allowed import Allowed, Taken
from inoc_evals.stats.narrowing import Seen, allocate, goal_of, look, state_of

# By task and part.
Parts = Mapping[str, Mapping[str, Allowed]]
Place = tuple[str, str]


@dataclass(frozen=True)
class Looked:
    """All widths at one look, and what is to be asked in all after the next round (the same as before: nothing)."""

    widths: tuple[Width, ...]
    then: TakenBy


@dataclass(frozen=True)
class Rules:
    """`width` is a share of the scale, `level` that of the intervals, `checkpoints` are counted by arm, and `reference`
    is the arm that the others are compared with."""

    width: float
    level: float
    checkpoints: Mapping[str, int]
    reference: str
    parts: Parts


def looked(source: Source, taken: TakenBy, rules: Rules) -> Looked:
    """Look at the rows of all rounds so far, in which the arms were `taken` so much."""
    seen: dict[Place, list[tuple[str, Seen]]] = {}
    for values in _counted_in_points(source, rules.reference):
        there = {arm.arm: arm.cells.table for arm in values.arms if arm.arm in taken[values.task][values.category]}
        intervals = [(values.measure, interval) for interval in look(there, rules.reference, rules.level)]
        seen.setdefault((values.task, values.category), []).extend(intervals)
    widths: list[Width] = []
    then: dict[str, dict[str, Mapping[str, Taken]]] = {}
    for task, parts in taken.items():
        for part, had in parts.items():
            allowed, in_part = rules.parts[task][part], seen.get((task, part), [])
            then.setdefault(task, {})[part] = _next([interval for _, interval in in_part], had, allowed, rules)
            asked = had, allowed, then[task][part] == had
            widths += (_width((task, part, key), interval, asked, rules) for key, interval in in_part)
    return Looked(tuple(widths), then)


def _counted_in_points(source: Source, reference: str) -> Iterator[PartValues]:
    """Every headline value, part by part, that is counted, and not exact, on a scale with ends."""
    axis, layout = axis_of(source), lay_out(source, reference)
    for values in (layout.of_checkpoints(axis.shown) if axis.arms else layout).parts():
        if values.is_headline and values.method in ("rate", "mean"):
            yield values


def _next(seen: list[Seen], taken: Mapping[str, Taken], allowed: Allowed, rules: Rules) -> Mapping[str, Taken]:
    if not seen:
        # No value of it is counted in points, and so nothing says when it is enough.
        return dict.fromkeys(taken, allowed.all)
    return allocate(seen, taken, rules.width, allowed, rules.checkpoints)


def _width(
    where: tuple[str, str, str], seen: Seen, asked: tuple[Mapping[str, Taken], Allowed, bool], rules: Rules
) -> Width:
    taken, allowed, done = asked
    state = state_of(seen, taken, rules.width, allowed)
    return Width(
        task=where[0],
        part=where[1],
        value=where[2],
        arm=seen.arm,
        reference=seen.reference,
        like=_points(seen.like),
        these=_points(seen.these),
        state=state,
        why=" ".join(_why(seen, taken, allowed, rules)) if done or state != "too wide" else "",
    )


def _why(seen: Seen, taken: Mapping[str, Taken], allowed: Allowed, rules: Rules) -> Iterator[str]:
    state = state_of(seen, taken, rules.width, allowed)
    if state == "narrow":
        return
    if math.isnan(seen.like) and math.isnan(seen.these):
        yield "there is no interval: too few questions have a counted response"
        return
    limit = "questions are" if seen.fixed == 0 else "questions and checkpoints are"
    if goal_of(seen, taken, rules.width, allowed) == "these":
        yield f"{allowed.questions} {limit} too few for it for questions like these"
    if state == "too wide" and all(taken[arm] == allowed.all for arm, _ in seen.within):
        yield f"the most was asked: {allowed.most} responses to each of {allowed.questions} questions"


def _points(width: float) -> float | None:
    return None if math.isnan(width) else round(100 * width, 3)
