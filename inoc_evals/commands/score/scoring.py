"""What one call of `score` asks of whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from inoc_evals.checkpoints.arms import Member
from inoc_evals.commands.perplexities import Bases
from inoc_evals.commands.plan_screen import members_of_shard
from inoc_evals.commands.proven import Known
from inoc_evals.commands.score.rounds import Asking
from inoc_evals.plan.preflight import Checked
from inoc_evals.plan.request import Request
from inoc_evals.plan.rounds import Wanted, step_of
from inoc_evals.results.settings import LOGS

if TYPE_CHECKING:
    from inoc_evals.plan.compiled import Plan


@dataclass(frozen=True)
class Scoring:
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


def scoring_of(request: Request, checked: Checked, console: Console) -> Scoring:
    mine = members_of_shard(request, checked)
    tasks = {name: dict(request.arguments.get(name, {})) for name in checked.plans}
    if request.ci_width is not None:
        # A round asks for a few more responses to a question, and not for as many as fit one request.
        tasks = {name: {**tasks[name], **_together(plan)} for name, plan in checked.plans.items()}
    tasks |= {task.asked: dict(task.arguments) for task in checked.foreign.values()}
    return Scoring(request, checked, mine, tasks, len(mine) * checked.responses, console)


def _together(plan: Plan) -> dict[str, int]:
    return {} if plan.settings.choices == step_of(plan) else {"choices": step_of(plan)}
