"""Entry point for inspect: registers one task per folder in tasks/. Every inspect run imports this: keep it light."""

from __future__ import annotations

import logging

from inspect_ai import task

from inoc_evals.harness.inspect.scorers import measures as measures
from inoc_evals.harness.inspect.solvers import respond as respond
from inoc_evals.harness.inspect.tasks import task_function
from inoc_evals.spec.catalog import data_directories, task_files
from inoc_evals.spec.errors import InputError


def _names() -> list[str]:
    try:
        return list(task_files())
    except InputError as error:
        # An exception here would take every task away with no more than a warning and "task not found".
        logging.getLogger(__name__).warning("%s", error)
        files = (path for folder in data_directories("tasks") for path in folder.glob("*/task.yaml"))
        return sorted({path.parent.name for path in files})


for _name in _names():
    globals()[_name] = task(task_function(_name))
