"""inspect's own `eval` for tests that look at its logs."""

from __future__ import annotations

from typing import Any

import inspect_ai
from inspect_ai import Task
from inspect_ai.log import EvalLog

from inoc_evals.harness.inspect.compat import without_screen


def eval(task: Task, **options: Any) -> list[EvalLog]:
    """What inspect's `eval` gives. Laying out the table of results that nobody sees takes it longer than the run."""
    with without_screen():
        return inspect_ai.eval(task, **{"display": "none", **options})
