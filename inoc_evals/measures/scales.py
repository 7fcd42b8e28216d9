"""The scales of our own tasks' values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from inoc_evals.definitions.models import Task, task_parameters
from inoc_evals.measures.declaration import value_key
from inoc_evals.measures.measuring import filled
from inoc_evals.measures.registry import get_measure
from inoc_evals.measures.scale import Scale


def task_scales(task: Task, given: Mapping[str, str] | None = None) -> dict[str, Scale]:
    """The scale of every value of `task` by its key, in the order of `task.value_keys()`.

    `given` are the parameters that a run set (name -> value): the display names tell them, as in "answers in French".
    A value that its measure gives no name is called by its key.
    """
    parameters = task_parameters(task, given or {})
    scales: dict[str, Scale] = {}
    for kind, name, options in task.instances():
        for ending, scale in get_measure(kind).scales(filled(options, parameters)).items():
            key = value_key(name, ending)
            scales[key] = scale if scale.name else replace(scale, name=key.replace("_", " "))
    return scales
