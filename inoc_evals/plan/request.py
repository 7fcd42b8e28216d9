"""What `inoc-evals score` is asked for, as a command line says it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from inoc_evals.definitions.catalog import find_task, look_at_tasks, task_names
from inoc_evals.definitions.faults import Faults
from inoc_evals.definitions.models import Task
from inoc_evals.definitions.words import did_you_mean, shown
from inoc_evals.errors import InputError
from inoc_evals.plan.arguments import quoted, read_argument
from inoc_evals.protocols.registry import protocols


@dataclass(frozen=True)
class Request:
    """What is to be scored. `arguments` are those of the inspect tasks, by task name; `shard` is (number, of how many),
    counted from 1, and splits the checkpoints. With more than one of `workers`, so many processes share the checkpoints
    of each server."""

    checkpoints: Sequence[str]
    out: Path
    tasks: Sequence[str] = ()
    judges: Sequence[str] = ()
    arguments: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    max_model_len: int = 4096
    server_arguments: Sequence[str] = ()
    shard: tuple[int, int] = (1, 1)
    workers: int = 1


def chosen_tasks(request: Request, faults: Faults) -> tuple[Task, ...]:
    """The tasks asked for; without a choice all that draw answers and need no judge, or with one if there is one.

    A task that is named is not hindered by another that is broken. It is a fault if a task is unknown or broken, and if
    there are arguments of one that is not chosen.
    """
    tasks: list[Task] = []
    for name in dict.fromkeys(request.tasks):
        with faults.collected():
            tasks.append(find_task(name)[1])
    if not request.tasks:
        listed = look_at_tasks()
        faults.add(*(f"{fault} (or choose others with --tasks)" for fault in listed.broken.values()))
        # Not every model tells probabilities.
        drawn = [task for task in listed.good if protocols()[task.protocol.name].gives != "probabilities"]
        tasks += [task for task in drawn if request.judges or not task.ratings]
    wanted = {*request.tasks} or {task.name for task in tasks}
    for name in request.arguments:
        if name not in wanted:
            known = name in task_names()
            hint = "; add it with --tasks" if known else did_you_mean(name, wanted)
            faults.add(f"--set {shown(name)[1:-1]}...: this task is not among those to run{hint}")
    return tuple(tasks)


def read_settings(
    texts: Sequence[str], tasks: Sequence[str], common: Mapping[str, int | None], faults: Faults
) -> dict[str, dict[str, Any]]:
    """Arguments by task from TASK.KEY=VALUE, after those that are `common` to all tasks (None: not given).

    A value is read as `read_argument` says. What cannot be read is a fault, and left out.
    """
    given = {key: value for key, value in common.items() if value is not None}
    names = tasks or (task_names() if given else ())
    arguments: dict[str, dict[str, Any]] = {name: dict(given) for name in names} if given else {}
    seen: set[str] = set()
    for text in texts:
        name, given_value, value = text.partition("=")
        task, _, key = name.partition(".")
        if not given_value or not task or not key:
            example = (
                f"spanish_capitals.language=fr, or spanish_capitals.system_prompt='{quoted('')}' for an empty text"
            )
            faults.add(f"--set {shown(text)} is not TASK.KEY=VALUE; write it as in {example}")
            continue
        if name in seen:
            faults.add(f"--set {shown(name)[1:-1]} is given twice; keep one")
            continue
        seen.add(name)
        try:
            arguments.setdefault(task, {})[key] = read_argument(key, value)
        except InputError as error:
            faults.add(f"--set {task}.{error}")
    return arguments


def read_shard(text: str) -> tuple[int, int]:
    """(number, of how many) from "I/N". Raises InputError."""
    number, _, of = text.partition("/")
    digits = all(part.isascii() and part.isdigit() and len(part) < 7 for part in (number, of))
    if not digits or not 1 <= int(number) <= int(of):
        raise InputError(f"--shard {shown(text)} is not I/N with I from 1 to N; write it as in 2/8")
    return int(number), int(of)
