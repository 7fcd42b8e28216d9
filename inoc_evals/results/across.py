"""Values that join the responses to several items of one question, made of all responses at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from statistics import fmean
from typing import Any, NamedTuple

from inoc_evals.definitions.joins import Across, Deviation, Ladder

NO_COUNTERPART = "no_counterpart"
Join = Across | Deviation | Ladder
# The place of a response, its value, and where there is none the cause.
Made = tuple[int, float | None, str | None]


def read_join(told: Mapping[str, Any]) -> Join:
    """What `model_dump` made of any of them."""
    kind = Across if "make" in told else Ladder if "categories" in told else Deviation
    return kind.model_validate(told)


class Measured(NamedTuple):
    """What one response gave. Responses are to one question, of one model and under one condition, if `whose` is
    equal; of those in one category the first come first."""

    whose: Hashable
    category: str
    values: Mapping[str, float | None]
    causes: Mapping[str, str]


def joined_values(
    makes: Mapping[str, Join], responses: Sequence[Measured]
) -> list[tuple[dict[str, float | None], dict[str, str]]]:
    """Values and causes of every response with those of `makes`, of which every response has the deviations, and only
    responses on their first side, or on the lowest rung, the others.

    The n-th response on one side is joined with the n-th on the other. Draws do not depend on each other, so that
    which are joined changes nothing in expectation. Without one, or where no other response to the question has the
    value of a deviation, the cause is "no_counterpart".
    """
    found = [
        (
            {key: value for key, value in response.values.items() if key not in makes},
            {key: cause for key, cause in response.causes.items() if key not in makes},
        )
        for response in responses
    ]
    for name, make in makes.items():
        for place, value, cause in _made(make, responses):
            values, causes = found[place]
            values[name] = value
            if cause is not None:
                causes[name] = cause
    return found


def _made(make: Join, responses: Sequence[Measured]) -> Iterator[Made]:
    if isinstance(make, Deviation):
        return _deviations(make, responses)
    return _climbed(make, responses) if isinstance(make, Ladder) else _joins(make, responses)


def _climbed(ladder: Ladder, responses: Sequence[Measured]) -> Iterator[Made]:
    """The highest rung of every response on the lowest one, with those to its question on the others."""
    on_rung: dict[tuple[Hashable, str], list[Measured]] = defaultdict(list)
    lowest: dict[Hashable, list[int]] = defaultdict(list)
    for place, response in enumerate(responses):
        on_rung[response.whose, response.category].append(response)
        if response.category == ladder.categories[0]:
            lowest[response.whose].append(place)
    for whose, places in lowest.items():
        for number, place in enumerate(places):
            there = [on_rung[whose, category] for category in ladder.categories]
            yield place, *_highest(ladder, [each[number] if number < len(each) else None for each in there])


def _highest(ladder: Ladder, rungs: Sequence[Measured | None]) -> tuple[float | None, str | None]:
    for number, response in reversed([*enumerate(rungs, start=1)]):
        value = None if response is None else response.values.get(ladder.value)
        if value is None:
            return None, NO_COUNTERPART if response is None else response.causes.get(ladder.value, NO_COUNTERPART)
        if value >= 1:
            return float(number), None
    return 0.0, None


def _deviations(make: Deviation, responses: Sequence[Measured]) -> Iterator[Made]:
    """How far every response lies from the mean of those to its question, of which there are two or more."""
    by_question: dict[Hashable, list[float]] = defaultdict(list)
    for response in responses:
        if (value := response.values.get(make.value)) is not None:
            by_question[response.whose].append(value)
    means = {whose: fmean(values) for whose, values in by_question.items() if len(values) > 1}
    for place, response in enumerate(responses):
        value = response.values.get(make.value)
        if value is None:
            yield place, None, response.causes.get(make.value, NO_COUNTERPART)
        elif response.whose not in means:
            yield place, None, NO_COUNTERPART
        else:
            yield place, abs(value - means[response.whose]), None


def _joins(make: Across, responses: Sequence[Measured]) -> Iterator[Made]:
    for place, other in _pairs(make, responses):
        yield place, *_joined(make, responses[place], other)


def _pairs(across: Across, responses: Sequence[Measured]) -> Iterator[tuple[int, Measured | None]]:
    """The place of every response on the first side, and its counterpart on the other, where there is one."""
    places: dict[Hashable, list[int]] = defaultdict(list)
    others: dict[Hashable, list[Measured]] = defaultdict(list)
    for place, response in enumerate(responses):
        if _is_on_side(response, across.category, across.value):
            places[response.whose].append(place)
        if _is_on_side(response, across.other_category, across.other_value):
            others[response.whose].append(response)
    for whose, own in places.items():
        counterparts: list[Measured | None] = [*others[whose], *[None] * len(own)]
        yield from zip(own, counterparts, strict=False)


def _is_on_side(response: Measured, category: str | None, key: str) -> bool:
    return key in response.values if category is None else response.category == category


def _joined(across: Across, one: Measured, other: Measured | None) -> tuple[float | None, str | None]:
    first = one.values.get(across.value)
    if first is None:
        return None, one.causes.get(across.value, NO_COUNTERPART)
    second = other.values.get(across.other_value) if other is not None else None
    if second is None:
        return None, other.causes.get(across.other_value, NO_COUNTERPART) if other is not None else NO_COUNTERPART
    return (first - second if across.make == "difference" else first * second), None
