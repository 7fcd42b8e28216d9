"""Values that join the responses to several items of one question, made of all responses at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from statistics import fmean
from typing import Any, NamedTuple

from inoc_evals.definitions.models import Across, Deviation

NO_COUNTERPART = "no_counterpart"
Join = Across | Deviation
# The place of a response, its value, and where there is none the cause.
Made = tuple[int, float | None, str | None]


def read_join(told: Mapping[str, Any]) -> Join:
    """What `model_dump` made of either."""
    return Across.model_validate(told) if "make" in told else Deviation.model_validate(told)


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
    responses on their first side the others.

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
        made = _deviations(make, responses) if isinstance(make, Deviation) else _joins(make, responses)
        for place, value, cause in made:
            values, causes = found[place]
            values[name] = value
            if cause is not None:
                causes[name] = cause
    return found


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
