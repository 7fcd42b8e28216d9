"""Write a new task, rubric or experiment where the user keeps such, look whether it is valid, and say how to go on."""

from __future__ import annotations

import keyword
import os
import re
import shlex
import shutil
from collections.abc import Mapping
from pathlib import Path

import yaml

from inoc_evals.commands.new.experiment_files import experiment_files
from inoc_evals.commands.new.rubric_files import rubric_files
from inoc_evals.commands.new.task_files import task_files
from inoc_evals.definitions.catalog import (
    VARIABLE,
    Kind,
    data_directories,
    experiment_places,
    path_entries,
    rubric_places,
    task_places,
)
from inoc_evals.definitions.document import load_items, load_rubric, load_task
from inoc_evals.definitions.fields import LONGEST_NAME, NAME
from inoc_evals.definitions.words import shown
from inoc_evals.errors import InputError
from inoc_evals.experiments.reading import FILE, load_experiment
from inoc_evals.files import make_folder, unwritable, write_whole
from inoc_evals.plan.preflight import folder_faults

_PREFIX = "inoc_"
_KEYS = frozenset({"task", "group", "tag"})
_TASK_STEPS = """\
  inoc-evals score none=CHECKPOINT --tasks {name} --limit 1
  inspect eval inoc_evals/{name} --model PROVIDER/MODEL
  inoc-evals lm-eval --tasks inoc_{name} ...
"""
_RUBRIC_STEPS = """\
  inoc-evals judges try {name} --judge PROVIDER/MODEL --question "..." --answer "..."
  inoc-evals judges check {name} --judge PROVIDER/MODEL
"""
_EXPERIMENT_STEPS = """\
  inoc-evals experiment plan {name}
  inoc-evals experiment run {name}
"""


def new_experiment(name: str, out: Path | None) -> str:
    """Write the folder of a new experiment below `out`, and return what to say of it. Nothing is ever overwritten.
    Raises as `new_task`."""
    _check_name(name, "an experiment", experiment_places())
    root = _root("experiments", out)
    folder = make_folder(root / "experiments") / name
    _claim(folder)
    try:
        written = _write(folder, experiment_files(name))
        load_experiment(folder / FILE)
    except BaseException:
        # Half an experiment would be in the way of the next attempt.
        shutil.rmtree(folder, ignore_errors=True)
        raise
    seen = _seen(root, experiment_places().get(name), folder / FILE)
    return f"{written}{seen}{_EXPERIMENT_STEPS.format(name=name)}"


def new_task(name: str, out: Path | None) -> str:
    """Write the folder of a new task below `out`, and return what to say of it. Nothing is ever overwritten. Raises
    InputError for a name that it cannot have, and WorkError where the folder cannot be written."""
    _check_name(name, "a task", task_places())
    if keyword.iskeyword(name):
        raise InputError(f"a task cannot be called {name!r}, a word of Python's; choose another name")
    if f"{_PREFIX}{name}" in _lm_eval_names():
        taken = f"{_PREFIX}{name} is a group or tag in lm-eval already"
        raise InputError(f"a task cannot be called {name!r}: {taken}; choose another name")
    root = _root("tasks", out)
    folder = make_folder(root / "tasks") / name
    _claim(folder)
    try:
        written = _write(folder, task_files(name))
        load_task(folder / "task.yaml")
        load_items(folder / "items.jsonl")
    except BaseException:
        # Half a task would be in the way of the next attempt.
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return f"{written}{_seen(root, task_places().get(name), folder / 'task.yaml')}{_TASK_STEPS.format(name=name)}"


def new_rubric(name: str, out: Path | None) -> str:
    """Write the file of a new rubric below `out`, and return what to say of it. Nothing is ever overwritten. Raises as
    `new_task`."""
    _check_name(name, "a rubric", rubric_places())
    root = _root("judges", out)
    path = make_folder(root / "judges") / f"{name}.yaml"
    if os.path.lexists(path):
        raise InputError.at(path, "this is there already; choose another name")
    written = _write(path.parent, rubric_files(name))
    load_rubric(path)
    return f"{written}{_seen(root, rubric_places().get(name), path)}{_RUBRIC_STEPS.format(name=name)}"


def _check_name(name: str, what: str, places: Mapping[str, Path]) -> None:
    # fullmatch, because $ also matches before a line end.
    if not re.fullmatch(NAME, name) or name.endswith("\n") or len(name) > LONGEST_NAME:
        rule = f"use small letters, digits and _, a letter first, at most {LONGEST_NAME}"
        raise InputError(f"{shown(name)} cannot name {what}; {rule}")
    if name in places:
        raise InputError(f"{what} {name} lies already in {places[name].parent}; choose another name")


def _root(kind: Kind, out: Path | None) -> Path:
    """The folder that holds tasks/, judges/ and experiments/. `out` may also name the one of them that is written to.
    Raises InputError where no folder can be."""
    root = out if out is not None else next(iter(path_entries()), Path())
    if out is not None and out.name == kind:
        root = out.parent
    if faults := folder_faults(root):
        raise InputError.of(faults)
    return root


def _claim(folder: Path) -> None:
    try:
        folder.mkdir()
    except FileExistsError:
        raise InputError.at(folder, "this is there already; choose another name") from None
    except OSError as error:
        raise unwritable(folder, error) from error


def _write(folder: Path, files: Mapping[str, str]) -> str:
    """Write the files, and return a line for each."""
    for name, text in files.items():
        write_whole(folder / name, text)
    return "".join(f"wrote {folder / name}\n" for name in files)


def _seen(root: Path, known: Path | None, path: Path) -> str:
    """Whether the new definition is found, and if not, the command after which it is."""
    if known is not None and known.resolve() == path.resolve():
        return "It is valid, and found where it lies. Next:\n"
    folders = os.pathsep.join(map(str, (root.resolve(), *path_entries())))
    return f"It is valid. So that it is found, and next:\n  export {VARIABLE}={shlex.quote(folders)}\n"


def _lm_eval_names() -> frozenset[str]:
    """Every name that lm-eval knows from our files and the user's. They are only looked at, for lm-eval may be missing
    and calls functions as it reads."""
    names: set[str] = set()
    for folder in data_directories("tasks"):
        for path in (*folder.glob("*.yaml"), *folder.glob("*/lm_eval*.yaml")):
            try:
                entry = yaml.compose(path.read_text(encoding="utf-8"), yaml.SafeLoader)
            except (OSError, ValueError, yaml.YAMLError):
                continue
            for key, value in entry.value if isinstance(entry, yaml.MappingNode) else ():
                if key.value in _KEYS:
                    names |= {node.value for node in (value.value if isinstance(value, yaml.SequenceNode) else [value])}
    return frozenset(name for name in names if isinstance(name, str))
