"""Entry point for inspect: registers one task per folder in tasks/. Every inspect run imports this: keep it light."""

from __future__ import annotations

from inspect_ai import task

from inoc_evals.harness.inspect.scorers import measures as measures
from inoc_evals.harness.inspect.solvers import respond as respond
from inoc_evals.harness.inspect.tasks import task_function
from inoc_evals.spec.catalog import task_files

for _name in task_files():
    globals()[_name] = task(task_function(_name))
