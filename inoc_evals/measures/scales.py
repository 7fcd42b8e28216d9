"""The scales of our own tasks' values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from inoc_evals.definitions.joins import Across, Deviation, Ladder
from inoc_evals.definitions.task import Task, task_parameters
from inoc_evals.measures.declaration import value_key
from inoc_evals.measures.measuring import filled
from inoc_evals.measures.registry import get_measure
from inoc_evals.measures.scale import Averaged, Scale


def task_scales(task: Task, given: Mapping[str, str] | None = None) -> dict[str, Scale]:
    """The scale of every value of `task` by its key, in the order of `task.value_keys()`, then those that join items.

    `given` are the parameters that a run set (name -> value): the display names tell them, as in "answers in French".
    A value that its measure gives no name is called by its key.
    """
    parameters = task_parameters(task, given or {})
    scales: dict[str, Scale] = {}
    for kind, name, options in task.instances():
        for ending, scale in get_measure(kind).scales(filled(options, parameters)).items():
            key = value_key(name, ending)
            scales[key] = scale if scale.name else replace(scale, name=key.replace("_", " "))
    for key, across in task.across.items():
        scales[key] = _joined(across, scales[across.value], scales[across.other_value], key.replace("_", " "))
    for key, deviation in task.deviations.items():
        scales[key] = _deviating(deviation, scales[deviation.value], key.replace("_", " "))
    for key, ladder in task.ladders.items():
        scales[key] = _climbed(ladder, key.replace("_", " "))
    return scales


def _climbed(ladder: Ladder, key: str) -> Scale:
    direction = f"higher is farther up, from {ladder.categories[0]} to {ladder.categories[-1]}"
    return Scale(0.0, float(len(ladder.categories)), "mean", "rungs", direction, ladder.called or key)


def _deviating(deviation: Deviation, one: Scale, key: str) -> Scale:
    name, direction = deviation.called or key, deviation.direction or "higher is more that hangs on the item"
    if one.low is None or one.high is None:
        return Scale(0.0, None, "unbounded", one.unit, direction, name)
    return Scale(0.0, one.high - one.low, "exact", one.unit, direction, name)


def _joined(across: Across, one: Scale, other: Scale, key: str) -> Scale:
    name = across.called or key
    if across.make == "both":
        averaged: Averaged = one.averaged if one.averaged == other.averaged else "mean"
        return Scale(0.0, 1.0, averaged, "", "higher is oftener both", name)
    sides = (across.category, across.other_category) if across.category else (across.value, across.other_value)
    direction = f"higher is more of it in {sides[0]} than in {sides[1]}"
    if one.low is None or one.high is None or other.low is None or other.high is None:
        return Scale(None, None, "unbounded", one.unit, direction, name)
    return Scale(one.low - other.high, one.high - other.low, "mean", one.unit, direction, name)
