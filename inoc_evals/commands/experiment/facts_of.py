"""A design that was found to be right -> its facts: rows, trainings, responses, time, and what it could show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from inoc_evals.checkpoints.resolve import Checkpoint
from inoc_evals.commands.experiment.facts import ArmFacts, DirectionFacts, Facts, PartFacts, TaskFacts
from inoc_evals.commands.experiment.own_trainings import arms_with_training, rows_here, training_length
from inoc_evals.commands.experiment.speed import training_kind
from inoc_evals.commands.forecast import what_can_be_seen
from inoc_evals.commands.plan_screen import kind_of
from inoc_evals.definitions.arms import REFERENCE
from inoc_evals.experiments.data import is_prompted
from inoc_evals.experiments.design import Design
from inoc_evals.experiments.kinds import kinds
from inoc_evals.experiments.parts import rows_expected
from inoc_evals.judging.costs import FREE, Costs
from inoc_evals.measures.needs import needs
from inoc_evals.plan.duration import Range, expected
from inoc_evals.plan.judging import judging
from inoc_evals.plan.overview import questions_of


def facts_of(design: Design, base: Checkpoint | None, notes: Sequence[str] = (), costs: Costs = FREE) -> Facts:
    """The facts of a design that was found to be right. Without a `base` no times are known; `costs` are what the user
    says of judges."""
    loaded = design.loaded
    counts = rows_expected(design)
    named = kinds(loaded, design.scale)
    arms = tuple(_arm(design, arm, named[arm], counts) for arm in design.arms)
    tasks = tuple(_tasks(design))
    responses = sum(task.responses for task in tasks)
    own = arms_with_training(design)
    examples = [training_length(design, arm, _rows(design, arm, counts)[0])[1] for arm in own]
    training, scoring = _times(design, base, examples, responses)
    return Facts(
        experiment=loaded.experiment.name,
        question=loaded.experiment.question,
        source=design.about().source,
        scale=design.scale,
        scales=tuple(loaded.experiment.scale),
        base=design.base,
        recipe=design.recipe(0).model_dump(mode="json", exclude={"seed"}),
        seeds=design.seeds,
        parts=tuple(_part(design, part, rows) for part, rows in counts.items()),
        directions=tuple(_direction(design, name) for name in design.directions),
        arms=arms,
        trainings=len(own) * len(design.seeds),
        order=own,
        tasks=tasks,
        responses=responses,
        ratings=sum(task.ratings for task in tasks),
        judges=design.judges,
        judging=tuple(judging(design.plans.values(), design.checkpoints, design.judges, costs.prices)),
        training_time=training,
        scoring_time=scoring,
        statements=tuple(f"{statement.that} ({statement.where})" for statement in loaded.experiment.found),
        notes=tuple(notes),
    )


def _times(
    design: Design, base: Checkpoint | None, examples: Sequence[int | None], responses: int
) -> tuple[Range | None, Range | None]:
    """How long trainings of so many examples and the evaluation take, as far as earlier runs say it."""
    if base is None:
        return None, None
    scoring = expected({kind_of(base.content_hash[:12], design.plans, design.judges): responses})
    if not examples or None in examples:
        return None, scoring
    total = sum(count or 0 for count in examples) * len(design.seeds)
    return expected({training_kind(design, base): total}), scoring


def _part(design: Design, name: str, rows: int | None) -> PartFacts:
    part = design.loaded.experiment.data[name]
    if part.rows is not None:
        source = part.rows
    elif part.instrument is not None:
        source = f"instrument {part.instrument}" + ("" if rows is not None else ", not installed")
    elif part.hub is not None:
        source = f"{part.hub.file} of {part.hub.repo}"
    else:
        source = f"made by {part.made_by['name'] if part.made_by else ''}"
    return PartFacts(name, source, rows)


def _direction(design: Design, name: str) -> DirectionFacts:
    told = design.loaded.experiment.directions[name]
    data = design.loaded.experiment.direction_data(name, design.scale)
    return DirectionFacts(name, data, told.prompt, told.placement)


def _arm(design: Design, name: str, kind: str, counts: Mapping[str, int | None]) -> ArmFacts:
    arm = design.loaded.experiment.arms[name]
    trained = name in design.trained
    rows, prompted = _rows(design, name, counts) if trained else (0, 0)
    steps, examples = training_length(design, name, rows) if trained else (0, 0)
    return ArmFacts(
        arm=name,
        role=REFERENCE if name == design.arms[0] else arm.role,
        kind=kind,
        trained=trained,
        rows=rows,
        prompted=prompted,
        prompts=design.loaded.prompts[name],
        placement=arm.placement,
        asks_for=tuple(arm.asks_for),
        variation=arm.variation.given(),
        intervention=arm.intervention,
        steps=steps,
        examples=examples,
    )


def _rows(design: Design, name: str, counts: Mapping[str, int | None]) -> tuple[int | None, int | None]:
    """The rows of an arm, and those with a prompt, as far as they are known."""
    loaded = design.loaded
    if (rows := rows_here(design, name)) is not None:
        arm = loaded.experiment.arms[name]
        return len(rows), sum(is_prompted(row, arm) for row in rows) if loaded.prompts[name] else 0
    if (told := loaded.interventions.get(name)) is not None and told.intervention.rows is not None:
        return None, None
    total = 0
    for part in loaded.experiment.arm_data(name, design.scale):
        count, written = counts[part], loaded.experiment.data[part]
        # How many rows have a tag is seen only when they are here.
        if count is None or written.only_tags is not None:
            return None, None
        total += _taken(count, written.take)
    return _taken(total, design.settings.take), None


def _taken(count: int, take: float | None) -> int:
    return count if take is None else max(1, round(take * count)) if take < 1 else int(take)


def _tasks(design: Design) -> Iterator[TaskFacts]:
    for name, task in design.plans.items():
        responses = task.responses * design.checkpoints
        seen = {
            category: what_can_be_seen(
                questions,
                task.samples,
                len(design.seeds),
                len(design.arms),
                exact=task.protocol.gives == "probabilities",
            )
            for category, questions in questions_of(task).items()
        }
        yield TaskFacts(
            task=name,
            items=len(task.items),
            conditions=len(task.conditions),
            samples=task.samples,
            responses=responses,
            ratings=responses * len(task.instruments) * len(design.judges) if task.judged else 0,
            needs=tuple(sorted(needs(task.task))),
            can_show=seen,
            under=tuple(condition.name for condition in task.conditions if condition.name),
            missing=task.missing,
        )
