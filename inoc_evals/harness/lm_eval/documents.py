"""Our items as lm-eval's documents: the `custom_dataset` of every lm_eval.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from inoc_evals.definitions.catalog import find_task
from inoc_evals.definitions.conditions import Condition, chat
from inoc_evals.definitions.item import Item
from inoc_evals.harness.lm_eval.arguments import own_arguments
from inoc_evals.plan.compiled import Plan, make_plan


class Documents(list[dict[str, Any]]):
    """A split as lm-eval wants it: a sequence with `features`. A list, because lm-eval walks it three times and rows
    of an Arrow table cost more than all the rest of a run. `plan` is what the documents were made from."""

    def __init__(self, plan: Plan) -> None:
        super().__init__(_document(plan, *asked) for asked in plan.asked())
        self.plan = plan

    @property
    def features(self) -> dict[str, None]:
        """The columns."""
        return dict.fromkeys(self[0]) if self else {}


def load(inoc_task: str, **metadata: Any) -> dict[str, Documents]:
    """The documents of our task `inoc_task`; `metadata` is lm-eval's, of which we read our own keys.

    Raises InputError for a wrong definition or argument, before anything is generated.
    """
    return {"test": Documents(plan_of(inoc_task, metadata))}


def plan_of(name: str, metadata: Mapping[str, Any]) -> Plan:
    """The plan for our task `name` under lm-eval's metadata. Raises InputError."""
    return make_plan(name, own_arguments(find_task(name)[1], metadata))


def _document(plan: Plan, item: Item, condition: Condition) -> dict[str, Any]:
    return {
        "id": f"{item.id}@{condition.name}" if condition.name else item.id,
        "question_id": item.question,
        "category": item.category,
        "condition": condition.name,
        "prefill": condition.prefill or "",
        "messages": chat(item, condition),
        "options": item.options,
        "data": item.data,
        "choices_together": plan.settings.choices,
        # Enough to rate a saved response again without the run that drew it.
        "inoc_task": plan.task.name,
        "arguments": dict(plan.given),
    }
