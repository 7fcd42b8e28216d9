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
from inoc_evals.errors import InputError
from inoc_evals.plan.preflight import Checked, check_request
from inoc_evals.plan.request import Request
from inoc_evals.results.claim import claimed
from inoc_evals.results.folders import write_results
from inoc_evals.results.settings import LOGS, SETTINGS, Settings, other_settings, read_settings_file, write_settings

if TYPE_CHECKING:
    from inspect_ai.model import Model

HOSTED = "hosted"


def run(request: Request, console: Console, again: str = "the same call", *, report: bool = True) -> None:
    """Score everything that is not scored yet; logs lie under `out`, and with `report` tables, figure and report too.
    `again` is what goes on with an interrupted run.

    Raises InputError before anything is spent, also where another process works in `out`; WorkError, with all answers
    kept, if the work fails; and KeyboardInterrupt, after saying what is kept, for Ctrl-C and SIGTERM.
    """
    from inoc_evals.harness.inspect.stopping import sigterm_as_ctrl_c

    checked = check_request(request, console.print)
    number, of = request.shard
    mine = {member.label for place, member in enumerate(checked.members) if place % of == number - 1}
    with sigterm_as_ctrl_c(), claimed(request.out, console.print):
        _begin(request, checked)
        try:
            _score(request, checked, mine, console)
        except KeyboardInterrupt:
            wanted = len(mine) * sum(plan.responses for plan in checked.plans.values())
            _say_what_is_kept(request.out, wanted, again, console)
            raise
        if of == 1 and report:
            write_results([request.out], request.out, console)
        elif of > 1:
            console.print(f"join the {of} shards with `inoc-evals report FOLDER...`")


def _score(request: Request, checked: Checked, mine: set[str], console: Console) -> None:
    from inoc_evals.judging.connect import judge_models

    started = time.monotonic()
    tasks = _arguments(request, checked)
    members = checked.members
    with ExitStack() as stack:
        judges = stack.enter_context(judge_models(request.judges))
        for judge in judges:
            console.print(f"judge: {judge}")
        for group in checked.groups:
            _score_group(request, group, members, mine, tasks, judges, console)
        hosted = [member for member in members if member.checkpoint is None and member.label in mine]
        if hosted:
            models = {member.label: _hosted_model(member) for member in hosted}
            _evaluate(tasks, models, members, request.out / LOGS / HOSTED, judges, request.workers, console)
    console.print(f"scored in {time.monotonic() - started:.0f} s; logs: inspect view --log-dir {request.out / LOGS}")


def _arguments(request: Request, checked: Checked) -> dict[str, dict[str, Any]]:
    return {name: dict(request.arguments.get(name, {})) for name in checked.plans}


def _say_what_is_kept(out: Path, wanted: int, again: str, console: Console) -> None:
    from inoc_evals.harness.inspect.kept import kept_responses

    kept = sum(kept_responses(folder) for folder in _log_folders(out))
    # A wrapped line could not be copied.
    console.print(f"stopped: {kept} of {wanted} responses are kept in {out}; go on with:\n{again}", soft_wrap=True)


def _score_group(
    request: Request,
    group: Served,
    members: Sequence[Member],
    mine: set[str],
    tasks: Mapping[str, Mapping[str, Any]],
    judges: Sequence[Model],
    console: Console,
) -> None:
    from inoc_evals.harness.inspect.compat import import_ahead
    from inoc_evals.harness.inspect.run import served_model
    from inoc_evals.serving.server import BASE, ServerSettings, serve

    adapters = {label: folder for label, folder in group.adapters.items() if label in mine}
    plain = group.plain.label if group.plain is not None and group.plain.label in mine else None
    if not adapters and plain is None:
        return
    folder = request.out / LOGS / group.base.content_hash[:12]
    console.print(f"starting a server for {group.base.reference} with {len(adapters)} adapters")
    import_ahead()
    with serve(
        group.base.base,
        group.base.content_hash,
        adapters,
        request.out / f"vllm-{group.base.content_hash[:12]}.log",
        ServerSettings(max_model_len=request.max_model_len, extra_args=tuple(request.server_arguments)),
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
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}/{task.total} responses"))
    with Progress(*columns, TimeElapsedColumn(), console=console, transient=True) as bars:
        bar = bars.add_task(", ".join(models), total=None)

        def show(done: int, total: int) -> None:
            bars.update(bar, completed=done, total=total)

        if workers > 1:
            evaluate_in_workers(workers, tasks, models, arms, folder, judges, show, console.print)
        else:
            built = [build(name, **arguments) for name, arguments in tasks.items()]
            evaluate_set(built, models, arms, folder, judges, progress=show, say=console.print)


def _hosted_model(member: Member) -> Model:
    from inoc_evals.client.models import named_model

    # Two addresses may know different weights by one name; the label tells them apart, in the logs too.
    return named_model(member.reference, "checkpoint", member.label)


def _begin(request: Request, checked: Checked) -> None:
    """Write down what this folder is for. Raises InputError if it keeps responses of other checkpoints or tasks."""
    from inoc_evals.harness.inspect.kept import forget, holds_something

    promised = {
        member.label: {
            "arm": member.arm,
            "reference": member.reference,
            "sha256": member.checkpoint.content_hash if member.checkpoint else None,
        }
        for member in checked.members
    }
    asked = {"arms": promised, "tasks": _arguments(request, checked), "judges": list(request.judges)}
    text = json.dumps(blanked({**asked, "workers": request.workers, "shard": list(request.shard)}))
    now = Settings.model_validate_json(text)
    if refused := _not_the_same(request.out, now):
        if any(holds_something(folder) for folder in _log_folders(request.out)):
            raise refused
        # A run that failed before it had anything must not stand in the way of the corrected one.
        for folder in _log_folders(request.out):
            forget(folder)
    write_settings(request.out, now)


def _not_the_same(out: Path, now: Settings) -> InputError | None:
    """What is wrong with going on in this folder, if it keeps anything."""
    if not (out / SETTINGS).exists():
        remedy = f"put the {SETTINGS} that `score` wrote in its place, or name another --out"
        return InputError.at(out, f"there are logs without {SETTINGS}; {remedy}")
    try:
        changed = other_settings(read_settings_file(out), now)
    except InputError as error:
        return error
    what = " and ".join(changed)
    return (
        InputError.at(out / SETTINGS, f"this folder holds results with other {what}; name another --out")
        if what
        else None
    )


def _log_folders(out: Path) -> list[Path]:
    return sorted(path for path in (out / LOGS).glob("*") if path.is_dir())
