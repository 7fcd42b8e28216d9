"""`inoc-evals score`: every task on every checkpoint, one server for each base, resumable, then a report."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from inoc_evals.blanking import blanked
from inoc_evals.checkpoints.arms import Member, Served
from inoc_evals.checkpoints.trained import regime_of
from inoc_evals.commands.look import look
from inoc_evals.commands.perplexities import Bases
from inoc_evals.commands.perplexities import told as told_perplexities
from inoc_evals.commands.plan_screen import hosted_weights, members_of_shard, run_kind, show
from inoc_evals.commands.progress import Pace, progress_shown
from inoc_evals.commands.proven import Known, told
from inoc_evals.commands.report import document, write_results
from inoc_evals.commands.report import show as show_results
from inoc_evals.definitions.faults import Faults
from inoc_evals.document import print_document
from inoc_evals.errors import InputError
from inoc_evals.extras import require
from inoc_evals.plan.duration import remember
from inoc_evals.plan.preflight import Checked, check_request
from inoc_evals.plan.request import Request
from inoc_evals.readers.score import read
from inoc_evals.results.claim import claimed
from inoc_evals.results.promised import reference_arm
from inoc_evals.results.settings import (
    FOREIGN,
    LOGS,
    SETTINGS,
    Settings,
    moved_checkpoints,
    note_perplexity,
    note_proven,
    other_settings,
    read_settings_file,
    with_found,
    write_settings,
)
from inoc_evals.results.source import joined

if TYPE_CHECKING:
    from inspect_ai.model import Model

    from inoc_evals.harness.inspect.asked import Asked
    from inoc_evals.serving.server import Server

HOSTED = "hosted"


@dataclass(frozen=True)
class _Run:
    """What is asked of whom: `members` are those of this shard, `tasks` all tasks with their arguments."""

    request: Request
    checked: Checked
    members: tuple[Member, ...]
    tasks: dict[str, dict[str, Any]]
    responses: int
    console: Console
    known: Known = field(default_factory=Known)
    bases: Bases = field(default_factory=Bases)

    @property
    def logs(self) -> Path:
        """The folder of all logs."""
        return self.request.out / LOGS


def run(
    request: Request,
    console: Console,
    again: str = "the same call",
    faults: Faults | None = None,
    *,
    report: bool = True,
    as_json: bool = False,
    screens: Console | None = None,
) -> None:
    """Score everything that is not scored yet; logs lie under `out`, and with `report` tables, figure and report too.
    `again` is what goes on with an interrupted run, `faults` what is wrong with the command line. Plan and answer are
    printed to `screens` where there is one, and all else that is said to `console`; with `as_json` the answer goes to
    standard output, as JSON.

    Raises InputError before anything is spent, also where another process works in `out`; WorkError, with all answers
    kept, if the work fails; and KeyboardInterrupt, after saying what is kept, for Ctrl-C and SIGTERM.
    """
    faults = faults or Faults()
    if report:
        with faults.collected():
            require("report", "the report at the end")
    checked = check_request(request, console.print, look, faults=faults)
    # What is wrong is told before inspect is loaded.
    from inoc_evals.harness.inspect.stopping import sigterm_as_ctrl_c

    work = _work(request, checked, console)
    screens = screens or console
    show(request, checked, screens)
    with sigterm_as_ctrl_c(), claimed(request.out, console.print):
        _begin(request, checked)
        try:
            _score(work)
        except KeyboardInterrupt:
            _say_what_is_kept(work, again)
            raise
        if request.shard[1] > 1:
            if as_json:
                print_document({"shard": request.shard, "files": {"logs": work.logs}})
            console.print(f"join the {request.shard[1]} shards with `inoc-evals report FOLDER...`")
        elif report:
            source = joined([read([request.out])])
            found = write_results(source, request.out, reference_arm(source, None, request.out))
            if as_json:
                print_document(document(found, request.out))
            else:
                show_results(found, request.out, screens)


def _work(request: Request, checked: Checked, console: Console) -> _Run:
    mine = members_of_shard(request, checked)
    tasks = {name: dict(request.arguments.get(name, {})) for name in checked.plans}
    tasks |= {task.asked: dict(task.arguments) for task in checked.foreign.values()}
    return _Run(request, checked, mine, tasks, len(mine) * checked.responses, console)


def _score(work: _Run) -> None:
    from inoc_evals.judging.connect import judge_models

    started = time.monotonic()
    with ExitStack() as stack:
        judges = stack.enter_context(judge_models(work.request.judges, work.console.print))
        for judge in judges:
            work.console.print(f"judge: {judge}")
        for group in work.checked.groups:
            _score_group(work, group, judges)
        _score_hosted(work, judges)
    work.console.print(
        f"scored in {time.monotonic() - started:.0f} s; logs: inspect view --log-dir {work.logs}", soft_wrap=True
    )


def _score_hosted(work: _Run, judges: Sequence[Model]) -> None:
    made, seconds = 0, 0.0
    for folder, asked in _hosted(work.members).items():
        pace = _evaluate(work, asked, work.logs / folder, judges)
        made, seconds = made + pace.made, seconds + pace.seconds
    hosted = [member for member in work.members if member.checkpoint is None]
    remember(run_kind(work.request, work.checked, hosted_weights(hosted)), 0.0, made, seconds)


def _say_what_is_kept(work: _Run, again: str) -> None:
    from inoc_evals.harness.inspect.kept import kept_responses

    out = work.request.out
    kept = sum(kept_responses(folder) for folder in _log_folders(out))
    # A wrapped line could not be copied.
    said = f"stopped: {kept} of {work.responses} responses are kept in {out}; go on with:\n{again}"
    work.console.print(said, soft_wrap=True)


def _score_group(work: _Run, group: Served, judges: Sequence[Model]) -> None:
    from inoc_evals.harness.inspect.asked import Asked
    from inoc_evals.harness.inspect.compat import import_ahead
    from inoc_evals.harness.inspect.run import served_model
    from inoc_evals.serving.server import BASE, ServerSettings, serve

    members = [member for member in work.members if member.label in group.members]
    if not members:
        return
    wanted = {group.members[member.label] for member in members}
    adapters = {label: folder for label, folder in group.adapters.items() if label in wanted}
    name = group.base.content_hash[:12]
    if _is_scored(work, work.logs / name, members):
        work.console.print(f"{', '.join(member.label for member in members)}: scored already, no server is started")
        return
    work.console.print(f"starting a server for {group.base.reference} with {len(adapters)} adapters", soft_wrap=True)
    import_ahead()
    begun = time.monotonic()
    with serve(
        group.base.base,
        group.base.content_hash,
        adapters,
        work.request.out / f"vllm-{name}.log",
        ServerSettings(max_model_len=work.request.max_model_len, extra_args=tuple(work.request.server_arguments)),
        controls=group.controls(work.checked.members),
    ) as server:
        start_s = time.monotonic() - begun
        _note_proven(work, group, members, server)
        _note_perplexity(work, group, members, server)
        asked = []
        for member in members:
            served = server.names[group.members[member.label] or BASE]
            # The first member of a name has it alone in the logs, whichever shard this is.
            shared = group.first(member.label) != member.label
            model = served_model(server.url, server.api_key, served, member.label if shared else None)
            asked.append(Asked(member.label, member.arm, model, member.variation, member.at))
        pace = _evaluate(work, asked, work.logs / name, judges)
    remember(run_kind(work.request, work.checked, name), start_s, pace.made, pace.seconds)


def _note_proven(work: _Run, group: Served, members: Sequence[Member], server: Server) -> None:
    others = sum(None in one.members.values() for one in work.checked.groups) > 1
    proven = work.known.proven(group, members, server, others)
    note_proven(work.request.out, proven)
    for line in told(proven):
        work.console.print(line, soft_wrap=True)


def _note_perplexity(work: _Run, group: Served, members: Sequence[Member], server: Server) -> None:
    found = work.bases.perplexities(group, members, server, work.console.print)
    note_perplexity(work.request.out, found)
    for line in told_perplexities(found):
        work.console.print(line, soft_wrap=True)


def _is_scored(work: _Run, folder: Path, members: Sequence[Member]) -> bool:
    """Is nothing left to ask or to rate? Of tasks of others nobody here can tell."""
    from inoc_evals.harness.inspect.kept import is_complete

    if work.checked.foreign or work.request.workers > 1:
        return False
    wanted = {name: (plan.record["task_sha256"], plan.responses) for name, plan in work.checked.plans.items()}
    return is_complete(folder, [member.label for member in members], wanted)


def _hosted(members: Sequence[Member]) -> dict[str, list[Asked]]:
    """Hosted models by the folder of their logs. A provider's model has one name, however many arms ask it, and the
    models of a folder need different ones."""
    from inoc_evals.client.models import named_model
    from inoc_evals.harness.inspect.asked import Asked

    folders: dict[str, list[Asked]] = {}
    for member in members:
        if member.checkpoint is not None:
            continue
        # Two addresses may know different weights by one name; the label tells them apart, in the logs too.
        model = named_model(member.reference, "checkpoint", member.label)
        number = sum(str(one.model) == str(model) for asked in folders.values() for one in asked) + 1
        folder = HOSTED if number == 1 else f"{HOSTED}-{number}"
        folders.setdefault(folder, []).append(Asked(member.label, member.arm, model, member.variation))
    return folders


def _evaluate(work: _Run, asked: Sequence[Asked], folder: Path, judges: Sequence[Model]) -> Pace:
    from inoc_evals.harness.inspect.run import evaluate_set
    from inoc_evals.harness.inspect.workers import evaluate_in_workers

    with progress_shown(work.console, ", ".join(one.label for one in asked)) as (pace, show):
        say, workers = work.console.print, work.request.workers
        if workers > 1:
            evaluate_in_workers(workers, work.tasks, asked, folder, judges, show, say)
        else:
            evaluate_set(work.tasks, asked, folder, judges, progress=show, say=say)
    return pace


def _begin(request: Request, checked: Checked) -> None:
    """Write down what this folder is for. Raises InputError if it keeps responses of other checkpoints or tasks."""
    from inoc_evals.harness.inspect.kept import forget, holds_something

    bases = {label: group.base.pinned for group in checked.groups for label in group.adapted}
    promised = {
        member.label: {
            "arm": member.arm,
            "reference": member.reference,
            "sha256": member.checkpoint.content_hash if member.checkpoint else None,
            "pinned": member.checkpoint.pinned if member.checkpoint else None,
            "base": bases.get(member.label),
            "role": member.role,
            "variation": member.variation.given(),
            "regime": regime_of(member.checkpoint) if member.checkpoint else None,
        }
        for member in checked.members
    }
    tasks = {name: dict(request.arguments.get(name, {})) for name in checked.plans}
    tasks |= {name: {FOREIGN: task.asked, **task.arguments} for name, task in checked.foreign.items()}
    asked = {"arms": promised, "tasks": tasks, "judges": list(request.judges)}
    text = json.dumps(blanked({**asked, "workers": request.workers, "shard": list(request.shard)}))
    now = Settings.model_validate_json(text)
    if refused := _not_the_same(request.out, now):
        if any(holds_something(folder) for folder in _log_folders(request.out)):
            raise refused
        # A run that failed before it had anything must not stand in the way of the corrected one.
        for folder in _log_folders(request.out):
            forget(folder)
    elif (request.out / SETTINGS).exists():
        now = with_found(now, read_settings_file(request.out))
    write_settings(request.out, now)


def _not_the_same(out: Path, now: Settings) -> InputError | None:
    """What is wrong with going on in this folder, if it keeps anything."""
    if not (out / SETTINGS).exists():
        remedy = f"put the {SETTINGS} that `score` wrote in its place, or name another --out"
        return InputError.at(out, f"there are logs without {SETTINGS}; {remedy}")
    try:
        before = read_settings_file(out)
        changed = other_settings(before, now)
    except InputError as error:
        return error
    if not changed:
        return None
    what = f"this folder holds results with other {' and '.join(changed)}"
    moved = moved_checkpoints(before, now)
    return InputError.at(out / SETTINGS, f"{what}: {moved[0]}" if moved else f"{what}; name another --out")


def _log_folders(out: Path) -> list[Path]:
    return sorted(path for path in (out / LOGS).glob("*") if path.is_dir())
