"""Where tasks, rubrics, presets and experiments lie: in the package, in a checkout, and in folders of the user."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, Literal, TypeVar, get_args

from inoc_evals.definitions.document import load_preset, load_rubric, load_task
from inoc_evals.definitions.preset import Preset
from inoc_evals.definitions.rubric import Rubric
from inoc_evals.definitions.task import Task
from inoc_evals.definitions.words import did_you_mean, shown
from inoc_evals.errors import InputError

PACKAGE = Path(__file__).resolve().parent.parent
VARIABLE = "INOC_EVALS_PATH"
Kind = Literal["tasks", "judges", "conditions", "experiments"]
KINDS: tuple[Kind, ...] = get_args(Kind)
# Folders of one file a definition, and what a definition of theirs is called in messages.
_SINGLE: Mapping[Kind, str] = {"judges": "rubric", "conditions": "preset"}
_YAML = (".yaml", ".yml")
Definition = TypeVar("Definition", Task, Rubric, Preset)
Single = TypeVar("Single", Rubric, Preset)


@dataclass(frozen=True)
class Listed(Generic[Definition]):
    """The definitions that can be used, by name, and for every other name what is wrong with it."""

    good: tuple[Definition, ...]
    broken: Mapping[str, str]


def data_directories(kind: Kind) -> tuple[Path, ...]:
    """Folders that hold definitions of this kind: ours first, then those under each folder of INOC_EVALS_PATH."""
    # In a wheel the data lie inside the package; in a checkout beside it.
    inside = PACKAGE / "_data" / kind
    ours = inside if inside.is_dir() else PACKAGE.parent / kind
    # One folder named twice is no conflict with itself.
    folders: dict[str, Path] = {}
    for folder in (ours, *(entry / kind for entry in path_entries())):
        # Not Path.is_dir, which raises for a name that no folder can have.
        if os.path.isdir(folder):  # noqa: PTH112
            folders.setdefault(os.path.realpath(folder), folder)
    return tuple(folders.values())


def path_faults() -> tuple[str, ...]:
    """What is wrong with INOC_EVALS_PATH: an entry that is no folder, or that holds no definitions."""
    faults = []
    for entry in path_entries():
        if not os.path.isdir(entry):  # noqa: PTH112
            faults.append(f"{VARIABLE}: {entry} is no folder; correct the variable")
        elif not any(os.path.isdir(entry / kind) for kind in KINDS):  # noqa: PTH112
            inner = entry.name in KINDS or any((*entry.glob("*/task.yaml"), *entry.glob("*/experiment.yaml")))
            remedy = f"name the folder above, {entry.parent}" if inner else "name the folder that holds one of them"
            faults.append(f"{VARIABLE}: {entry} holds none of {', '.join(f'{kind}/' for kind in KINDS)}; {remedy}")
    return tuple(faults)


def path_entries() -> tuple[Path, ...]:
    """The folders that INOC_EVALS_PATH names, in its order, whether they are there or not."""
    # os.path.expanduser leaves the name of a user who does not exist as it is; that of Path raises.
    texts = os.environ.get(VARIABLE, "").split(os.pathsep)
    return tuple(Path(os.path.expanduser(text)) for text in texts if text)  # noqa: PTH111


def _single_files(kind: Kind, folder: Path | None = None) -> tuple[dict[str, Path], dict[str, str]]:
    """The file of every definition of a kind that has one each, by name, and what is wrong with names that stand twice.
    `folder` is one more to look in."""
    what = _SINGLE[kind]
    if folder is not None and not os.path.isdir(folder):  # noqa: PTH112
        raise InputError.at(folder, f"there is no such folder of {what}s; name one")
    files: dict[str, Path] = {}
    twice: dict[str, str] = {}
    for directory in (*data_directories(kind), *([folder] if folder else [])):
        for path in sorted(directory.glob("*.yaml")):
            if path.stem in files and path.resolve() != files[path.stem].resolve():
                message = f"a {what} {path.stem} lies already in {files[path.stem].parent}; rename one"
                twice.setdefault(path.stem, str(InputError.at(path, message)))
            else:
                files[path.stem] = path
    return files, twice


def _named(name: str, kind: Kind, files: Mapping[str, Path], twice: Mapping[str, str], also: str = "") -> Path:
    """The file of that name. Raises InputError, with the known names if there is none."""
    if name in twice:
        raise InputError(twice[name])
    if name not in files:
        known = (", ".join(sorted(files)) or "none") + did_you_mean(name, files) + also
        what = _SINGLE[kind]
        raise InputError(f"there is no {what} {shown(name)}; known {what}s: {known}")
    return files[name]


def find_rubric(name: str, folder: Path | None = None) -> tuple[Path, Rubric]:
    """The file and definition of a rubric by name. Raises InputError, with the known names if there is none."""
    path = _named(name, "judges", *_single_files("judges", folder))
    return path, _load_rubric(path)


def find_rubric_with_gold(name: str, folder: Path | None = None) -> Rubric:
    """The definition of a rubric by name. Raises InputError as `find_rubric` does, and where there are no examples."""
    path, rubric = find_rubric(name, folder)
    if not rubric.gold:
        raise InputError.at(path, "this rubric has no gold examples; add some under `gold`")
    return rubric


def rubric_places() -> dict[str, Path]:
    """The file of every rubric by name, whether it can be used or not."""
    return _single_files("judges")[0]


def list_rubrics() -> tuple[Rubric, ...]:
    """All rubrics, by name. Raises InputError for those that are wrong."""
    return _all_good(look_at_rubrics())


def look_at_rubrics() -> Listed[Rubric]:
    """All rubrics, by name, and what is wrong with those that cannot be used."""
    return _look(*_single_files("judges"), _load_rubric)


def _load_rubric(path: Path) -> Rubric:
    return _same_name(load_rubric(path), path)


def find_preset(named: str) -> tuple[Path, Preset]:
    """The file and definition of conditions: a preset by name, or a YAML file by its path. Raises InputError, with the
    known names if there is none."""
    if named.endswith(_YAML):
        return Path(named), load_preset(Path(named))
    path = _named(named, "conditions", *_single_files("conditions"), also=", or name a YAML file")
    return path, _load_preset(path)


def look_at_presets() -> Listed[Preset]:
    """All presets of conditions, by name, and what is wrong with those that cannot be used."""
    return _look(*_single_files("conditions"), _load_preset)


def _load_preset(path: Path) -> Preset:
    return _same_name(load_preset(path), path)


def _same_name(definition: Single, path: Path) -> Single:
    if definition.name != path.stem:
        message = f"the name {definition.name!r} differs from the file's {path.stem!r}; make them equal"
        raise InputError.at(path, message)
    return definition


def task_places() -> dict[str, Path]:
    """The task.yaml of every task by name, whether it can be used or not."""
    return _task_files()[0]


def task_names() -> tuple[str, ...]:
    """The names of all tasks, in order, whether they can be used or not."""
    return tuple(sorted(_task_files()[0]))


def _task_files() -> tuple[dict[str, Path], dict[str, str]]:
    return _in_folders("tasks", "task.yaml", "a task")


def _in_folders(kind: Kind, file: str, what: str) -> tuple[dict[str, Path], dict[str, str]]:
    """Definitions that have a folder each, by its name, and the error of each name that two folders claim."""
    files: dict[str, Path] = {}
    twice: dict[str, str] = {}
    for directory in data_directories(kind):
        for path in sorted(directory.glob(f"*/{file}")):
            name = path.parent.name
            if name in files:
                message = f"{what} {name} lies already in {files[name].parent}; rename one folder"
                twice.setdefault(name, str(InputError.at(path, message)))
            else:
                files[name] = path
    return files, twice


def experiment_places() -> dict[str, Path]:
    """The experiment.yaml of every experiment by name, whether it can be used or not."""
    return _experiment_files()[0]


def find_experiment(name: str) -> Path:
    """The experiment.yaml of that name. Raises InputError, with the known names if there is none."""
    files, twice = _experiment_files()
    if name in twice:
        raise InputError(twice[name])
    if name not in files:
        known = (", ".join(sorted(files)) or "none") + did_you_mean(name, files)
        raise InputError(f"there is no experiment {shown(name)}; name a file, or one of the experiments: {known}")
    return files[name]


def _experiment_files() -> tuple[dict[str, Path], dict[str, str]]:
    return _in_folders("experiments", "experiment.yaml", "an experiment")


def find_task(name: str, *, or_tag: bool = False) -> tuple[Path, Task]:
    """The file and definition of a task by name; others may be broken. Raises InputError, with the known names if there
    is none; with `or_tag` these are those of tags too, see `tasks_named`."""
    files, twice = _task_files()
    if name in twice:
        raise InputError(twice[name])
    if name not in files:
        searched = ", ".join(str(folder) for folder in data_directories("tasks")) or "no folder"
        known = ", ".join(sorted(files)) or "none"
        tags = tuple(tagged_tasks()) if or_tag else ()
        also = f"; tags, each for all tasks that have it: {', '.join(tags)}" if tags else ""
        hint = did_you_mean(name, (*files, *tags))
        raise InputError(f"there is no task {shown(name)}; known tasks: {known} (in {searched}){also}{hint}")
    return files[name], _load(files[name])


def tasks_named(names: Iterable[str]) -> tuple[str, ...]:
    """The names with, in the place of a tag, those of all tasks that have it, in order; each once. What is a task's own
    name is no tag; what is neither stays as it is.

    What tags a broken task has nobody knows. It is named with those of any tag, so that what is wrong with it is told.
    """
    asked = tuple(dict.fromkeys(names))
    files = task_places()
    if all(name in files for name in asked):
        return asked
    listed = look_at_tasks()
    tagged = _tagged(listed.good)
    tasks: list[str] = []
    for name in asked:
        tasks += sorted({*tagged[name], *listed.broken}) if name in tagged else [name]
    return tuple(dict.fromkeys(tasks))


def is_tag(name: str) -> bool:
    """Does `tasks_named` take the name for a tag?"""
    return name in tagged_tasks()


def tagged_tasks() -> dict[str, tuple[str, ...]]:
    """By tag, in order, the names of the tasks that have it and can be used; without tags that are the name of a
    task."""
    return _tagged(look_at_tasks().good)


def _tagged(tasks: Iterable[Task]) -> dict[str, tuple[str, ...]]:
    names = task_places()
    by_tag: dict[str, tuple[str, ...]] = {}
    for task in tasks:
        for tag in task.tags:
            if tag not in names:
                by_tag[tag] = (*by_tag.get(tag, ()), task.name)
    return dict(sorted(by_tag.items()))


def list_tasks() -> tuple[Task, ...]:
    """All tasks, by name. Raises InputError for those that are wrong."""
    return _all_good(look_at_tasks())


def look_at_tasks() -> Listed[Task]:
    """All tasks, by name, and what is wrong with those that cannot be used."""
    return _look(*_task_files(), _load)


def _look(
    files: Mapping[str, Path], twice: Mapping[str, str], load: Callable[[Path], Definition]
) -> Listed[Definition]:
    good: list[Definition] = []
    broken: dict[str, str] = {}
    for name, path in sorted(files.items()):
        if name in twice:
            broken[name] = twice[name]
            continue
        try:
            good.append(load(path))
        except InputError as error:
            broken[name] = str(error)
    return Listed(tuple(good), broken)


def _all_good(listed: Listed[Definition]) -> tuple[Definition, ...]:
    if listed.broken:
        raise InputError.of(list(listed.broken.values()))
    return listed.good


def _load(path: Path) -> Task:
    task = load_task(path)
    name = path.parent.name
    if task.name != name:
        raise InputError.at(path, f"the name {task.name!r} differs from its folder {name!r}; make them equal")
    return task
