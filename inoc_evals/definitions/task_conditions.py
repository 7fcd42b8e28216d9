"""The conditions under which a run of a task presents every item."""

from __future__ import annotations

from dataclasses import replace

from inoc_evals.definitions.conditions import Condition
from inoc_evals.definitions.one_condition import OneCondition
from inoc_evals.definitions.task import Task
from inoc_evals.definitions.triggers import changed_character, edited
from inoc_evals.errors import InputError

# What a condition may set in place of the run.
_OWN = ("system_prompt", "user_prompt", "prefill")


def task_conditions(task: Task, base: Condition, *, gives_way: bool = False) -> tuple[Condition, ...]:
    """The conditions under which a run of `task` presents every item.

    A task without conditions has one, `base`. Otherwise each is `base` with the trigger, prompts and prefill that it
    names, where a trigger in `base` takes the place of the task's own. Where `base` has a prompt or prefill and a
    condition the same, that of `base` `gives_way`; else InputError is raised: neither could win without a word.
    """
    if not task.conditions:
        return (base,)
    trigger = base.trigger if base.trigger is not None else task.trigger
    for name, condition in () if gives_way else task.conditions.items():
        _check_one_of_each(base, name, condition)
    return tuple(_on(base, name, condition, trigger) for name, condition in task.conditions.items())


def _check_one_of_each(base: Condition, name: str, condition: OneCondition) -> None:
    for field in _OWN:
        if getattr(base, field) is not None and getattr(condition, field) is not None:
            message = f"condition {name} has a {field} of its own, and the run or an arm sets one for all conditions"
            raise InputError(f"{message}; keep one of the two")


def _on(base: Condition, name: str, condition: OneCondition, trigger: str | None) -> Condition:
    beside = _beside(condition, trigger)
    own = {field: value for field in _OWN if (value := getattr(condition, field)) is not None}
    return replace(base, name=name, trigger=beside, **own)


def _beside(condition: OneCondition, trigger: str | None) -> str | None:
    """What stands in the trigger's place."""
    if condition.use == "text":
        return condition.text
    if condition.use == "nothing" or trigger is None:
        return None
    if condition.use == "changed":
        return changed_character(trigger)
    return edited(trigger, condition.edits or 0) if condition.use == "edited" else trigger
