"""`inoc-evals score --plan`: how much would be asked for, and which differences that could show."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from inoc_evals.commands.score import look
from inoc_evals.definitions.words import shown
from inoc_evals.plan.preflight import check_request

if TYPE_CHECKING:
    from rich.console import Console

    from inoc_evals.checkpoints.arms import Member
    from inoc_evals.definitions.faults import Faults
    from inoc_evals.plan.compiled import Plan
    from inoc_evals.plan.request import Request
    from inoc_evals.stats.planning import Detectable

_RATES = (0.05, 0.2, 0.5)


def show_plan(request: Request, console: Console, faults: Faults | None = None) -> None:
    """Print how many responses and ratings would be asked for, which differences they could show, and what arms vary.
    No server is asked or started. Raises InputError for what `run` would refuse, as far as that can be told here, with
    the `faults` of the command line."""
    checked = check_request(request, console.print, look, network=False, faults=faults)
    arms = list(dict.fromkeys(member.arm for member in checked.members))
    seeds = min(sum(member.arm == arm for member in checked.members) for arm in arms)
    for name, plan in checked.plans.items():
        responses = plan.responses * len(checked.members)
        ratings = responses * len(plan.task.ratings) * len(request.judges)
        judged = f", {ratings} ratings" if plan.task.ratings else ""
        console.print(f"{name}: {plan.questions} questions, {responses} responses{judged}", style="bold")
        for line in _differences(plan, seeds):
            console.print(f"  {line}")
    for name, task in checked.foreign.items():
        responses = task.responses * len(checked.members)
        told = f"{name} ({task.asked}): {task.samples} samples, {responses} responses, by its own scorers"
        console.print(told, style="bold", markup=False)
    for told in dict.fromkeys(_told(member) for member in checked.members if _varies(member)):
        console.print(told, markup=False, highlight=False)


def _varies(member: Member) -> bool:
    return bool(member.variation.given()) or member.role != "treatment"


def _told(member: Member) -> str:
    varied = ", ".join(f"{name} {shown(value)}" for name, value in member.variation.given().items())
    return f"arm {member.arm} ({member.role}): {varied or 'asked as the tasks say'}"


def _differences(plan: Plan, seeds: int) -> list[str]:
    from inoc_evals.stats.planning import Plan as Design
    from inoc_evals.stats.planning import detectable

    if plan.questions < 2:
        return ["one question shows no difference: there is nothing to tell questions' own spread by"]
    found = [(rate, detectable(Design(plan.questions, plan.samples, seeds, rate))) for rate in _RATES]
    return [f"from a rate of {100 * rate:.0f}%: {_what(one)}" for rate, one in found]


def _what(found: Detectable) -> str:
    changes = {"a rise": found.rise, "a fall": found.fall}
    seen = [f"{name} of {100 * size:.1f} points" for name, size in changes.items() if not math.isnan(size)]
    unseen = [name for name, size in changes.items() if math.isnan(size)]
    only = ", for these checkpoints only" if found.these_checkpoints_only else ""
    told = f"{' or '.join(seen)} would be found 4 times of 5{only}" if seen else ""
    if not unseen:
        return told
    too_few = f"not even the largest possible {' or '.join(name.removeprefix('a ') for name in unseen)} would be"
    reason = "questions or training seeds are too few"
    return f"{told}; {too_few} ({reason})" if told else f"{too_few} found 4 times of 5 ({reason}){only}"
