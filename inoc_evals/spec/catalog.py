"""Where tasks and rubrics lie: in the package, in a checkout, and in the folders that the user names."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from inoc_evals.spec.document import load_task
from inoc_evals.spec.errors import InputError
from inoc_evals.spec.models import Task

PACKAGE = Path(__file__).resolve().parent.parent
Kind = Literal["tasks", "judges"]


def data_directories(kind: Kind) -> tuple[Path, ...]:
    """Folders that hold task folders or rubric files: ours first, then those under each folder of INOC_EVALS_PATH."""
    # In a wheel the data lie inside the package; in a checkout beside it.
    inside = PACKAGE / "_data" / kind
    ours = inside if inside.is_dir() else PACKAGE.parent / kind
    users = [Path(entry) / kind for entry in os.environ.get("INOC_EVALS_PATH", "").split(os.pathsep) if entry]
    return tuple(folder for folder in (ours, *users) if folder.is_dir())


def task_files() -> dict[str, Path]:
    """Folder name -> task.yaml of every task. Raises InputError where two folders claim one name."""
    found: dict[str, Path] = {}
    for directory in data_directories("tasks"):
        for path in sorted(directory.glob("*/task.yaml")):
            name = path.parent.name
            if name in found:
                raise InputError.at(path, f"a task {name} lies already in {found[name].parent}; rename one folder")
            found[name] = path
    return found


def find_task(name: str) -> tuple[Path, Task]:
    """The file and definition of a task by name. Raises InputError, with the known names if there is none."""
    files = task_files()
    if name not in files:
        raise InputError(f"there is no task {name!r}; known tasks: {', '.join(files) or 'none'}")
    task = load_task(files[name])
    if task.name != name:
        raise InputError.at(files[name], f"the name {task.name!r} differs from its folder {name!r}; make them equal")
    return files[name], task


def list_tasks() -> tuple[Task, ...]:
    """All tasks, by name."""
    return tuple(find_task(name)[1] for name in sorted(task_files()))
