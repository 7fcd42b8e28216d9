"""What a user may set for a run of one of our tasks: the keys of lm-eval's --metadata that mean something to us."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from inoc_evals.definitions.task import Task
from inoc_evals.definitions.words import near
from inoc_evals.errors import InputError
from inoc_evals.plan.arguments import argument_names, quoted

# lm-eval hands over its own model_args among the metadata, so that an unknown key alone is no mistake.
_LIKENESS = 0.8
# The judge comes from a variable of the environment, see judges.py.
_NOT_HERE = "judge"


def own_names(task: Task) -> tuple[str, ...]:
    """The keys of --metadata that are arguments of `task`."""
    return tuple(name for name in argument_names(task) if name != _NOT_HERE)


def own_arguments(task: Task, metadata: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of `task` in `metadata`. Keys of others are left alone.

    Raises InputError for a key that is nearly one of ours, and for a rule where there is nothing to rule on.
    """
    known = own_names(task)
    if metadata.get("rule") is not None and "rule" not in known:
        raise InputError(f"task {task.name} has no outcome with rules; leave rule out")
    for key in metadata:
        if key not in known and (meant := near(key, known, _LIKENESS)):
            raise InputError(f"metadata {quoted(key)} is no argument of task {task.name}; did you mean {meant!r}?")
    return {name: metadata[name] for name in known if metadata.get(name) is not None}
