"""Entry point for inspect: registers one task per folder in tasks/. Every inspect run imports this: keep it light."""

from __future__ import annotations

import logging

from inspect_ai import task

from inoc_evals.definitions.catalog import path_faults, task_names
from inoc_evals.harness.inspect.sandboxes import BwrapSandbox as BwrapSandbox
from inoc_evals.harness.inspect.scorers import measures as measures
from inoc_evals.harness.inspect.solvers import ask as ask
from inoc_evals.harness.inspect.tasks import task_function

# An exception here would take every task away with no more than a warning and "task not found".
for _fault in path_faults():
    logging.getLogger(__name__).warning("%s", _fault)

# All at once: a task may be called as something that is used in making the next one.
globals().update({_name: task(task_function(_name)) for _name in task_names()})
