"""The scales of a task's values."""

from __future__ import annotations

from inoc_evals.definitions.models import Task
from inoc_evals.measures.scale import Scale, share


def task_scales(task: Task) -> dict[str, Scale]:
    """Value key -> scale, for all values of `task`: ratings run from 0 to 100, outcomes and detectors are shares."""
    scales = {key: share(key) for key in task.value_keys()}
    return scales | {name: Scale(0.0, 100.0, "mean", "points", "", name) for name in task.ratings}
