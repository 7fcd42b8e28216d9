"""What a run would ask of whom, as facts: arms, tasks, what is left out. Nothing is asked or started for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from inoc_evals.checkpoints.arms import Member
from inoc_evals.checkpoints.changes import Changes, adapter_changes
from inoc_evals.checkpoints.resolve import Checkpoint
from inoc_evals.checkpoints.steered import road
from inoc_evals.definitions.catalog import look_at_tasks
from inoc_evals.definitions.task import SPREAD, Task
from inoc_evals.judging.expected import Expected
from inoc_evals.measures.needs import needs
from inoc_evals.plan.compiled import Plan
from inoc_evals.plan.foreign import Foreign
from inoc_evals.plan.judging import judging
from inoc_evals.plan.preflight import Checked
from inoc_evals.plan.request import Request
from inoc_evals.plan.rounds import least, parts_of


@dataclass(frozen=True)
class CheckpointFacts:
    """One checkpoint of an arm. `sha256` has 12 hex digits, None for a hosted model and for a model of the hub that is
    not here yet; `pinned` is what the hub has at its commit; `changes` are an adapter's. In an arm with several steps
    of a training `step` is after how many it was written, and `run` which training it is of. `steered_by` is what
    serves it steered."""

    label: str
    reference: str
    kind: str
    base: str | None
    sha256: str | None
    changes: Changes | None
    pinned: str | None = None
    step: int | None = None
    run: str | None = None
    steered_by: str | None = None


@dataclass(frozen=True)
class ArmFacts:
    """One arm: `role` and `variation` (arguments by name) are what it is for and what it asks otherwise."""

    arm: str
    role: str
    variation: Mapping[str, Any]
    checkpoints: tuple[CheckpointFacts, ...]

    @property
    def trainings(self) -> int:
        """How many training seeds its checkpoints are of."""
        return len({one.run if one.run is not None else one.label for one in self.checkpoints})


@dataclass(frozen=True)
class TaskFacts:
    """One task. `samples` are drawn for each of `items` under each of `conditions` and from every checkpoint;
    `responses` and `ratings` are those of all checkpoints. `questions` are numbers by category, which is what arms are
    compared in. With a width of intervals `samples` and what follows from them are the most, and `least` is how many
    responses the first round asks for. `asked` is set for a task that is not ours, which says nothing of its questions.
    `needs` are what its measures cannot do without; with `exact` nothing is drawn for them. `under` are the names of
    several conditions, `missing` those that could not be made, and why."""

    task: str
    asked: str | None
    items: int
    questions: Mapping[str, int]
    conditions: int
    samples: int
    responses: int
    ratings: int
    needs: tuple[str, ...]
    under: tuple[str, ...] = ()
    missing: Mapping[str, str] = field(default_factory=dict)
    least: int | None = None
    exact: bool = False


@dataclass(frozen=True)
class Skipped:
    """A task that nobody named, and why it is not among those that run."""

    task: str
    why: str


@dataclass(frozen=True)
class Overview:
    """All that is known before anything is spent. `shard` is (number, of how many), counted from 1, and `judging`
    what each judge is expected to take."""

    arms: tuple[ArmFacts, ...]
    tasks: tuple[TaskFacts, ...]
    skipped: tuple[Skipped, ...]
    judges: tuple[str, ...]
    shard: tuple[int, int]
    judging: tuple[Expected, ...] = ()

    @property
    def trainings(self) -> int:
        """How many training seeds the arm with the fewest has."""
        return min(arm.trainings for arm in self.arms)

    @property
    def responses(self) -> int:
        """All responses of all tasks."""
        return sum(task.responses for task in self.tasks)

    @property
    def least(self) -> int | None:
        """The responses of the first round of all tasks; None for a run that is not in rounds."""
        counts = [task.least for task in self.tasks if task.least is not None]
        return sum(counts) if counts else None

    @property
    def ratings(self) -> int:
        """All ratings of all tasks."""
        return sum(task.ratings for task in self.tasks)


def overview(request: Request, checked: Checked) -> Overview:
    """The facts of a request that was found to be right. Raises InputError for an adapter that is damaged."""
    bases = {label: group.base for group in checked.groups for label in group.members}
    arms: dict[str, list[Member]] = {}
    for member in checked.members:
        arms.setdefault(member.arm, []).append(member)
    told = [
        ArmFacts(
            arm,
            members[0].role,
            members[0].variation.given(),
            tuple(_checkpoint(member, bases.get(member.label)) for member in members),
        )
        for arm, members in arms.items()
    ]
    count, judges = len(checked.members), len(request.judges)
    tasks = [_task(plan, count, judges) for plan in checked.plans.values()]
    if request.ci_width is not None:
        plans = checked.plans.values()
        tasks = [replace(one, least=count * least(parts_of(plan))) for one, plan in zip(tasks, plans, strict=True)]
    tasks += [_foreign(task, count) for task in checked.foreign.values()]
    expected = judging(checked.plans.values(), count, request.judges, request.costs.prices)
    skipped = _skipped(request, checked)
    return Overview(tuple(told), tuple(tasks), skipped, tuple(request.judges), request.shard, tuple(expected))


def _checkpoint(member: Member, base: Checkpoint | None) -> CheckpointFacts:
    checkpoint = member.checkpoint
    if checkpoint is None:
        return CheckpointFacts(member.label, member.reference, "hosted", None, None, None)
    at = member.at
    folder = Path(base.base) if base is not None else None
    changes = adapter_changes(checkpoint.adapter, folder) if checkpoint.adapter is not None else None
    digits = checkpoint.content_hash[:12] if checkpoint.is_here else None
    on = (base.pinned or base.base) if base is not None else None
    return CheckpointFacts(
        member.label,
        member.reference,
        checkpoint.kind,
        on,
        digits,
        changes,
        checkpoint.pinned,
        at.step if at is not None else None,
        at.run if at is not None else None,
        road(checkpoint) if member.variation.steer is not None else None,
    )


def _task(plan: Plan, checkpoints: int, judges: int) -> TaskFacts:
    responses = plan.responses * checkpoints
    rated = sum(plan.task.ratings_of(item.category) for item in plan.items) * len(plan.conditions) * plan.samples
    return TaskFacts(
        task=plan.task.name,
        asked=None,
        items=len(plan.items),
        questions=questions_of(plan),
        conditions=len(plan.conditions),
        samples=plan.samples,
        responses=responses,
        ratings=rated * checkpoints * judges if plan.judged else 0,
        needs=tuple(sorted(needs(plan.task))),
        under=tuple(condition.name for condition in plan.conditions if condition.name),
        missing=plan.missing,
        exact=plan.protocol.gives == "probabilities",
    )


def questions_of(plan: Plan) -> dict[str, int]:
    """How many questions each category of a task has."""
    found: dict[str, set[str]] = {}
    for item in plan.items:
        found.setdefault(item.category, set()).add(item.question)
    return {category: len(questions) for category, questions in found.items()}


def _foreign(task: Foreign, checkpoints: int) -> TaskFacts:
    return TaskFacts(
        task=task.name,
        asked=task.asked,
        items=task.samples,
        questions={},
        conditions=1,
        samples=task.responses // max(1, task.samples),
        responses=task.responses * checkpoints,
        ratings=0,
        needs=(),
    )


def _skipped(request: Request, checked: Checked) -> tuple[Skipped, ...]:
    if request.tasks:
        return ()
    left = [task for task in look_at_tasks().good if task.name not in checked.plans]
    return tuple(Skipped(task.name, _why(task)) for task in left)


def _why(task: Task) -> str:
    if SPREAD in task.tags:
        return f"it is one of a panel of dispositions, which --tasks {SPREAD} runs"
    if "exact probabilities" in needs(task):
        return f"it reads exact probabilities, which not every model tells; --tasks {task.name} runs it"
    if "sandbox" in needs(task):
        return f"it runs code that the model writes, in a sandbox; --tasks {task.name} runs it"
    return "it needs a judge; name one with --judge"
