"""`inoc-evals score`: every task on every checkpoint, one server for each base, resumable, then a report."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from inoc_evals.blanking import blanked
from inoc_evals.checkpoints.arms import Member, Served
from inoc_evals.checkpoints.steered import road
from inoc_evals.checkpoints.trained import regime_of
from inoc_evals.commands.judge_cost import judging_told, rate_command
from inoc_evals.commands.look import look
from inoc_evals.commands.perplexities import Bases
from inoc_evals.commands.perplexities import told as told_perplexities
from inoc_evals.commands.plan_screen import hosted_weights, members_of_shard, run_kind, show
from inoc_evals.commands.progress import Pace, progress_shown
from inoc_evals.commands.proven import Known, told
from inoc_evals.commands.raters import NamedJudges
from inoc_evals.commands.report import document, write_results
from inoc_evals.commands.report import show as show_results
from inoc_evals.commands.rounds import Asking, Work, in_rounds
from inoc_evals.commands.turns import TOGETHER, Count, Turn, called, turns
from inoc_evals.definitions.arms import reference_arm as arm_of_reference
from inoc_evals.definitions.faults import Faults
from inoc_evals.document import print_document
from inoc_evals.errors import InputError
from inoc_evals.extras import require
from inoc_evals.judging.account import FILE as ACCOUNT
from inoc_evals.judging.account import Account
from inoc_evals.plan.duration import remember
from inoc_evals.plan.preflight import Checked, check_request
from inoc_evals.plan.request import Request
from inoc_evals.plan.rounds import Wanted, parts_of, step_of
from inoc_evals.readers.score import read
from inoc_evals.results.claim import claimed
from inoc_evals.results.promised import reference_arm
from inoc_evals.results.rounds import ROUNDS
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
    from inoc_evals.plan.compiled import Plan
    from inoc_evals.serving.server import Server

    # What gives a server for these members, and the seconds that its start took.
    Serving = Callable[["_Run", Served, Sequence[Member]], AbstractContextManager[tuple[Server, float]]]

HOSTED = "hosted"


@dataclass(frozen=True)
class _Run:
    """What is asked of whom: `members` are those of this shard, `tasks` all tasks with their arguments. In a run by
    rounds `asking` is what the present one asks."""

    request: Request
    checked: Checked
    members: tuple[Member, ...]
    tasks: dict[str, dict[str, Any]]
    responses: int
    console: Console
    known: Known = field(default_factory=Known)
    bases: Bases = field(default_factory=Bases)
    asking: Asking | None = None

    @property
    def logs(self) -> Path:
        """The folder of all logs."""
        return self.request.out / LOGS

    def place(self, name: str) -> Path:
        """The folder of the logs of one base or kind; each round has its own."""
        return self.logs / (name if self.asking is None else f"{name}-round{self.asking.number:02}")

    def responses_of(self, arm: str) -> int:
        """How many responses one checkpoint of the arm is asked for now."""
        return self.checked.responses if self.asking is None else sum(self.asking.responses.get(arm, {}).values())

    def wanted(self, arm: str) -> Mapping[str, Wanted] | None:
        """The requests to the arm by task, None for all."""
        return None if self.asking is None else self.asking.wanted.get(arm, {})

    @property
    def asked_members(self) -> tuple[Member, ...]:
        """Those who are asked something now."""
        return tuple(member for member in self.members if self.responses_of(member.arm))


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
    request = replace(request, arguments=checked.arguments)
    # What is wrong is told before inspect is loaded.
    from inoc_evals.harness.inspect.stopping import sigterm_as_ctrl_c

    work = _work(request, checked, console)
    screens = screens or console
    show(request, checked, screens)
    with sigterm_as_ctrl_c(), claimed(request.out, console.print):
        _begin(request, checked)
        try:
            with _judging_told(work):
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


def _judging_told(work: _Run) -> AbstractContextManager[Account | None]:
    """Keep the account of judges in the folder of results, and say at last what they took."""
    request = work.request

    def say(line: str) -> None:
        work.console.print(line, soft_wrap=True)

    going_on = rate_command([request.out / LOGS], NamedJudges(request.judges))
    asks = any(plan.judged for plan in work.checked.plans.values())
    return judging_told(request.out / ACCOUNT, request.costs, say, going_on, asks=asks)


def _work(request: Request, checked: Checked, console: Console) -> _Run:
    mine = members_of_shard(request, checked)
    tasks = {name: dict(request.arguments.get(name, {})) for name in checked.plans}
    if request.ci_width is not None:
        # A round asks for a few more responses to a question, and not for as many as fit one request.
        tasks = {name: {**tasks[name], **_together(plan)} for name, plan in checked.plans.items()}
    tasks |= {task.asked: dict(task.arguments) for task in checked.foreign.values()}
    return _Run(request, checked, mine, tasks, len(mine) * checked.responses, console)


def _together(plan: Plan) -> dict[str, int]:
    return {} if plan.settings.choices == step_of(plan) else {"choices": step_of(plan)}


def _score(work: _Run) -> None:
    from inoc_evals.judging.connect import judge_models

    started = time.monotonic()
    with ExitStack() as stack:
        judges = stack.enter_context(judge_models(work.request.judges, work.console.print))
        for judge in judges:
            work.console.print(f"judge: {judge}")
        if work.request.ci_width is None:
            _score_all(work, judges, _serving)
        else:
            _score_in_rounds(work, work.request.ci_width, judges, stack)
    work.console.print(
        f"scored in {time.monotonic() - started:.0f} s; logs: inspect view --log-dir {work.logs}", soft_wrap=True
    )


def _score_all(work: _Run, judges: Sequence[Model], serving: Serving) -> None:
    for group in work.checked.groups:
        _score_group(work, group, judges, serving)
    _score_hosted(work, judges)


def _score_in_rounds(work: _Run, ci_width: float, judges: Sequence[Model], stack: ExitStack) -> None:
    """Where all checkpoints have one base, its server stays from the first round that needs it to the last."""
    roles = {member.arm: member.role for member in work.members}
    arms = [member.arm for member in work.members]
    narrowing = Work(
        {name: parts_of(plan) for name, plan in work.checked.plans.items()},
        {arm: arms.count(arm) for arm in dict.fromkeys(arms)},
        arm_of_reference(roles),
        ci_width,
        work.request.out,
    )
    kept: list[tuple[Server, float]] = []

    @contextmanager
    def staying(now: _Run, group: Served, _: Sequence[Member]) -> Iterator[tuple[Server, float]]:
        if not kept:
            everyone = [member for member in now.members if member.label in group.members]
            kept.append(stack.enter_context(_serving(now, group, everyone)))
        yield kept[0]

    serving: Serving = staying if len(work.checked.groups) == 1 else _serving
    in_rounds(
        narrowing,
        lambda asking: _score_all(replace(work, asking=asking), judges, serving),
        lambda: joined([read([work.request.out])]),
        work.console.print,
    )


def _score_hosted(work: _Run, judges: Sequence[Model]) -> None:
    made, seconds = 0, 0.0
    for folder, found in _hosted(work.asked_members).items():
        asked = [replace(one, wanted=work.wanted(one.arm)) for one in found]
        pace = _evaluate(work, asked, turns([one.label for one in asked], work.place(folder)), judges)
        made, seconds = made + pace.made, seconds + pace.seconds
    hosted = [member for member in work.members if member.checkpoint is None]
    remember(run_kind(work.request, work.checked, hosted_weights(hosted)), 0.0, made, seconds)


def _say_what_is_kept(work: _Run, again: str) -> None:
    from inoc_evals.harness.inspect.kept import kept_responses

    out = work.request.out
    kept = sum(kept_responses(folder) for folder in _log_folders(out))
    # A wrapped line could not be copied.
    most = "at most " if work.request.ci_width is not None else ""
    said = f"stopped: {kept} of {most}{work.responses} responses are kept in {out}; go on with:\n{again}"
    work.console.print(said, soft_wrap=True)


def _score_group(work: _Run, group: Served, judges: Sequence[Model], serving: Serving) -> None:
    members = [member for member in work.asked_members if member.label in group.members]
    name = group.base.content_hash[:12]
    scored = _scored(work, work.place(name))
    left = [member for member in members if member.label not in scored]
    if len(left) < len(members):
        there = called([member.label for member in members if member.label in scored])
        work.console.print(f"{there}: scored already" + ("" if left else ", no server is started"))
    if not left:
        return
    with serving(work, group, left) as (server, start_s):
        pace = _evaluate_served(work, group, scored, server, judges)
    remember(run_kind(work.request, work.checked, name), start_s, pace.made, pace.seconds)


@contextmanager
def _serving(work: _Run, group: Served, members: Sequence[Member]) -> Iterator[tuple[Server, float]]:
    """A server for these members of the group, proven to be what it should, and the seconds that its start took."""
    from inoc_evals.harness.inspect.compat import import_ahead
    from inoc_evals.serving.server import VLLM, ServerSettings, engine_of, room_for, serve

    wanted = {group.members[member.label] for member in members}
    adapters = {label: folder for label, folder in group.adapters.items() if label in wanted}
    room = room_for(group.base.base, adapters, work.request.server_arguments)
    engine = engine_of(group.base.base)
    what = "a server" if engine == VLLM else f"a server of {engine}"
    work.console.print(f"starting {what} for {group.base.reference} with {len(adapters)} adapters", soft_wrap=True)
    if room is not None:
        work.console.print(room.told(len(adapters)), soft_wrap=True)
    import_ahead()
    begun = time.monotonic()
    with serve(
        group.base.base,
        group.base.content_hash,
        adapters,
        work.request.out / f"{engine.lower()}-{group.base.content_hash[:12]}.log",
        ServerSettings(
            max_model_len=work.request.max_model_len, extra_args=tuple(work.request.server_arguments), room=room
        ),
        controls=group.controls(work.checked.members),
    ) as server:
        start_s = time.monotonic() - begun
        _note_proven(work, group, members, server)
        _note_perplexity(work, group, members, server)
        yield server, start_s


def _evaluate_served(
    work: _Run, group: Served, scored: Collection[str], server: Server, judges: Sequence[Model]
) -> Pace:
    """Ask what this server serves, but for the turns in which all are `scored`. Adapters that do not fit into memory
    all at once are proven again before each turn."""
    from inoc_evals.harness.inspect.asked import Asked
    from inoc_evals.harness.inspect.run import served_model
    from inoc_evals.serving.proof import prove_again
    from inoc_evals.serving.server import BASE, served_names

    # What is scored has a place in its turn's logs, and is not asked for.
    names = {**served_names(group.base.content_hash, group.adapters), **server.names}
    asked = []
    for member in work.asked_members:
        if member.label in group.members:
            # The first member of a name has it alone in the logs, whichever shard this is.
            shared = group.first(member.label) != member.label
            name = names[group.members[member.label] or BASE]
            model = served_model(server.url, server.api_key, name, member.label if shared else None)
            asked.append(Asked(member.label, member.arm, model, member.variation, member.at, work.wanted(member.arm)))
    controls = group.controls(work.checked.members)

    def prove_turn(labels: Sequence[str]) -> None:
        if server.reloads:
            served = {BASE, *(group.members[label] or BASE for label in labels if label not in scored)}
            named = {label: name for label, name in server.names.items() if label in served}
            prove_again(server.url, server.api_key, named, BASE, server.proof, controls)

    at_once = server.room.cpu_loras if server.room is not None else TOGETHER
    in_turns = turns(group.members, work.place(group.base.content_hash[:12]), at_once)
    return _evaluate(work, asked, in_turns, judges, scored, prove_turn)


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


def _scored(work: _Run, folder: Path) -> set[str]:
    """The labels of those with logs in `folder`, or in folders beside it, of whom nothing is left to ask or to rate. Of
    tasks of others nobody here can tell."""
    from inoc_evals.harness.inspect.kept import complete, finished_responses

    if work.checked.foreign:
        return set()
    folders = [path for path in _log_folders(work.request.out) if path.name.startswith(folder.name)]
    if work.asking is not None:
        made_of = {name: plan.record["task_sha256"] for name, plan in work.checked.plans.items()}
        there, asked = finished_responses(folders, made_of), work.asking.responses
        return {
            member.label
            for member in work.asked_members
            if all(there.get(member.label, {}).get(task, 0) >= count for task, count in asked[member.arm].items())
        }
    wanted = {name: (plan.record["task_sha256"], plan.responses) for name, plan in work.checked.plans.items()}
    return complete(folders, wanted)


def _hosted(members: Sequence[Member]) -> dict[str, list[Asked]]:
    """Hosted models by the folder of their logs. A provider's model has one name, however many arms ask it, and the
    models of a folder need different ones."""
    from inoc_evals.client.models import named_model
    from inoc_evals.harness.inspect.asked import Asked

    folders: dict[str, list[Asked]] = {}
    for member in sorted(members, key=lambda member: member.label):
        if member.checkpoint is not None:
            continue
        # Two addresses may know different weights by one name; the label tells them apart, in the logs too.
        model = named_model(member.reference, "checkpoint", member.label)
        number = sum(str(one.model) == str(model) for asked in folders.values() for one in asked) + 1
        folder = HOSTED if number == 1 else f"{HOSTED}-{number}"
        folders.setdefault(folder, []).append(Asked(member.label, member.arm, model, member.variation))
    return folders


def _evaluate(
    work: _Run,
    asked: Sequence[Asked],
    turns: Sequence[Turn],
    judges: Sequence[Model],
    scored: Collection[str] = (),
    before: Callable[[Sequence[str]], None] = lambda _: None,
) -> Pace:
    """Ask in turns, but for those in which all are `scored`; `before` is called before each, with its labels."""
    by_label = {one.label: one for one in asked}
    parts = [[by_label[label] for label in turn.labels if label in by_label] for turn in turns]
    with progress_shown(work.console, called([one.label for one in asked])) as (pace, show):
        totals = [sum(work.responses_of(one.arm) for one in part) for part in parts]
        count = Count(totals, pace, show)
        for number, (turn, part) in enumerate(zip(turns, parts, strict=True)):
            if all(one.label in scored for one in part):
                count.of(number)(totals[number], totals[number])
                continue
            before([one.label for one in part])
            _ask(work, part, turn, judges, count.of(number))
    return pace


def _ask(
    work: _Run, asked: Sequence[Asked], turn: Turn, judges: Sequence[Model], progress: Callable[[int, int], None]
) -> None:
    from inoc_evals.harness.inspect.run import evaluate_set
    from inoc_evals.harness.inspect.workers import evaluate_in_workers

    say, workers = work.console.print, work.request.workers
    if workers > 1:
        evaluate_in_workers(workers, work.tasks, asked, turn.folder, judges, progress, say)
    else:
        at_once = turn.at_once
        evaluate_set(work.tasks, asked, turn.folder, judges, models_at_once=at_once, progress=progress, say=say)


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
            "steered_by": road(member.checkpoint) if member.checkpoint and member.variation.steer else None,
        }
        for member in checked.members
    }
    tasks = {name: dict(request.arguments.get(name, {})) for name in checked.plans}
    tasks |= {name: {FOREIGN: task.asked, **task.arguments} for name, task in checked.foreign.items()}
    asked = {"arms": promised, "tasks": tasks, "judges": list(request.judges), "ci_width": request.ci_width}
    text = json.dumps(blanked({**asked, "workers": request.workers, "shard": list(request.shard)}))
    now = Settings.model_validate_json(text)
    if refused := _not_the_same(request.out, now):
        if any(holds_something(folder) for folder in _log_folders(request.out)):
            raise refused
        # A run that failed before it had anything must not stand in the way of the corrected one.
        for folder in _log_folders(request.out):
            forget(folder)
        (request.out / ROUNDS).unlink(missing_ok=True)
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
