"""One screen before anything is spent: who is asked what, how long it takes, and what it could show."""

from __future__ import annotations

import os
from dataclasses import asdict, replace
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from inoc_evals.blanking import blanked
from inoc_evals.commands.forecast import what_can_be_seen
from inoc_evals.commands.judge_cost import ASSUMED, expected_document, expected_lines
from inoc_evals.commands.look import look
from inoc_evals.commands.turns import called
from inoc_evals.definitions.arms import REFERENCE, reference_arm, told_variation
from inoc_evals.document import print_document
from inoc_evals.machine import has_gpu
from inoc_evals.plan.duration import Kind, Range, expected
from inoc_evals.plan.overview import ArmFacts, CheckpointFacts, Overview, TaskFacts, overview
from inoc_evals.plan.preflight import Checked, check_request

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rich.console import Console

    from inoc_evals.checkpoints.arms import Member
    from inoc_evals.checkpoints.changes import Changes
    from inoc_evals.definitions.faults import Faults
    from inoc_evals.plan.compiled import Plan
    from inoc_evals.plan.request import Request

_NARROWEST = 40
_DEEPER = 2
# Of more arms the screen names the first ones and the last.
_ARMS = 24
_DIGITS = 12
_KINDS = {"adapter": "LoRA adapter", "gguf": "GGUF file", "hub": "model", "folder": "model folder"}
_KINDS |= {"embedded": "embedded model", "hosted": "hosted model", "steered": "steered model"}


def show_plan(request: Request, console: Console, faults: Faults | None = None, *, as_json: bool = False) -> None:
    """Print what `score` would do, as a screen or as JSON alone. No server is asked or started, nothing is written.
    Raises InputError for what `score` would refuse, as far as that can be told here, with the `faults` of the command
    line."""

    checked = check_request(request, console.print, look, network=False, faults=faults)
    if not as_json:
        show(request, checked, console)
        return
    facts = overview(request, checked)
    told = {**_plain(facts, _expected(request, checked)), "judging": expected_document(facts.judging, request.costs)}
    print_document(blanked(told))


def show(request: Request, checked: Checked, console: Console) -> None:
    """Print the screen for a request that was found to be right."""
    facts = overview(request, checked)
    costs = tuple(expected_lines(facts.judging, request.costs, ASSUMED, request.out))
    for line in _lines(facts, costs, _expected(request, checked), max(_NARROWEST, console.width)):
        # Cut here already: rich would cut again at a width of its own.
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def run_kind(request: Request, checked: Checked, weights: str) -> Kind:
    """The kind of a run on these weights, for its speed."""
    kind = kind_of(weights, checked.plans, request.judges)
    return replace(kind, tasks=tuple(sorted([*kind.tasks, *checked.foreign])), workers=request.workers)


def kind_of(weights: str, plans: Mapping[str, Plan], judges: Sequence[str]) -> Kind:
    """The kind of a run of our tasks, by one process that asks."""
    tasks = sorted(":".join(map(str, (name, plan.max_tokens, *plan.thinking.said()))) for name, plan in plans.items())
    asked = tuple(judges) if any(plan.judged for plan in plans.values()) else ()
    return Kind(weights, tuple(tasks), asked, has_gpu(), 1)


def members_of_shard(request: Request, checked: Checked) -> tuple[Member, ...]:
    """The members that this shard asks, the same ones in whatever order the arms are named."""
    number, of = request.shard
    mine = set(sorted(member.label for member in checked.members)[number - 1 :: of])
    return tuple(member for member in checked.members if member.label in mine)


def hosted_weights(members: Sequence[Member]) -> str:
    """One name for all hosted models that are asked together."""
    return " ".join(sorted({member.reference for member in members}))


def _expected(request: Request, checked: Checked) -> Range | None:
    members = members_of_shard(request, checked)
    counts: dict[Kind, int] = {}
    for group in checked.groups:
        if mine := [member for member in members if member.label in group.members]:
            kind = run_kind(request, checked, group.base.content_hash[:12])
            counts[kind] = counts.get(kind, 0) + len(mine) * checked.responses
    if hosted := [member for member in members if member.checkpoint is None]:
        counts[run_kind(request, checked, hosted_weights(hosted))] = len(hosted) * checked.responses
    return expected(counts)


def _lines(facts: Overview, costs: Sequence[str], time: Range | None, width: int) -> Iterator[str]:
    for level, text in _texts(facts, costs, time):
        indent = " " * (_DEEPER * level)
        # Also what has no blank to be cut at, as long paths.
        yield from wrap(text, width, initial_indent=indent, subsequent_indent=indent + "  ", break_on_hyphens=False)


def _texts(facts: Overview, costs: Sequence[str], time: Range | None) -> Iterator[tuple[int, str]]:
    yield 0, "arms"
    reference = reference_arm({arm.arm: arm.role for arm in facts.arms})
    last = len(facts.arms) - 1
    unnamed = 0
    for place, arm in enumerate(facts.arms):
        if len(facts.arms) > _ARMS and _ARMS - 2 <= place < last and arm.arm != reference:
            unnamed += 1
            continue
        if place == last and unnamed:
            yield 1, f"... {unnamed} more arms, all of them with --plan --json ..."
        yield from _arm(arm, arm.arm == reference)
    if changes := _all_changes(facts):
        yield 0, "what the adapters change"
    for told, labels in changes.items():
        yield 1, f"{called(labels)}: {told}"
    yield 0, "tasks"
    for task in facts.tasks:
        yield from _task(task, facts)
    if facts.skipped:
        yield 0, "skipped"
    for left_out in facts.skipped:
        yield 1, f"{left_out.task}: {left_out.why}"
    yield 0, "in all"
    number, of = facts.shard
    part = f", of which this shard ({number} of {of}) asks its checkpoints only" if of > 1 else ""
    if facts.least is None:
        yield 1, f"{facts.responses:,} responses, {facts.ratings:,} ratings{part}"
    else:
        share = facts.least / facts.responses
        ratings = f", {share * facts.ratings:,.0f} to {facts.ratings:,} ratings" if facts.ratings else ""
        yield 1, f"{facts.least:,} to {facts.responses:,} responses{ratings}: until the intervals are narrow enough"
    yield 1, f"estimated time: {_time(time)}"
    if costs:
        yield 0, "what judges take" + (" at most" if facts.least is not None else "")
    for line in costs:
        yield 1, blanked(line)
    yield 0, "what this can show"
    for told, tasks in _differences(facts).items():
        yield 1, f"{', '.join(tasks)}: {told}"


def _arm(arm: ArmFacts, is_reference: bool) -> Iterator[tuple[int, str]]:
    count = len(arm.checkpoints)
    role = f"{arm.role}, the first and so compared with" if is_reference and arm.role != REFERENCE else arm.role
    of = "one training" if arm.trainings == 1 else f"{arm.trainings} trainings"
    steps = f" at steps of {of}" if any(one.step is not None for one in arm.checkpoints) else ""
    yield 1, f"{arm.arm} ({role}): {count} checkpoint{'s' if count > 1 else ''}{steps}"
    shown_whole = count <= _ARMS
    for checkpoint in arm.checkpoints if shown_whole else arm.checkpoints[: _ARMS - 2]:
        yield 2, _checkpoint(checkpoint)
    if not shown_whole:
        yield 2, f"... {count - _ARMS + 1} more checkpoints, all of them with --plan --json ..."
        yield 2, _checkpoint(arm.checkpoints[-1])
    if arm.variation:
        yield 2, f"varies {told_variation(arm.variation)}"


def _checkpoint(checkpoint: CheckpointFacts) -> str:
    digits = f", hash {checkpoint.sha256}" if checkpoint.sha256 else ""
    name, at, commit = (checkpoint.pinned or "").rpartition("@")
    if at and checkpoint.kind == "hub" and not checkpoint.sha256:
        digits = ", to be fetched"
    on = f" on {_base(checkpoint)}" if checkpoint.changes is not None else ""
    reference = blanked(f"{name} of the hub at {commit[:_DIGITS]}" if at else checkpoint.reference)
    steered = f", steered by {checkpoint.steered_by}" if checkpoint.steered_by else ""
    return f"{checkpoint.label}: {_KINDS[checkpoint.kind]} {reference}{on}{digits}{steered}"


def _base(checkpoint: CheckpointFacts) -> str:
    base = checkpoint.base or ""
    if os.path.isabs(base):  # noqa: PTH117 - a hub id is no path
        return os.path.basename(base)  # noqa: PTH119
    name, at, commit = base.rpartition("@")
    return f"{name}@{commit[:_DIGITS]}" if at else base


def _all_changes(facts: Overview) -> dict[str, list[str]]:
    """Checkpoints by what their adapters change, which is mostly the same for all."""
    found: dict[str, list[str]] = {}
    for arm in facts.arms:
        for checkpoint in arm.checkpoints:
            if checkpoint.changes is not None:
                found.setdefault(_changes(checkpoint.changes), []).append(checkpoint.label)
    return found


def _changes(changes: Changes) -> str:
    ranks = " and ".join(map(str, changes.ranks[:3])) if len(changes.ranks) < 4 else _ends(changes.ranks)
    of = f" of {changes.layers_in_all}" if changes.layers_in_all else ""
    modules = ", ".join(changes.modules)
    return f"{modules}: rank {ranks}, {changes.layers}{of} layers, {changes.parameters:,} parameters"


def _ends(ranks: Sequence[int]) -> str:
    return f"{ranks[0]} to {ranks[-1]}"


def _task(task: TaskFacts, facts: Overview) -> Iterator[tuple[int, str]]:
    checkpoints = sum(len(arm.checkpoints) for arm in facts.arms)
    if task.asked is not None:
        yield 1, f"{task.task} ({task.asked}): {task.items} samples, {task.responses:,} responses, by its own scorers"
        return
    parts = [f"{task.items:,} items"]
    parts += [f"{task.conditions} conditions"] if task.conditions > 1 else []
    parts += [f"{task.samples} sample{'s' if task.samples > 1 else ''}", f"{checkpoints} checkpoints"]
    most = "at most " if task.least is not None else ""
    first = f", {task.least:,} at first" if task.least is not None else ""
    yield 1, f"{task.task}: {' x '.join(parts)} = {most}{task.responses:,} responses{first}"
    if task.under:
        yield 2, f"under {', '.join(task.under)}"
    for name, why in task.missing.items():
        yield 2, f"not under {name}: {why}"
    if task.ratings:
        yield 2, f"{task.ratings:,} ratings by {' and '.join(map(blanked, facts.judges))}"
    elif "judge" in task.needs:
        yield 2, "rated by nobody now, but later"
    if others := [need for need in task.needs if need != "judge"]:
        yield 2, f"needs {' and '.join(others)}"


def _time(time: Range | None) -> str:
    if time is None:
        return "not known until the first responses; no earlier run here was like this one"
    runs = "one earlier run" if time.runs == 1 else f"{time.runs} earlier runs"
    return f"{time.words} from nothing, by {runs} of these weights and tasks here"


def _differences(facts: Overview) -> dict[str, list[str]]:
    """Tasks, or their categories, by what they can show, which some have in common."""
    found: dict[str, list[str]] = {}
    seen: dict[tuple[int, int, bool], str] = {}
    for task in facts.tasks:
        for category, questions in task.questions.items():
            design = questions, task.samples, task.exact
            if design not in seen:
                counts = questions, task.samples, facts.trainings, len(facts.arms)
                seen[design] = what_can_be_seen(*counts, exact=task.exact)
            place = task.task if len(task.questions) == 1 else f"{task.task}/{category}"
            found.setdefault(seen[design], []).append(place)
    return found


def _plain(facts: Overview, time: Range | None) -> Mapping[str, Any]:
    seen = {task: told for told, tasks in _differences(facts).items() for task in tasks}
    estimated = None if time is None else {"low_s": round(time.low), "high_s": round(time.high), "runs": time.runs}
    told = {"responses": facts.responses, "ratings": facts.ratings}
    told |= {} if facts.least is None else {"least": facts.least}
    return {**asdict(facts), **told, "estimated_time": estimated, "can_show": seen}
