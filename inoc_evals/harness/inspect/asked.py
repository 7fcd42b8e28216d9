"""Which model is asked which tasks: every task as the model's arm varies it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import asdict, dataclass
from typing import Any

from inspect_ai import Task
from inspect_ai.model import Model

from inoc_evals.definitions.arms import PLAIN, TrainingStep, Variation
from inoc_evals.harness.inspect.loading import load, varied_model
from inoc_evals.harness.inspect.tasks import build
from inoc_evals.plan.request import is_foreign
from inoc_evals.plan.rounds import Wanted
from inoc_evals.plan.varied import varied

Tasks = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Asked:
    """One checkpoint of an arm: `label` is unique in the comparison, `variation` is what its arm asks otherwise, `at`
    where in its training it was written. `wanted` are the requests of a round by task, None for a whole run; a task of
    which nothing is wanted is not asked."""

    label: str
    arm: str
    model: Model
    variation: Variation = PLAIN
    at: TrainingStep | None = None
    wanted: Mapping[str, Wanted] | None = None


def built(tasks: Tasks, asked: Sequence[Asked]) -> list[Task]:
    """Every task (ours, or any that inspect knows, with their arguments) for every model: all models of the first task
    first. Models whose arms ask the same share what a task was read from. Raises InputError."""
    found: list[Task] = []
    for name, arguments in tasks.items():
        loaded = load(name, arguments) if is_foreign(name) else None
        ours: dict[str, Task] = {}
        for one in asked:
            if loaded is not None:
                found.append(_on(loaded, varied_model(one.model, one.variation), one))
                continue
            wanted = one.wanted.get(name, {}) if one.wanted is not None else None
            if wanted == {}:
                continue
            key = f"{one.variation.model_dump_json()} {wanted}"
            if key not in ours:
                ours[key] = build(name, wanted, **varied(arguments, one.arm, one.variation, f"--set {name}"))
            found.append(_on(ours[key], one.model, one))
    return found


def noted(one: Asked) -> dict[str, dict[str, Any]]:
    """What a log says of its model: which arm's it is, which checkpoint's, what the arm varies, and the step."""
    model = str(one.model)
    said: dict[str, dict[str, Any]] = {"arms": {model: one.arm}, "checkpoints": {model: one.label}}
    if one.variation != PLAIN:
        said["variations"] = {model: one.variation.given()}
    if one.at is not None:
        said["steps"] = {model: asdict(one.at)}
    return said


def _on(task: Task, model: Model, one: Asked) -> Task:
    """The task for the model of `one`, as it varies it; inspect's own `task_with` changes the task itself."""
    made = copy(task)
    made.model = model
    # In the logs of a set as a whole this would be as long as there are models, in every log.
    made.metadata = {**(task.metadata or {}), **noted(one)}
    return made
