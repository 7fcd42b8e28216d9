"""The labels of several draws of one rating as those of one: what counts of them, and what each stands for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from inoc_evals.results.label import Label, Labels, alike
from inoc_evals.results.row import ResponseRow

_HIGHEST = 100.0
_EVERY = 1 + 1e-9  # the weight of labels that stand for themselves alone, but for rounding
_Arm = tuple[str, str]


@dataclass(frozen=True)
class Draw:
    """A draw whose labels count here: `settled` by response, and the row of each drawn response that is here;
    `ambiguous` ones may be several rows. `notes` say of what is left out."""

    labels: Labels
    settled: Mapping[str, Label]
    places: Mapping[str, int]
    ambiguous: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Weighed:
    """Labels of the rating `key` of a task by row: what people gave, 0..1 (NaN: set apart), and the design weight."""

    task: str
    key: str
    rated: Mapping[int, float]
    weights: Mapping[int, float]


def without_disputed(draws: Sequence[Draw]) -> tuple[list[Draw], int]:
    """The draws of one rating without the labels of responses that two of them settle differently, and how many
    responses these are."""
    said: dict[int, Label] = {}
    disputed: set[int] = set()
    for draw in draws:
        for response, label in draw.settled.items():
            if (place := draw.places.get(response)) is not None and not alike((said.setdefault(place, label), label)):
                disputed.add(place)
    kept = [
        replace(
            draw,
            settled={each: label for each, label in draw.settled.items() if draw.places.get(each) not in disputed},
        )
        for draw in draws
    ]
    return kept, len(disputed)


def weighed(draws: Sequence[Draw], key: str, rows: Sequence[ResponseRow]) -> Iterator[Weighed]:
    """The labels of all draws of the rating `key`, by task. Each draw alone would estimate the same of the checkpoints
    and conditions that it was drawn from; where several were, they weigh by how many labels each has of the arm, and so
    do their design weights. A draw that has a label of every response of an arm is used alone there."""
    own = [_weights(draw) for draw in draws]
    drawn = [{_cell(rows[place]) for place in draw.places.values()} for draw in draws]
    counts: list[dict[_Arm, int]] = [{} for _ in draws]
    whole: dict[_Arm, int] = {}
    for number, (draw, weights) in enumerate(zip(draws, own, strict=True)):
        for place in weights:
            arm = _arm(rows[place])
            counts[number][arm] = counts[number].get(arm, 0) + 1
        for arm in _labelled_wholly(draw, weights, rows):
            whole.setdefault(arm, number)
    rated: dict[str, dict[int, float]] = {}
    joined: dict[str, dict[int, float]] = {}
    for number, (draw, weights) in enumerate(zip(draws, own, strict=True)):
        for response, label in draw.settled.items():
            if response not in draw.places:
                continue
            place = draw.places[response]
            row = rows[place]
            arm, cell = _arm(row), _cell(row)
            if whole.get(arm, number) != number and cell in drawn[whole[arm]]:
                continue
            there = sum(counts[other].get(arm, 0) for other in range(len(draws)) if cell in drawn[other])
            rated.setdefault(row.task, {})[place] = np.nan if label.value is None else label.value / _HIGHEST
            of_task = joined.setdefault(row.task, {})
            share = 1.0 if whole.get(arm) == number else counts[number][arm] / there
            of_task[place] = of_task.get(place, 0.0) + weights[place] * share
    for task, values in rated.items():
        yield Weighed(task, key, values, joined[task])


def _labelled_wholly(draw: Draw, weights: Mapping[int, float], rows: Sequence[ResponseRow]) -> set[_Arm]:
    """The arms that the draw has a label of every response of. One with a weight of 1 alone does not say so: it may
    have been sure to be drawn from a stratum of which others were not."""
    open_ = {one.arm for one in draw.labels.drawn if weights.get(draw.places.get(one.response, -1), 2.0) > _EVERY}
    here = ((one.arm, draw.places[one.response]) for one in draw.labels.drawn if one.response in draw.places)
    return {_arm(rows[place]) for arm, place in here if arm not in open_}


def _arm(row: ResponseRow) -> _Arm:
    return row.task, row.arm


def _cell(row: ResponseRow) -> tuple[str, str, str, str]:
    return row.task, row.arm, row.checkpoint, row.condition


def _weights(draw: Draw) -> dict[int, float]:
    """By row the design weight of its label: in each stratum the labels there stand for those that are not there yet,
    or are of responses that are not here."""
    there = [one for one in draw.labels.drawn if one.response in draw.settled and one.response in draw.places]
    drawn_from = Counter(one.stratum for one in draw.labels.drawn)
    there_from = Counter(one.stratum for one in there)
    return {draw.places[one.response]: one.weight * drawn_from[one.stratum] / there_from[one.stratum] for one in there}


def partly_drawn(draws: Sequence[Draw], rows: Sequence[ResponseRow], here: Mapping[str, int]) -> Iterator[str]:
    """For each arm of which the draws of one rating were not drawn from all responses that are here how much of it they
    were drawn from. `here` are the numbers of those responses that may be labelled so, by arm."""
    for arm, count in here.items():
        parts = [_part_of(draw, arm, rows) for draw in draws]
        covered, seen = 0, frozenset[str]()
        for size, checkpoints in sorted(parts, key=lambda part: -part[0]):
            if checkpoints and not checkpoints & seen:
                covered, seen = covered + size, seen | checkpoints
        if seen and covered < count:
            yield (
                f"they were drawn from {covered} of the {count} responses of {arm} that are here, and are taken "
                "to speak for the others too, which no interval allows for"
            )


def _part_of(draw: Draw, arm: str, rows: Sequence[ResponseRow]) -> tuple[int, frozenset[str]]:
    """From how many responses of an arm a draw is, and of which checkpoints."""
    here = {
        (each.arm, each.checkpoint): rows[draw.places[each.response]]
        for each in draw.labels.drawn
        if each.response in draw.places and rows[draw.places[each.response]].arm == arm
    }
    size = sum(pool.responses for pool in draw.labels.pools if (pool.arm, pool.checkpoint) in here)
    return size, frozenset(row.checkpoint for row in here.values())
