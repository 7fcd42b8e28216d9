"""Where tasks and rubrics lie: in the package, in a checkout, and in the folders that the user names."""

from __future__ import annotations

import difflib
import os
from pathlib import Path
from typing import Literal

from inoc_evals.spec.document import load_rubric, load_task
from inoc_evals.spec.errors import InputError
from inoc_evals.spec.models import Rubric, Task

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


def rubric_files(folder: Path | None = None) -> dict[str, Path]:
    """File name without ending -> path of every rubric, those of `folder` included.

    Raises InputError where two files claim one name, and for a folder that is none.
    """
    if folder is not None and not folder.is_dir():
        raise InputError.at(folder, "there is no such folder of rubrics; name one")
    found: dict[str, Path] = {}
    for directory in (*data_directories("judges"), *([folder] if folder else [])):
        for path in sorted(directory.glob("*.yaml")):
            if path.stem in found and path.resolve() != found[path.stem].resolve():
                raise InputError.at(path, f"a rubric {path.stem} lies already in {found[path.stem].parent}; rename one")
            found[path.stem] = path
    return found


def find_rubric(name: str, folder: Path | None = None) -> tuple[Path, Rubric]:
    """The file and definition of a rubric by name. Raises InputError, with the known names if there is none."""
    files = rubric_files(folder)
    if name not in files:
        near = difflib.get_close_matches(name, files, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise InputError(f"there is no rubric {name!r}; known rubrics: {', '.join(sorted(files)) or 'none'}{hint}")
    rubric = load_rubric(files[name])
    if rubric.name != name:
        message = f"the name {rubric.name!r} differs from the file's {name!r}; make them equal"
        raise InputError.at(files[name], message)
    return files[name], rubric


def list_rubrics() -> tuple[Rubric, ...]:
    """All rubrics, by name. Raises InputError for the first that is wrong."""
    return tuple(find_rubric(name)[1] for name in sorted(rubric_files()))


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
