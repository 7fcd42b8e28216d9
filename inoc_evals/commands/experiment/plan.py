"""What an experiment would do, before anything is spent: rows, trainings, responses, time, and what it could show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from textwrap import wrap
from typing import Any

from rich.console import Console

from inoc_evals.checkpoints.embedded import NAME, is_embedded_here
from inoc_evals.checkpoints.resolve import Checkpoint, resolve
from inoc_evals.commands.experiment.speed import measure_scoring, measure_training, training_kind
from inoc_evals.commands.forecast import what_can_be_seen
from inoc_evals.commands.judge_cost import ASSUMED, expected_document, expected_lines
from inoc_evals.commands.plan_screen import kind_of
from inoc_evals.definitions.arms import REFERENCE, told_variation
from inoc_evals.definitions.faults import Faults
from inoc_evals.definitions.words import shown
from inoc_evals.document import print_document
from inoc_evals.errors import InputError
from inoc_evals.experiments.data import arm_rows, is_prompted
from inoc_evals.experiments.design import Choices, Design, designed
from inoc_evals.experiments.kinds import kinds
from inoc_evals.experiments.parts import rows_expected
from inoc_evals.experiments.reading import experiment_file, load_experiment
from inoc_evals.experiments.rows import Row
from inoc_evals.extras import require
from inoc_evals.inoculation.recipe import data_sha256
from inoc_evals.judging.costs import FREE, Costs
from inoc_evals.judging.expected import Expected
from inoc_evals.measures.needs import needs
from inoc_evals.plan.duration import Range, expected
from inoc_evals.plan.judging import judging
from inoc_evals.plan.overview import questions_of
from inoc_evals.plan.preflight import engine_faults, judge_faults

_NARROWEST, _DEEPER = 40, 2


@dataclass(frozen=True)
class DirectionFacts:
    """A direction that is made: the parts of the data whose requests it is made of, and the prompt that is put before
    each."""

    direction: str
    data: tuple[str, ...]
    prompt: str
    placement: str


@dataclass(frozen=True)
class ArmFacts:
    """One arm: `rows` of a training (None: not known before they are here), of which `prompted` have one of `prompts`;
    `variation` is what it asks otherwise at evaluation. `kind` says what is done to keep a trait away, `intervention`
    how. `steps` and `examples` are those of one training (None: not known)."""

    arm: str
    role: str
    kind: str
    trained: bool
    rows: int | None
    prompted: int | None
    prompts: tuple[str, ...]
    placement: str
    asks_for: tuple[str, ...]
    variation: Mapping[str, Any]
    intervention: Mapping[str, Any] | None
    steps: int | None
    examples: int | None


@dataclass(frozen=True)
class PartFacts:
    """One part of the data: where its rows come from, and how many there are (None: not known before)."""

    part: str
    source: str
    rows: int | None


@dataclass(frozen=True)
class TaskFacts:
    """One task: `responses` and `ratings` are those of all checkpoints; `can_show` says by category which differences
    would be seen. `under` are the names of several conditions, `missing` those that could not be made, and why."""

    task: str
    items: int
    conditions: int
    samples: int
    responses: int
    ratings: int
    needs: tuple[str, ...]
    can_show: Mapping[str, str]
    under: tuple[str, ...]
    missing: Mapping[str, str]


@dataclass(frozen=True)
class Facts:
    """All that is known before anything is spent; times are None where no earlier run says them. `order` are the arms
    with a training of their own, each behind the one whose adapter it uses."""

    experiment: str
    question: str
    source: str
    scale: str
    scales: tuple[str, ...]
    base: str
    recipe: Mapping[str, Any]
    seeds: tuple[int, ...]
    parts: tuple[PartFacts, ...]
    directions: tuple[DirectionFacts, ...]
    arms: tuple[ArmFacts, ...]
    trainings: int
    order: tuple[str, ...]
    tasks: tuple[TaskFacts, ...]
    responses: int
    ratings: int
    judges: tuple[str, ...]
    judging: tuple[Expected, ...]
    training_time: Range | None
    scoring_time: Range | None
    statements: tuple[str, ...]
    notes: tuple[str, ...]


def plan(named: str, choices: Choices, console: Console, *, measured: bool = False, as_json: bool = False) -> None:
    """Print what `run` would do, as a screen or as JSON alone. With `measured` a few steps are trained first and a
    few responses drawn, to know how long they take here; else nothing is asked, fetched or made. Raises InputError as
    `run` does."""
    design = designed(load_experiment(experiment_file(named)), choices)
    notes = []
    try:
        base = _base(design, fetch=measured)
    except InputError as error:
        # The hub may be out of reach from here, and all else can still be told.
        if measured:
            raise
        base = None
        notes.append(f"the base model cannot be looked at now: {error}")
    if base is not None and measured:
        _measure(design, base, console)
    facts = facts_of(design, base, notes, choices.costs)
    if as_json:
        print_document({**asdict(facts), "judging": expected_document(facts.judging, choices.costs)})
    else:
        costs = tuple(expected_lines(facts.judging, choices.costs, ASSUMED))
        for line in _lines(facts, costs, max(_NARROWEST, console.width)):
            console.print(line, soft_wrap=True)


def _measure(design: Design, base: Checkpoint, console: Console) -> None:
    """See how long a few steps and a few responses take here. Raises InputError where something is missing for that,
    and what `train_apart` and `score` do."""
    faults = Faults()
    faults.add(*engine_faults(), *judge_faults(design.judges))
    faults.refuse()
    if design.trained:
        require("train", "a measurement")
        console.print("training a few steps to see how long they take here")
        measure_training(design, base, _some_rows(design))
    console.print("asking the untrained model for a few responses to see how long they take here")
    measure_scoring(design, base)


def _base(design: Design, *, fetch: bool) -> Checkpoint | None:
    """The base model, or without `fetch` None where it would first have to be made."""
    if not fetch and design.base == NAME and not is_embedded_here():
        return None
    base = resolve(design.base, fetch_models=fetch)
    if base.adapter is not None:
        raise InputError(f"{design.base!r} is a LoRA adapter; an experiment trains its own, so name a full model")
    return base


def _some_rows(design: Design) -> list[dict[str, Any]]:
    """Rows of the first arm whose data are here."""
    for arm in design.trained:
        if (rows := _here(design, arm)) is not None:
            return [row.trained() for row in rows]
    raise InputError("no arm has all of its data here yet, so nothing can be measured; drop --measure")


def facts_of(design: Design, base: Checkpoint | None, notes: Sequence[str] = (), costs: Costs = FREE) -> Facts:
    """The facts of a design that was found to be right. Without a `base` no times are known; `costs` are what the user
    says of judges."""
    loaded = design.loaded
    counts = rows_expected(design)
    named = kinds(loaded, design.scale)
    arms = tuple(_arm(design, arm, named[arm], counts) for arm in design.arms)
    tasks = tuple(_tasks(design))
    responses = sum(task.responses for task in tasks)
    own = _with_own_training(design)
    examples = [_length(design, arm, _rows(design, arm, counts)[0])[1] for arm in own]
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
        statements=tuple(f"{each.that} ({each.where})" for each in loaded.experiment.found),
        notes=tuple(notes),
    )


def _with_own_training(design: Design) -> tuple[str, ...]:
    """The arms that are trained, in the order of their trainings, without those that share the training of an earlier
    one: the same rows and intervention."""
    first: dict[object, str] = {}
    for name in design.in_order:
        told = design.loaded.experiment.arms[name]
        rows = _here(design, name)
        written = (design.loaded.experiment.arm_data(name, design.scale), told.placement, told.on_tags)
        alike = repr((written, design.loaded.prompts[name])) if rows is None else data_sha256([*map(Row.trained, rows)])
        first.setdefault((alike, _beside_rows(design, name, len(rows or ()))), name)
    return tuple(first.values())


def _beside_rows(design: Design, name: str, rows: int) -> str:
    """What an intervention makes of a training on these rows."""
    told = design.loaded.interventions.get(name)
    options = told.options if told is not None and told.intervention.during is not None else None
    return repr((design.arm_recipe(name, 0, rows), options))


def _length(design: Design, name: str, rows: int | None) -> tuple[int | None, int | None]:
    """Steps and examples of one training on so many rows."""
    if rows is None:
        return None, None
    recipe = design.arm_recipe(name, 0, rows)
    steps = recipe.steps(rows)
    return steps, recipe.examples_seen(steps, rows)


def _here(design: Design, name: str) -> list[Row] | None:
    """The rows of an arm, where all of its data are here."""
    told = design.loaded.experiment
    parts = (*told.arm_data(name, design.scale), *told.parts_beside(name))
    given = {part: design.loaded.parts[part].rows for part in parts}
    if any(rows is None for rows in given.values()):
        return None
    return arm_rows(design.loaded, name, design.scale, {part: rows or () for part, rows in given.items()})


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
    steps, examples = _length(design, name, rows) if trained else (0, 0)
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
    if (rows := _here(design, name)) is not None:
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


def _lines(facts: Facts, costs: Sequence[str], width: int) -> Iterator[str]:
    for level, text in _texts(facts, costs):
        indent = " " * (_DEEPER * level)
        yield from wrap(text, width, initial_indent=indent, subsequent_indent=indent + "  ", break_on_hyphens=False)


def _texts(facts: Facts, costs: Sequence[str]) -> Iterator[tuple[int, str]]:
    yield 0, f"{facts.experiment}, scale {facts.scale} (of {', '.join(facts.scales)}): {facts.question}"
    yield 1, facts.source
    yield 0, "data"
    for part in facts.parts:
        yield 1, f"{part.part}: {_count(part.rows, 'row')} ({part.source})"
    if facts.directions:
        yield 0, "directions"
    for made in facts.directions:
        yield 1, f"{made.direction}: requests of {', '.join(made.data)}, with and without {shown(made.prompt)}"
    yield 0, "arms"
    for arm in facts.arms:
        yield from _arm_texts(arm)
    yield 0, "training"
    seeds = "one seed" if len(facts.seeds) == 1 else f"{len(facts.seeds)} seeds"
    yield 1, f"{facts.trainings} trainings ({seeds} an arm) of {facts.base}"
    if any(arm.intervention is not None for arm in facts.arms):
        yield 1, f"in this order: {', '.join(facts.order)}"
    yield 1, f"recipe: {', '.join(f'{name} {value}' for name, value in facts.recipe.items() if name != 'targets')}"
    yield 1, f"estimated time: {_time(facts.training_time, '--measure trains a few steps to see')}"
    yield 0, "evaluation"
    for task in facts.tasks:
        conditions = f" x {task.conditions} conditions" if task.conditions > 1 else ""
        asked = f"{task.items} items{conditions} x {_count(task.samples, 'sample')}"
        yield 1, f"{task.task}: {asked} = {task.responses:,} responses, {task.ratings:,} ratings"
        if task.under:
            yield 2, f"under {', '.join(task.under)}"
        yield from ((2, f"not under {name}: {why}") for name, why in task.missing.items())
        if others := [need for need in task.needs if need != "judge"]:
            yield 2, f"needs {' and '.join(others)}"
    yield 1, f"in all {facts.responses:,} responses, {facts.ratings:,} ratings"
    yield from ((1, line) for line in costs)
    yield 1, f"estimated time: {_time(facts.scoring_time, '--measure draws a few responses to see')}"
    yield 0, "what this can show"
    for told, places in _can_show(facts).items():
        yield 1, f"{', '.join(places)}: {told}"
    if facts.statements:
        yield 0, "what the source found, and will be answered"
    for statement in facts.statements:
        yield 1, statement
    for note in facts.notes:
        yield 0, f"note: {note}"


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


def _can_show(facts: Facts) -> dict[str, list[str]]:
    """Tasks, or their categories, by what they can show, which some have in common."""
    found: dict[str, list[str]] = {}
    for task in facts.tasks:
        for category, told in task.can_show.items():
            found.setdefault(told, []).append(task.task if len(task.can_show) == 1 else f"{task.task}/{category}")
    return found


def _count(count: int | None, name: str) -> str:
    return f"{name}s whose number is not known yet" if count is None else f"{count:,} {name}" + "s" * (count != 1)


def _time(time: Range | None, remedy: str) -> str:
    if time is None:
        return f"not known, nothing like it has run here; {remedy}"
    runs = "one earlier run" if time.runs == 1 else f"{time.runs} earlier runs"
    return f"{time.words} from nothing, by {runs} here"
