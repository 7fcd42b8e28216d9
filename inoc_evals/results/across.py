"""Values that join the responses to several items of one question, made of all responses at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from statistics import fmean
from typing import Any, NamedTuple

from inoc_evals.definitions.models import Across, Deviation

NO_COUNTERPART = "no_counterpart"
Join = Across | Deviation


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
) -> list[tuple[Mapping[str, float | None], Mapping[str, str]]]:
    """Values and causes of every response with those of `makes`, of which every response has the deviations, and only
    responses in their category the others.

    The n-th response of one category is joined with the n-th of the other. Draws do not depend on each other, so that
    which are joined changes nothing in expectation. Without one, or where no other response to the question has the
    value of a deviation, the cause is "no_counterpart".
    """
    numbers, by_place = _numbered(responses)
    means = {make.value: _means(make.value, responses) for make in makes.values() if isinstance(make, Deviation)}
    found: list[tuple[Mapping[str, float | None], Mapping[str, str]]] = []
    for response, number in zip(responses, numbers, strict=True):
        values = {key: value for key, value in response.values.items() if key not in makes}
        causes = {key: cause for key, cause in response.causes.items() if key not in makes}
        for name, make in makes.items():
            if isinstance(make, Deviation):
                values[name], cause = _deviation(make, response, means[make.value])
            elif response.category == make.category:
                others = by_place.get((response.whose, make.other_category), ())
                other = others[number] if number < len(others) else None
                values[name], cause = _joined(make, response, other)
            else:
                continue
            if cause is not None:
                causes[name] = cause
        found.append((values, causes))
    return found


def _means(key: str, responses: Sequence[Measured]) -> dict[Hashable, float]:
    """The mean of the value over the responses to each question that has two or more."""
    values: dict[Hashable, list[float]] = defaultdict(list)
    for response in responses:
        if (value := response.values.get(key)) is not None:
            values[response.whose].append(value)
    return {whose: fmean(those) for whose, those in values.items() if len(those) > 1}


def _deviation(make: Deviation, one: Measured, means: Mapping[Hashable, float]) -> tuple[float | None, str | None]:
    value = one.values.get(make.value)
    if value is None:
        return None, one.causes.get(make.value, NO_COUNTERPART)
    if one.whose not in means:
        return None, NO_COUNTERPART
    return abs(value - means[one.whose]), None


def _numbered(responses: Sequence[Measured]) -> tuple[list[int], Mapping[tuple[Hashable, str], Sequence[Measured]]]:
    by_place: dict[tuple[Hashable, str], list[Measured]] = defaultdict(list)
    numbers = []
    for response in responses:
        group = by_place[response.whose, response.category]
        numbers.append(len(group))
        group.append(response)
    return numbers, by_place


def _joined(across: Across, one: Measured, other: Measured | None) -> tuple[float | None, str | None]:
    first = one.values.get(across.value)
    if first is None:
        return None, one.causes.get(across.value, NO_COUNTERPART)
    second = other.values.get(across.other_value) if other is not None else None
    if second is None:
        return None, other.causes.get(across.other_value, NO_COUNTERPART) if other is not None else NO_COUNTERPART
    return (first - second if across.make == "difference" else float(first == 1.0 and second == 1.0)), None
