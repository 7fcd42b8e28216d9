"""The scale of each value of the rows of several parts: the declared one, else what its numbers look like."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from inoc_evals.errors import InputError
from inoc_evals.measures.scale import Scale, either
from inoc_evals.results.row import ResponseRow
from inoc_evals.results.seen import point_scales, seen_scale

if TYPE_CHECKING:
    from inoc_evals.results.source import Part

# Task and key of a value.
_Value = tuple[str, str]


def joined_scales(parts: Sequence[Part], rows: Sequence[ResponseRow]) -> dict[str, dict[str, Scale]]:
    """By task that of each value of `rows`. Raises InputError where two parts declare other ends for one."""
    declared = _declared(parts)
    points = {task for part in parts for task in part.points}
    scales: dict[str, dict[str, Scale]] = {}
    for task, keys in _numbers_of_undeclared(rows, declared).items():
        undeclared = {key: numbers for key, numbers in keys.items() if (task, key) not in declared}
        if task in points:
            seen = point_scales(undeclared)
        else:
            seen = {key: seen_scale(key, numbers) for key, numbers in undeclared.items()}
        scales[task] = {key: seen[key] if key in seen else declared[task, key] for key in keys}
    return scales


def _declared(parts: Sequence[Part]) -> dict[_Value, Scale]:
    declared: dict[_Value, Scale] = {}
    for part in parts:
        for task, scales in part.scales.items():
            for key, scale in scales.items():
                before = declared.setdefault((task, key), scale)
                declared[task, key] = either(before, scale)
                if (before.low, before.high) != (scale.low, scale.high):
                    place = part.files[0][0] if part.files else task
                    ends = f"{_span(scale)} here and {_span(before)} elsewhere"
                    raise InputError.at(place, f"the value {key} of {task} is {ends}; report the two by themselves")
    return declared


def _numbers_of_undeclared(
    rows: Sequence[ResponseRow], declared: Mapping[_Value, Scale]
) -> dict[str, dict[str, list[float]]]:
    """By task all keys that its rows have, with the numbers of those that are not `declared`."""
    # Rows of a task have the same keys nearly always, and nearly always they are declared.
    layouts: dict[str, dict[tuple[str, ...], None]] = {}
    for row in rows:
        layouts.setdefault(row.task, {})[tuple(row.values)] = None
    numbers: dict[str, dict[str, list[float]]] = {
        task: {key: [] for layout in of_task for key in layout} for task, of_task in layouts.items()
    }
    undeclared = {task: [key for key in keys if (task, key) not in declared] for task, keys in numbers.items()}
    if any(undeclared.values()):
        for row in rows:
            for key in undeclared[row.task]:
                if (value := row.values.get(key)) is not None:
                    numbers[row.task][key].append(value)
    return numbers


def _span(scale: Scale) -> str:
    if scale.low is None or scale.high is None:
        return "open"
    return f"from {scale.low:g} to {scale.high:g}"
