"""Values that join the responses to two items of one question, made of all responses at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from typing import NamedTuple

from inoc_evals.definitions.models import Across

NO_COUNTERPART = "no_counterpart"


class Measured(NamedTuple):
    """What one response gave. Responses are to one question, of one model and under one condition, if `whose` is
    equal; of those in one category the first come first."""

    whose: Hashable
    category: str
    values: Mapping[str, float | None]
    causes: Mapping[str, str]


def joined_values(
    makes: Mapping[str, Across], responses: Sequence[Measured]
) -> list[tuple[Mapping[str, float | None], Mapping[str, str]]]:
    """Values and causes of every response with those of `makes`, which only responses in their category have.

    The n-th response of one category is joined with the n-th of the other. Draws do not depend on each other, so that
    which are joined changes nothing in expectation. Without one the cause is "no_counterpart".
    """
    numbers, by_place = _numbered(responses)
    found: list[tuple[Mapping[str, float | None], Mapping[str, str]]] = []
    for response, number in zip(responses, numbers, strict=True):
        values = {key: value for key, value in response.values.items() if key not in makes}
        causes = {key: cause for key, cause in response.causes.items() if key not in makes}
        for name, across in makes.items():
            if response.category == across.category:
                others = by_place.get((response.whose, across.other_category), ())
                other = others[number] if number < len(others) else None
                values[name], cause = _joined(across, response, other)
                if cause is not None:
                    causes[name] = cause
        found.append((values, causes))
    return found


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
