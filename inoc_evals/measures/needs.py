"""What a task's measures must have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inoc_evals.measures.registry import get_measure

if TYPE_CHECKING:
    from inoc_evals.definitions.task import Task
    from inoc_evals.measures.declaration import Need


def needs(task: Task) -> frozenset[Need]:
    """What a run must have, beside the evaluated model, for all values of `task`."""
    return frozenset(need for kind, _, _ in task.instances() for need in get_measure(kind).needs)
