"""`inoc-evals score`: every task on every checkpoint, one server for each base, resumable, then a report."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from rich.console import Console

from inoc_evals.checkpoints.arms import Member, Served
from inoc_evals.commands.judge_cost import judging_told, rate_command
from inoc_evals.commands.look import look
from inoc_evals.commands.plan_screen import show
from inoc_evals.commands.raters import NamedJudges
from inoc_evals.commands.report import document, write_results
from inoc_evals.commands.report import show as show_results
from inoc_evals.commands.score.folder import begin, log_folders
from inoc_evals.commands.score.hosted import score_hosted
from inoc_evals.commands.score.rounds import Work, in_rounds
from inoc_evals.commands.score.scoring import Scoring, scoring_of
from inoc_evals.commands.score.served import own_server, score_group
from inoc_evals.definitions.arms import reference_arm as arm_of_reference
from inoc_evals.definitions.faults import Faults
from inoc_evals.document import print_document
from inoc_evals.extras import require
from inoc_evals.judging.account import FILE as ACCOUNT
from inoc_evals.judging.account import Account
from inoc_evals.plan.preflight import check_request
from inoc_evals.plan.request import Request
from inoc_evals.plan.rounds import parts_of
from inoc_evals.readers.score import read
from inoc_evals.results.claim import claimed
from inoc_evals.results.promised import reference_arm
from inoc_evals.results.settings import LOGS
from inoc_evals.results.source import joined

if TYPE_CHECKING:
    from inspect_ai.model import Model

    from inoc_evals.commands.score.served import Serving
    from inoc_evals.serving.server import Server


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

    scoring = scoring_of(request, checked, console)
    screens = screens or console
    show(request, checked, screens)
    with sigterm_as_ctrl_c(), claimed(request.out, console.print):
        begin(request, checked)
        try:
            with _judging_told(scoring):
                _score(scoring)
        except KeyboardInterrupt:
            _say_what_is_kept(scoring, again)
            raise
        if request.shard[1] > 1:
            if as_json:
                print_document({"shard": request.shard, "files": {"logs": scoring.logs}})
            console.print(f"join the {request.shard[1]} shards with `inoc-evals report FOLDER...`")
        elif report:
            source = joined([read([request.out])])
            findings = write_results(source, request.out, reference_arm(source, None, request.out))
            if as_json:
                print_document(document(findings, request.out))
            else:
                show_results(findings, request.out, screens)


def _judging_told(scoring: Scoring) -> AbstractContextManager[Account | None]:
    """Keep the account of judges in the folder of results, and say at last what they took."""
    request = scoring.request

    def say(line: str) -> None:
        scoring.console.print(line, soft_wrap=True)

    going_on = rate_command([request.out / LOGS], NamedJudges(request.judges))
    asks = any(plan.judged for plan in scoring.checked.plans.values())
    return judging_told(request.out / ACCOUNT, request.costs, say, going_on, asks=asks)


def _score(scoring: Scoring) -> None:
    from inoc_evals.judging.connect import judge_models

    started = time.monotonic()
    with ExitStack() as stack:
        judges = stack.enter_context(judge_models(scoring.request.judges, scoring.console.print))
        for judge in judges:
            scoring.console.print(f"judge: {judge}")
        if scoring.request.ci_width is None:
            _score_all(scoring, judges, own_server)
        else:
            _score_in_rounds(scoring, scoring.request.ci_width, judges, stack)
    scoring.console.print(
        f"scored in {time.monotonic() - started:.0f} s; logs: inspect view --log-dir {scoring.logs}", soft_wrap=True
    )


def _score_all(scoring: Scoring, judges: Sequence[Model], serving: Serving) -> None:
    for group in scoring.checked.groups:
        score_group(scoring, group, judges, serving)
    score_hosted(scoring, judges)


def _score_in_rounds(scoring: Scoring, ci_width: float, judges: Sequence[Model], stack: ExitStack) -> None:
    """Where all checkpoints have one base, its server stays from the first round that needs it to the last."""
    roles = {member.arm: member.role for member in scoring.members}
    arms = [member.arm for member in scoring.members]
    narrowing = Work(
        {name: parts_of(plan) for name, plan in scoring.checked.plans.items()},
        {arm: arms.count(arm) for arm in dict.fromkeys(arms)},
        arm_of_reference(roles),
        ci_width,
        scoring.request.out,
    )
    kept: list[tuple[Server, float]] = []

    @contextmanager
    def staying(now: Scoring, group: Served, _: Sequence[Member]) -> Iterator[tuple[Server, float]]:
        if not kept:
            everyone = [member for member in now.members if member.label in group.members]
            kept.append(stack.enter_context(own_server(now, group, everyone)))
        yield kept[0]

    serving: Serving = staying if len(scoring.checked.groups) == 1 else own_server
    in_rounds(
        narrowing,
        lambda asking: _score_all(replace(scoring, asking=asking), judges, serving),
        lambda: joined([read([scoring.request.out])]),
        scoring.console.print,
    )


def _say_what_is_kept(scoring: Scoring, again: str) -> None:
    from inoc_evals.harness.inspect.kept import kept_responses

    out = scoring.request.out
    kept = sum(kept_responses(folder) for folder in log_folders(out))
    # A wrapped line could not be copied.
    most = "at most " if scoring.request.ci_width is not None else ""
    said = f"stopped: {kept} of {most}{scoring.responses} responses are kept in {out}; go on with:\n{again}"
    scoring.console.print(said, soft_wrap=True)
