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
from inoc_evals.plan.varied import varied

Tasks = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Asked:
    """One checkpoint of an arm: `label` is unique in the comparison, `variation` is what its arm asks otherwise, `at`
    where in its training it was written."""

    label: str
    arm: str
    model: Model
    variation: Variation = PLAIN
    at: TrainingStep | None = None


def built(tasks: Tasks, asked: Sequence[Asked]) -> list[Task]:
    """Every task (ours, or any that inspect knows, with their arguments) for every model: all models of the first task
    first. Models whose arms ask the same share what a task was read from. Raises InputError."""
    found: list[Task] = []
    for name, arguments in tasks.items():
        loaded = load(name, arguments) if is_foreign(name) else None
        ours: dict[str, Task] = {}
        for one in asked:
            if loaded is not None:
                found.append(_on(loaded, varied_model(one.model, one.variation)))
                continue
            key = one.variation.model_dump_json()
            if key not in ours:
                ours[key] = build(name, **varied(arguments, one.arm, one.variation, f"--set {name}"))
            found.append(_on(ours[key], one.model))
    return found


def noted(asked: Sequence[Asked]) -> dict[str, dict[str, Any]]:
    """What the logs say of the models: which arm's they are, which checkpoint's, what the arm varies, and the step."""
    steps = {str(one.model): asdict(one.at) for one in asked if one.at is not None}
    variations = {str(one.model): one.variation.given() for one in asked if one.variation != PLAIN}
    return {
        "arms": {str(one.model): one.arm for one in asked},
        "checkpoints": {str(one.model): one.label for one in asked},
        **({"variations": variations} if variations else {}),
        **({"steps": steps} if steps else {}),
    }


def _on(task: Task, model: Model) -> Task:
    """The task for one model; inspect's own `task_with` changes the task itself."""
    one = copy(task)
    one.model = model
    return one
