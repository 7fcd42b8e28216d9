"""Our items as lm-eval's documents: the `custom_dataset` of every lm_eval.yaml."""

from __future__ import annotations

from typing import Any

from inoc_evals.harness.lm_eval.plan import Plan, make_plan


class Documents(list[dict[str, Any]]):
    """A split as lm-eval wants it: a sequence with `features`. A list, because lm-eval walks it three times and rows
    of an Arrow table cost more than all the rest of a run. `plan` is what the documents were made from."""

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan.documents)
        self.plan = plan

    @property
    def features(self) -> dict[str, None]:
        """The columns."""
        return dict.fromkeys(self[0]) if self else {}


def load(inoc_task: str, **metadata: Any) -> dict[str, Documents]:
    """The documents of our task `inoc_task`; `metadata` is lm-eval's, of which we read our own keys.

    Raises InputError for a wrong definition or argument, before anything is generated.
    """
    return {"test": Documents(make_plan(inoc_task, metadata))}
