"""What `inoc-evals score` is asked for, as a command line says it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from inoc_evals.definitions.arms import NamedCheckpoint
from inoc_evals.definitions.catalog import find_task, is_tag, look_at_tasks, task_names, tasks_named
from inoc_evals.definitions.faults import Faults
from inoc_evals.definitions.task import SPREAD, Task
from inoc_evals.definitions.words import did_you_mean, shown
from inoc_evals.errors import InputError
from inoc_evals.judging.costs import FREE, Costs, costs_of
from inoc_evals.measures.needs import needs
from inoc_evals.plan.arguments import quoted, read_argument
from inoc_evals.plan.thinking import SWITCH

# Of a task that is not ours, beside its own arguments, which are Python names.
SAMPLES, LIMIT = "--samples", "--limit"
# The argument that leaves ratings for `judges rate`.
JUDGE, LATER = "judge", "later"
CONDITIONS = "conditions"
_OF_ALL = ("samples", "limit")
# What is about reasoning reaches our tasks only.
THINKING = ("reasoning", "reasoning_tokens", SWITCH)
_COMMON = (*_OF_ALL, *THINKING)
_PACKAGE = "inoc_evals/"


@dataclass(frozen=True)
class Request:
    """What is to be scored. `checkpoints` are [ARM=]CHECKPOINT, after those of `arms`, mostly a file. `tasks` are ours
    or any that inspect knows; `arguments` are theirs, by task name. `shard` is (number, of how many), counted from 1,
    and splits the checkpoints. With more than one of `workers`, so many processes share the checkpoints of each server.
    With `ci_width` (points, above 0 and below 100) responses are asked for in rounds until intervals are so narrow.
    `costs` are what the user says of judges.
    """

    checkpoints: Sequence[str]
    out: Path
    tasks: Sequence[str] = ()
    judges: Sequence[str] = ()
    arguments: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    max_model_len: int = 4096
    server_arguments: Sequence[str] = ()
    shard: tuple[int, int] = (1, 1)
    workers: int = 1
    arms: Path | Sequence[NamedCheckpoint] | None = None
    ci_width: float | None = None
    costs: Costs = FREE

    @property
    def foreign(self) -> tuple[str, ...]:
        """The chosen tasks that are not ours."""
        return tuple(dict.fromkeys(name for name in self.tasks if is_foreign(name)))


def read_request(given: Mapping[str, Any], faults: Faults) -> Request:
    """The request that the options of `inoc-evals score` make, by their names. What cannot be read is a fault."""
    names = given["tasks"].split(",")
    tasks = read_tasks(names)
    common = {name: given[name] for name in _COMMON}
    shard, costs = (1, 1), FREE
    arguments = read_settings(given["settings"], _named(tasks, given["judges"], common), common, faults)
    if not given["judges"]:
        rate_later(names, tasks, arguments)
    own = [f"--{name.replace('_', '-')}" for name in THINKING if given[name] is not None]
    if own and (others := [task for task in tasks if is_foreign(task)]):
        faults.add(f"{own[0]} reaches our tasks only; leave it out, or run {others[0]} by itself")
    if given[CONDITIONS] is not None:
        present_under(given[CONDITIONS], tasks, given["judges"], arguments, faults)
    with faults.collected():
        shard = read_shard(given["shard"])
    with faults.collected():
        costs = costs_of(given["prices"], given["budget"], given["judges"])
    same = ("checkpoints", "out", "judges", "max_model_len", "server_arguments", "workers", "arms", "ci_width")
    as_given = {name: given[name] for name in same}
    return Request(**as_given, tasks=tasks, arguments=arguments, shard=shard, costs=costs)


def read_tasks(given: Iterable[str]) -> tuple[str, ...]:
    """The names of tasks as somebody wrote them: a tag stands for all tasks of ours that have it, a name for itself."""
    return tasks_named(_plain_names(given))


def rate_later(given: Iterable[str], tasks: Iterable[str], arguments: dict[str, dict[str, Any]]) -> None:
    """Where no judge is named, leave the ratings of those `tasks` for later that a tag among the names `given` brought:
    a panel is not kept from running by one task of it. Changes `arguments`, by task."""
    named = set(_plain_names(given))
    for name in tasks:
        # One that is broken is told where it is checked.
        with suppress(InputError):
            if name not in named and find_task(name)[1].ratings:
                arguments.setdefault(name, {}).setdefault(JUDGE, LATER)


def _plain_names(given: Iterable[str]) -> Iterator[str]:
    return (name.removeprefix(_PACKAGE) for name in map(str.strip, given) if name)


def common_arguments(
    tasks: Sequence[str], judges: Sequence[str], *, limit: int | None, samples: int | None
) -> dict[str, dict[str, Any]]:
    """What is set for all of the `tasks`, or of those that run where none is named, by task name; nothing where neither
    is given."""
    common = {"samples": samples, "limit": limit}
    return _for_all(_named(tasks, judges, common), common)


def is_foreign(name: str) -> bool:
    """Is this a task of another package (`PACKAGE/TASK`) or of a file (`FILE.py@TASK`)? Ours are plain names."""
    return "/" in name or "@" in name or name.endswith(".py")


def chosen_tasks(request: Request, faults: Faults) -> tuple[Task, ...]:
    """Our tasks among those asked for; without a choice all of no panel that read no exact probabilities, run no code
    of a model's, and need no judge, or with one if there is one.

    A task that is named is not hindered by another that is broken. It is a fault if a task is unknown or broken, and if
    there are arguments of one that is not chosen.
    """
    tasks: list[Task] = []
    for name in dict.fromkeys(request.tasks):
        if not is_foreign(name):
            with faults.collected():
                tasks.append(find_task(name, or_tag=True)[1])
    if not request.tasks:
        listed = look_at_tasks()
        faults.add(*(f"{fault} (or choose others with --tasks)" for fault in listed.broken.values()))
        tasks += _usual(listed.good, request.judges)
    wanted = {*request.tasks} or {task.name for task in tasks}
    for name in request.arguments:
        if name not in wanted:
            if is_tag(name):
                faults.add(f"--set {shown(name)[1:-1]}...: this is a tag; name each of its tasks by itself")
                continue
            known = name in task_names()
            hint = "; add it with --tasks" if known else did_you_mean(name, wanted)
            faults.add(f"--set {shown(name)[1:-1]}...: this task is not among those to run{hint}")
    return tuple(tasks)


def _usual(tasks: Sequence[Task], judges: Sequence[str]) -> list[Task]:
    """Those that run where none is named."""
    # Not every model tells probabilities, and running code that a model wrote is asked for by name.
    by_name = {"exact probabilities", "sandbox"}
    traits = [task for task in tasks if SPREAD not in task.tags]
    return [task for task in traits if (judges or not task.ratings) and not by_name & needs(task)]


def read_settings(
    texts: Sequence[str], tasks: Sequence[str], common: Mapping[str, Any], faults: Faults
) -> dict[str, dict[str, Any]]:
    """Arguments by task from TASK.KEY=VALUE, after those that are `common` to all tasks (None: not given).

    A value of ours is read as `read_argument` says, one of another's task as YAML. What cannot be read is a fault, and
    left out.
    """
    arguments = _for_all(tasks, common)
    seen: set[tuple[str, str]] = set()
    for text in texts:
        task, key, value = _split_setting(text, tasks)
        if value is None or not task or not key:
            example = (
                f"spanish_capitals.language=fr, or spanish_capitals.system_prompt='{quoted('')}' for an empty text"
            )
            faults.add(f"--set {shown(text)} is not TASK.KEY=VALUE; write it as in {example}")
            continue
        if (task, key) in seen:
            faults.add(f"--set {shown(f'{task}.{key}')[1:-1]} is given twice; keep one")
            continue
        seen.add((task, key))
        try:
            read = _read_foreign(key, value) if is_foreign(task) else read_argument(key, value)
            arguments.setdefault(task, {})[key] = read
        except InputError as error:
            faults.add(f"--set {task}.{error}")
    return arguments


def _named(tasks: Sequence[str], judges: Sequence[str], common: Mapping[str, Any]) -> Sequence[str]:
    """The tasks that something `common` is for. Without a choice all definitions are read for their names, which matter
    to that alone."""
    return tasks if tasks or all(value is None for value in common.values()) else _usual_names(judges)


def _usual_names(judges: Sequence[str]) -> list[str]:
    return [task.name for task in _usual(look_at_tasks().good, judges)]


def present_under(
    preset: str, tasks: Sequence[str], judges: Sequence[str], arguments: dict[str, dict[str, Any]], faults: Faults
) -> None:
    """Set the argument `conditions` of the `tasks`, or of those that run where none is named, that have none of their
    own and were not given others. It is a fault if there is no such task, and if one is not ours."""
    taking = []
    for name in tasks or _usual_names(judges):
        if is_foreign(name):
            faults.add(f"task {shown(name)} is none of ours and knows no conditions; leave it, or --conditions, out")
            continue
        # A task that is unknown or broken is told of where the tasks are chosen.
        with suppress(InputError):
            taking += [name] if not find_task(name)[1].conditions else []
    for name in taking:
        arguments.setdefault(name, {}).setdefault(CONDITIONS, preset)
    if not taking and not faults:
        remedy = "leave --conditions out, or name another task"
        faults.add(f"--conditions {shown(preset)[1:-1]}: all of these tasks have conditions of their own; {remedy}")


def _for_all(tasks: Sequence[str], common: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    given = {key: value for key, value in common.items() if value is not None}
    return {name: _common(name, given) for name in tasks} if given else {}


def _common(task: str, given: Mapping[str, Any]) -> dict[str, Any]:
    return {f"--{key}": given[key] for key in _OF_ALL if key in given} if is_foreign(task) else dict(given)


def _split_setting(text: str, tasks: Sequence[str]) -> tuple[str, str, str | None]:
    """Task, key and value of TASK.KEY=VALUE; the name of a file has points of its own."""
    task = next((name for name in sorted(tasks, key=len, reverse=True) if text.startswith(f"{name}.")), None)
    if task is None:
        name, given, value = text.partition("=")
        task, _, key = name.partition(".")
    else:
        key, given, value = text[len(task) + 1 :].partition("=")
    return task, key, value if given else None


def _read_foreign(key: str, written: str) -> Any:
    """As `inspect eval -T` does, but for commas, which cut nothing: a number, true or false, a list, a text."""
    import yaml

    try:
        value = yaml.safe_load(written)
        json.dumps(value, allow_nan=False)
    except (yaml.YAMLError, ValueError, RecursionError):
        raise InputError(f"{key}={shown(written)[1:-1]} is no value in YAML; put a text in quotes") from None
    except TypeError:  # such as a date
        return written
    return value


def read_shard(text: str) -> tuple[int, int]:
    """(number, of how many) from "I/N". Raises InputError."""
    number, _, of = text.partition("/")
    digits = all(part.isascii() and part.isdigit() and len(part) < 7 for part in (number, of))
    if not digits or not 1 <= int(number) <= int(of):
        raise InputError(f"--shard {shown(text)} is not I/N with I from 1 to N; write it as in 2/8")
    return int(number), int(of)
