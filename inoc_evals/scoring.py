"""`inoc-evals score`: every task on every checkpoint, one server for each base, resumable, then a report."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from inoc_evals.checkpoints.arms import Member, Served, by_base, read_arms
from inoc_evals.results import LOGS, SETTINGS, write_results
from inoc_evals.spec.address import check_address
from inoc_evals.spec.catalog import find_task, list_tasks
from inoc_evals.spec.errors import InputError
from inoc_evals.spec.models import Task as Definition
from inoc_evals.whole import whole

if TYPE_CHECKING:
    from inspect_ai.model import Model

HOSTED = "hosted"


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


def run(request: Request, console: Console) -> None:
    """Score everything that is not scored yet; logs lie under `out`. Raises InputError before anything is spent, and
    WorkError, with all finished samples kept, if the work fails."""
    from inoc_evals.harness.inspect.tasks import build
    from inoc_evals.judging.connect import judge_models

    started = time.monotonic()
    tasks = {task.name: dict(request.arguments.get(task.name, {})) for task in chosen_tasks(request)}
    for name, arguments in tasks.items():
        build(name, **arguments)
    for named in request.judges:
        check_address(named, "INOC_JUDGE_API_KEY")
    members = read_arms(request.checkpoints, progress=console.print)
    groups = by_base(members)
    _remember(request, members, tasks)
    number, of = request.shard
    mine = {member.label for place, member in enumerate(members) if place % of == number - 1}
    with ExitStack() as stack:
        judges = stack.enter_context(judge_models(request.judges))
        for judge in judges:
            console.print(f"judge: {judge}")
        for group in groups:
            _score_group(request, group, members, mine, tasks, judges, console)
        hosted = [member for member in members if member.checkpoint is None and member.label in mine]
        if hosted:
            models = {member.label: _hosted_model(member) for member in hosted}
            _evaluate(tasks, models, members, request.out / LOGS / HOSTED, judges, request.workers, console)
    console.print(f"scored in {time.monotonic() - started:.0f} s; logs: inspect view --log-dir {request.out / LOGS}")
    if of == 1:
        write_results([request.out], request.out, console)
    else:
        console.print(f"join the {of} shards with `inoc-evals report FOLDER...`")


def chosen_tasks(request: Request) -> tuple[Definition, ...]:
    """The tasks asked for; without a choice all that need no judge, or all if there is one.

    Raises InputError for an unknown task, a judged task without a judge, and arguments of a task that is not chosen.
    """
    if request.tasks:
        tasks = tuple(find_task(name)[1] for name in dict.fromkeys(request.tasks))
    else:
        tasks = tuple(task for task in list_tasks() if request.judges or not task.ratings)
    for task in tasks:
        later = request.arguments.get(task.name, {}).get("judge") == "later"
        if task.ratings and not request.judges and not later:
            remedy = "name one with --judge, leave the task out, or rate later with --set"
            raise InputError(f"task {task.name} needs a judge; {remedy} {task.name}.judge=later")
    for name in request.arguments:
        if name not in {task.name for task in tasks}:
            raise InputError(f"--set {name}...: this task is not among those to run; add it with --tasks")
    return tasks


def _score_group(
    request: Request,
    group: Served,
    members: Sequence[Member],
    mine: set[str],
    tasks: Mapping[str, Mapping[str, Any]],
    judges: Sequence[Model],
    console: Console,
) -> None:
    from inoc_evals.harness.inspect.run import served_model
    from inoc_evals.serving.server import BASE, serve

    adapters = {label: folder for label, folder in group.adapters.items() if label in mine}
    plain = group.plain.label if group.plain is not None and group.plain.label in mine else None
    if not adapters and plain is None:
        return
    folder = request.out / LOGS / group.base.content_hash[:12]
    console.print(f"starting a server for {group.base.reference} with {len(adapters)} adapters")
    with serve(
        group.base.base,
        group.base.content_hash,
        adapters,
        request.out / f"vllm-{group.base.content_hash[:12]}.log",
        max_model_len=request.max_model_len,
        extra_args=request.server_arguments,
    ) as server:
        names = {label: name for label, name in server.names.items() if label != BASE}
        if plain is not None:
            names = {plain: server.names[BASE], **names}
        models = {label: served_model(server.url, server.api_key, name) for label, name in names.items()}
        _evaluate(tasks, models, members, folder, judges, request.workers, console)


def _evaluate(
    tasks: Mapping[str, Mapping[str, Any]],
    models: Mapping[str, Model],
    members: Sequence[Member],
    folder: Path,
    judges: Sequence[Model],
    workers: int,
    console: Console,
) -> None:
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    from inoc_evals.harness.inspect.run import evaluate_set
    from inoc_evals.harness.inspect.tasks import build
    from inoc_evals.harness.inspect.workers import evaluate_in_workers

    arms = {member.label: member.arm for member in members if member.label in models}
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}/{task.total}"))
    with Progress(*columns, TimeElapsedColumn(), console=console, transient=True) as bars:
        bar = bars.add_task(", ".join(models), total=None)

        def show(done: int, total: int) -> None:
            bars.update(bar, completed=done, total=total)

        if workers > 1:
            evaluate_in_workers(workers, tasks, models, arms, folder, judges, show)
        else:
            built = [build(name, **arguments) for name, arguments in tasks.items()]
            evaluate_set(built, models, arms, folder, judges, progress=show)


def _hosted_model(member: Member) -> Model:
    from inoc_evals.judging.connect import named_model

    return named_model(member.reference, "checkpoint")


def _remember(request: Request, members: Sequence[Member], tasks: Mapping[str, Any]) -> None:
    """Write down what this folder holds. Raises InputError if it holds the results of other checkpoints or tasks."""
    settings = {
        "arms": {
            member.label: {
                "arm": member.arm,
                "reference": member.reference,
                "sha256": member.checkpoint.content_hash if member.checkpoint else None,
            }
            for member in members
        },
        "tasks": dict(tasks),
        "judges": list(request.judges),
        # Each worker has its own logs, and only as many workers as before find them again.
        "workers": request.workers,
    }
    path = request.out / SETTINGS
    if path.is_file():
        before = json.loads(path.read_text(encoding="utf-8"))
        changed = [key for key in settings if before.get(key) != json.loads(json.dumps(settings[key]))]
        if changed:
            what = " and ".join(changed)
            raise InputError.at(path, f"this folder holds results with other {what}; name another --out")
    with whole(path) as draft:
        draft.write_text(json.dumps(settings, indent=2) + "\n", encoding="utf-8")


def read_settings(
    texts: Sequence[str], tasks: Sequence[str], common: Mapping[str, int | None]
) -> dict[str, dict[str, Any]]:
    """Arguments by task from TASK.KEY=VALUE, after those that are `common` to all tasks (None: not given).

    Values are read as YAML does, so that 5 is a number; anything else stays a text. Raises InputError.
    """
    import yaml

    given = {key: value for key, value in common.items() if value is not None}
    names = tasks or ([task.name for task in list_tasks()] if given else [])
    arguments: dict[str, dict[str, Any]] = {name: dict(given) for name in names} if given else {}
    for text in texts:
        name, _, value = text.partition("=")
        task, dot, key = name.partition(".")
        if not dot or not key or "=" not in text:
            raise InputError(f"--set {text!r} is not TASK.KEY=VALUE; write it as in spanish_capitals.language=fr")
        try:
            read = yaml.safe_load(value)
        except yaml.YAMLError:
            read = value
        arguments.setdefault(task, {})[key] = (
            read if isinstance(read, int | float) and not isinstance(read, bool) else value
        )
    return arguments


def read_shard(text: str) -> tuple[int, int]:
    """(number, of how many) from "I/N". Raises InputError."""
    number, _, of = text.partition("/")
    if not (number.isascii() and of.isascii() and number.isdigit() and of.isdigit() and 1 <= int(number) <= int(of)):
        raise InputError(f"--shard {text!r} is not I/N with I from 1 to N; write it as in 2/8")
    return int(number), int(of)


def show_plan(request: Request, console: Console) -> None:
    """Print how many responses and ratings would be asked for, and which differences they could show."""
    from inoc_evals.harness.inspect.tasks import build
    from inoc_evals.stats.planning import Plan, detectable

    members = read_arms(request.checkpoints)
    arms = list(dict.fromkeys(member.arm for member in members))
    seeds = min(sum(member.arm == arm for member in members) for arm in arms)
    for definition in chosen_tasks(request):
        task = build(definition.name, **request.arguments.get(definition.name, {}))
        choices = int(task.metadata["choices"]) if task.metadata else 1
        samples = (task.epochs or 1) * choices
        questions = len({str((sample.metadata or {}).get("question_id")) for sample in task.dataset})
        responses = len(task.dataset) * samples * len(members)
        judged = f", {responses * len(definition.ratings) * len(request.judges)} ratings" if definition.ratings else ""
        console.print(f"[bold]{definition.name}[/bold]: {questions} questions, {responses} responses{judged}")
        if questions < 2:
            continue
        for rate in (0.05, 0.2, 0.5):
            found = detectable(Plan(questions, samples, seeds, rate))
            only = ", for these checkpoints only" if found.these_checkpoints_only else ""
            change = f"a rise of {_points(found.rise)} or a fall of {_points(found.fall)}"
            console.print(f"  from a rate of {100 * rate:.0f}%: {change} would be found 4 times of 5{only}")


def _points(difference: float) -> str:
    return "no size" if math.isnan(difference) else f"{100 * difference:.1f} points"
