"""Where lm-eval finds our tasks, and whether it will: it skips a YAML file that it cannot read without a word."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import yaml

from inoc_evals.definitions.catalog import data_directories
from inoc_evals.definitions.faults import Faults
from inoc_evals.definitions.words import did_you_mean, shown
from inoc_evals.errors import InputError
from inoc_evals.harness.lm_eval.compat import load_entry

ENTRY = "lm_eval.yaml"
DEFINITION = "task.yaml"
PREFIX = "inoc_"
_ENTRY_LINES = (
    "task: inoc_NAME, class: !function inoc_evals.harness.lm_eval.task.InocTask, "
    "custom_dataset: !function inoc_evals.harness.lm_eval.documents.load, dataset_kwargs: {inoc_task: NAME}"
)


def task_folders() -> tuple[Path, ...]:
    """The folders for lm-eval's include path: ours, then those of the user. Raises InputError if there is none."""
    found = data_directories("tasks")
    if not found:
        raise InputError("the folder of tasks is missing from this installation; install inoc-evals again")
    return found


def read_entries(folders: Iterable[Path], asked: Sequence[str] | None = None) -> dict[str, dict[str, Any]]:
    """Name -> content of every task and group file of lm-eval below `folders`, functions resolved.

    Raises InputError with file:line:column for files that lm-eval would skip, and for a name that stands twice; but
    where the names `asked` for are all tasks that were read, files of others may be broken.
    """
    found: dict[str, dict[str, Any]] = {}
    places: dict[str, Path] = {}
    faults = Faults()
    for path in sorted(path for folder in folders for path in _candidates(folder)):
        with faults.collected():
            entry = _read(path)
            name = entry.get("task") if isinstance(entry.get("task"), str) else entry.get("group")
            if not isinstance(name, str):
                raise InputError.at(path, "this is no task or group of lm-eval; add `task: NAME` or `group: NAME`")
            if name in found:
                raise InputError.at(path, f"{name} stands already in {places[name]}; rename one")
            found[name], places[name] = entry, path
    # A group, tag or pattern may mean a task whose file could not be read.
    if asked is None or not all(isinstance(found.get(name, {}).get("task"), str) for name in asked):
        faults.refuse()
    return found


def own_tasks(names: Iterable[str], entries: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Those of our tasks that these tasks, groups and tags hold: lm-eval's name for it -> our name."""
    found: dict[str, str] = {}
    for name in names:
        entry = entries.get(name)
        if entry is None:
            members = [known for known, one in entries.items() if name in _listed(one.get("tag"))]
        elif ours := (entry.get("dataset_kwargs") or {}).get("inoc_task"):
            found[name] = str(ours)
            continue
        else:
            members = _members(entry)
        found |= own_tasks(members, entries)
    return found


def resolve_names(asked: Sequence[str], entries: Mapping[str, Mapping[str, Any]]) -> tuple[list[str], bool]:
    """The names to hand to lm-eval, patterns filled in, and whether lm-eval's own tasks are needed for them.

    Raises InputError for a name of ours (inoc_...) that is not there, saying which file is missing.
    """
    tags = {tag for entry in entries.values() for tag in _listed(entry.get("tag"))}
    names: list[str] = []
    foreign = False
    for name in asked:
        matches = [known for known in (*entries, *sorted(tags)) if fnmatchcase(known, name)]
        if not matches:
            if name.startswith(PREFIX):
                raise _unknown(name, entries, tags)
            foreign = True
            matches = [name]
        names += [match for match in matches if match not in names]
    return names, foreign or any(_foreign(name, entries) for name in names if name in entries)


def _candidates(folder: Path) -> list[Path]:
    """The files meant for lm-eval: those of the folder itself, and lm_eval*.yaml below it. Others may be questions."""
    return [*folder.glob("*.yaml"), *(path for path in folder.rglob("lm_eval*.yaml") if path.parent != folder)]


def _foreign(name: str, entries: Mapping[str, Mapping[str, Any]]) -> bool:
    return any(member not in entries or _foreign(member, entries) for member in _members(entries[name]))


def _members(entry: Mapping[str, Any]) -> list[str]:
    members = entry.get("task")
    if not isinstance(members, list):
        return []
    return [str(one if isinstance(one, str) else one.get("task", one.get("group"))) for one in members]


def _unknown(name: str, entries: Mapping[str, Any], tags: set[str]) -> InputError:
    for folder in task_folders():
        lacking = folder / name.removeprefix(PREFIX)
        if (lacking / DEFINITION).is_file() and not (lacking / ENTRY).is_file():
            message = f"this file is missing, so that lm-eval has no {name}; write {_ENTRY_LINES}"
            return InputError.at(lacking / ENTRY, message)
    hint = did_you_mean(name, [*entries, *tags])
    return InputError(f"there is no lm-eval task {shown(name)} of ours; there are: {', '.join(sorted(entries))}{hint}")


def _read(path: Path) -> dict[str, Any]:
    try:
        entry: dict[str, Any] = load_entry(path)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = (mark.line + 1, mark.column + 1) if mark is not None else (None, None)
        raise InputError.at(path, f"not valid YAML ({error.problem}); correct it", *place) from None
    except (ValueError, ImportError, AttributeError, OSError, yaml.YAMLError) as error:
        said = " ".join(f"{error} {error.__cause__ or ''}".split())
        raise InputError.at(path, f"lm-eval cannot read this file ({said}); correct it") from None
    return entry


def _listed(value: object) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else [value] if isinstance(value, str) else []
