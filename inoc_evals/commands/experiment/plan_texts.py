"""The facts of an experiment, as lines of the screen that is shown before anything is spent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import wrap

from inoc_evals.commands.experiment.facts import ArmFacts, Facts, TaskFacts
from inoc_evals.definitions.arms import told_variation
from inoc_evals.definitions.words import shown
from inoc_evals.plan.duration import Range

_DEEPER = 2


def lines(facts: Facts, costs: Sequence[str], width: int) -> Iterator[str]:
    """The screen in lines of at most `width` characters; `costs` are sentences on what judges take."""
    for level, text in _texts(facts, costs):
        indent = " " * (_DEEPER * level)
        yield from wrap(text, width, initial_indent=indent, subsequent_indent=indent + "  ", break_on_hyphens=False)


def _texts(facts: Facts, costs: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Every text with its depth, from 0."""
    yield 0, f"{facts.experiment}, scale {facts.scale} (of {', '.join(facts.scales)}): {facts.question}"
    yield 1, facts.source
    yield from _data_texts(facts)
    yield 0, "arms"
    for arm in facts.arms:
        yield from _arm_texts(arm)
    yield from _training_texts(facts)
    yield 0, "evaluation"
    for task in facts.tasks:
        yield from _task_texts(task)
    yield 1, f"in all {facts.responses:,} responses, {facts.ratings:,} ratings"
    yield from ((1, line) for line in costs)
    yield 1, f"estimated time: {_time(facts.scoring_time, '--measure draws a few responses to see')}"
    yield 0, "what this can show"
    for told, parts in _can_show(facts).items():
        yield 1, f"{', '.join(parts)}: {told}"
    if facts.statements:
        yield 0, "what the source found, and will be answered"
    for statement in facts.statements:
        yield 1, statement
    for note in facts.notes:
        yield 0, f"note: {note}"


def _data_texts(facts: Facts) -> Iterator[tuple[int, str]]:
    yield 0, "data"
    for part in facts.parts:
        yield 1, f"{part.part}: {_count(part.rows, 'row')} ({part.source})"
    if facts.directions:
        yield 0, "directions"
    for made in facts.directions:
        yield 1, f"{made.direction}: requests of {', '.join(made.data)}, with and without {shown(made.prompt)}"


def _arm_texts(arm: ArmFacts) -> Iterator[tuple[int, str]]:
    asks = f", asks for {' and '.join(arm.asks_for)}" if arm.asks_for else ""
    if not arm.trained:
        yield 1, f"{arm.arm} ({arm.role}): not trained"
    else:
        yield 1, f"{arm.arm} ({arm.role}): {_count(arm.rows, 'row')}{asks}"
        if arm.prompts:
            on = "" if arm.prompted == arm.rows else f", on {_count(arm.prompted, 'row')}"
            more = f" and {len(arm.prompts) - 1} more in turn" if len(arm.prompts) > 1 else ""
            yield 2, f"{arm.placement} prompt{on}: {shown(arm.prompts[0])}{more}"
        if arm.intervention is not None:
            settings = [f"{name} {shown(value)}" for name, value in arm.intervention.items() if name != "name"]
            length = "" if arm.steps is None else f"; {_count(arm.steps, 'step')}, {_count(arm.examples, 'example')}"
            yield 2, f"{arm.kind} ({', '.join([arm.intervention['name'], *settings])}){length}"
    if arm.variation:
        yield 2, f"varies {told_variation(arm.variation)}"


def _training_texts(facts: Facts) -> Iterator[tuple[int, str]]:
    yield 0, "training"
    seeds = "one seed" if len(facts.seeds) == 1 else f"{len(facts.seeds)} seeds"
    yield 1, f"{facts.trainings} trainings ({seeds} an arm) of {facts.base}"
    if any(arm.intervention is not None for arm in facts.arms):
        yield 1, f"in this order: {', '.join(facts.order)}"
    yield 1, f"recipe: {', '.join(f'{name} {value}' for name, value in facts.recipe.items() if name != 'targets')}"
    yield 1, f"estimated time: {_time(facts.training_time, '--measure trains a few steps to see')}"


def _task_texts(task: TaskFacts) -> Iterator[tuple[int, str]]:
    conditions = f" x {task.conditions} conditions" if task.conditions > 1 else ""
    asked = f"{task.items} items{conditions} x {_count(task.samples, 'sample')}"
    yield 1, f"{task.task}: {asked} = {task.responses:,} responses, {task.ratings:,} ratings"
    if task.under:
        yield 2, f"under {', '.join(task.under)}"
    yield from ((2, f"not under {name}: {why}") for name, why in task.missing.items())
    if others := [need for need in task.needs if need != "judge"]:
        yield 2, f"needs {' and '.join(others)}"


def _can_show(facts: Facts) -> dict[str, list[str]]:
    """Tasks, or their categories, by what they can show, which some have in common."""
    parts: dict[str, list[str]] = {}
    for task in facts.tasks:
        for category, told in task.can_show.items():
            parts.setdefault(told, []).append(task.task if len(task.can_show) == 1 else f"{task.task}/{category}")
    return parts


def _count(count: int | None, name: str) -> str:
    return f"{name}s whose number is not known yet" if count is None else f"{count:,} {name}" + "s" * (count != 1)


def _time(time: Range | None, remedy: str) -> str:
    if time is None:
        return f"not known, nothing like it has run here; {remedy}"
    runs = "one earlier run" if time.runs == 1 else f"{time.runs} earlier runs"
    return f"{time.words} from nothing, by {runs} here"
