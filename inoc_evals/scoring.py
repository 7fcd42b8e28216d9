"""`inoc-evals score`: every task on every checkpoint, one server for each base, resumable, then a report."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from inoc_evals.blanking import blanked
from inoc_evals.checkpoints.arms import Member, Served
from inoc_evals.preflight import check_request
from inoc_evals.request import Request
from inoc_evals.results import LOGS, SETTINGS, write_results
from inoc_evals.spec.errors import InputError
from inoc_evals.whole import write_whole

if TYPE_CHECKING:
    from inspect_ai.model import Model

HOSTED = "hosted"


def run(request: Request, console: Console) -> None:
    """Score everything that is not scored yet; logs lie under `out`. Raises InputError before anything is spent, and
    WorkError, with all finished samples kept, if the work fails."""
    from inoc_evals.judging.connect import judge_models

    started = time.monotonic()
    checked = check_request(request, console.print)
    tasks = {name: dict(request.arguments.get(name, {})) for name in checked.plans}
    members, groups = checked.members, checked.groups
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
    settings = blanked(settings)
    path = request.out / SETTINGS
    if path.is_file():
        before = json.loads(path.read_text(encoding="utf-8"))
        changed = [key for key in settings if before.get(key) != json.loads(json.dumps(settings[key]))]
        if changed:
            what = " and ".join(changed)
            raise InputError.at(path, f"this folder holds results with other {what}; name another --out")
    write_whole(path, json.dumps(settings, indent=2) + "\n")
