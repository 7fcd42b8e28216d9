"""Where tasks and rubrics lie: in the package, in a checkout, and in the folders that the user names."""

from __future__ import annotations

import difflib
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
    users = [
        Path(entry).expanduser() / kind for entry in os.environ.get("INOC_EVALS_PATH", "").split(os.pathsep) if entry
    ]
    # One folder named twice is no conflict with itself.
    folders: dict[Path, Path] = {}
    for folder in (ours, *users):
        if folder.is_dir():
            folders.setdefault(folder.resolve(), folder)
    return tuple(folders.values())


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
        near = difflib.get_close_matches(name, files, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        searched = ", ".join(str(folder) for folder in data_directories("tasks")) or "no folder"
        known = ", ".join(sorted(files)) or "none"
        raise InputError(f"there is no task {name!r}; known tasks: {known} (in {searched}){hint}")
    return files[name], _load(files[name])


def list_tasks() -> tuple[Task, ...]:
    """All tasks, by name. Raises InputError for the first that is wrong."""
    return tuple(_load(path) for _, path in sorted(task_files().items()))


def _load(path: Path) -> Task:
    task = load_task(path)
    name = path.parent.name
    if task.name != name:
        raise InputError.at(path, f"the name {task.name!r} differs from its folder {name!r}; make them equal")
    return task
