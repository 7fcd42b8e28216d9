"""The tasks of an experiment, the values that they give, and the statements about them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from inoc_evals.definitions.catalog import find_task, tasks_named
from inoc_evals.definitions.document import YamlFile
from inoc_evals.definitions.experiment import Evaluation, Experiment, Scale, is_at
from inoc_evals.definitions.faults import Faults
from inoc_evals.definitions.statements import Statement, StatementError, parse_statement
from inoc_evals.definitions.training_prompt import KnownPrompts, TrainedWith
from inoc_evals.definitions.words import did_you_mean, shown
from inoc_evals.instruments.published import not_installed
from inoc_evals.plan.arguments import PROMPTS_OF_ARMS, check_argument
from inoc_evals.plan.compiled import Plan, make_plan, speaks_of_prompts
from inoc_evals.plan.questions import missing_instrument

Plans = Mapping[str, Mapping[str, Plan]]
Prompts = Mapping[str, Sequence[str]]


def read_evaluations(
    document: YamlFile, experiment: Experiment, prompts: Prompts, faults: Faults
) -> tuple[dict[str, dict[str, Plan]], tuple[Statement, ...], dict[str, tuple[str, ...]]]:
    """The plans by scale and task, the statements, and by scale which published items are not here; what is wrong with
    them, and with the values that are named elsewhere, is a fault with its place. `prompts` are those of each arm."""
    plans: dict[str, dict[str, Plan]] = {name: {} for name in experiment.scale}
    missing: dict[str, tuple[str, ...]] = dict.fromkeys(experiment.scale, ())
    whole = True
    for number, evaluation in evaluations(experiment):
        named = _named_well(document, number, evaluation, faults)
        whole = whole and named
        for name, scale in experiment.scale.items() if named else ():
            if is_at(evaluation.at, name):
                known = known_at(experiment, prompts, name)
                arguments = arguments_of(evaluation, scale, known)
                with faults.placed(document.place("evaluate", number, "task")):
                    plans[name][evaluation.task], absent = _plan(evaluation.task, arguments)
                    if absent is not None:
                        place = document.place("evaluate", number, "arguments", "items")
                        missing[name] += (f"{place}: {not_installed(absent)}",)
    # Without all tasks nobody can tell which values there are.
    if whole and any(plans.values()):
        _check_values(document, experiment, plans, faults)
        _check_variations(document, experiment, faults)
    return plans, tuple(_statements(document, experiment, plans if whole else {}, faults)), missing


def evaluations(experiment: Experiment) -> tuple[tuple[int, Evaluation], ...]:
    """What is evaluated, one a task, each with the number of its entry in the file. A tag brings its tasks to the
    scales at which no entry names them itself, and no earlier tag brings them."""
    found: list[tuple[int, Evaluation]] = []
    for number, entry in enumerate(experiment.evaluate):
        for task in tasks_named([entry.task]):
            if task == entry.task:
                found.append((number, entry))
                continue
            there = [each for each in (*experiment.evaluate, *(each for _, each in found)) if each.task == task]
            scales = [scale for scale in experiment.scale if is_at(entry.at, scale)]
            if left := [scale for scale in scales if not any(is_at(each.at, scale) for each in there)]:
                found.append((number, entry.model_copy(update={"task": task, "at": left})))
    return tuple(found)


def _plan(task: str, arguments: Mapping[str, Any]) -> tuple[Plan, str | None]:
    """The plan of a task, and the instrument that it lacks: a plan without items still says which values there are."""
    absent = missing_instrument(arguments.get("items"))
    if absent is None:
        return make_plan(task, arguments), None
    others = {name: value for name, value in arguments.items() if name != "items"}
    return replace(make_plan(task, others), items=()), absent


def known_at(experiment: Experiment, prompts: Prompts, scale: str) -> KnownPrompts:
    """The prompts of the arms at a scale; of a pool the first one."""
    arms = {
        name: TrainedWith(
            prompt=prompts[name][0], placement=arm.placement, **(arm.variants.model_dump() if arm.variants else {})
        )
        for name, arm in experiment.arms.items()
        if prompts.get(name) and is_at(arm.at, scale)
    }
    return KnownPrompts(arms=arms)


def arguments_of(evaluation: Evaluation, scale: Scale, known: KnownPrompts) -> dict[str, Any]:
    """The arguments of a task at a scale: the evaluation's own come before those of the scale. Conditions that speak of
    prompts are given those that are `known`."""
    common = {"samples": scale.samples, "temperature": scale.temperature}
    given = {name: value for name, value in common.items() if value is not None}
    own = {"conditions": evaluation.conditions} if evaluation.conditions is not None else {}
    together = {**given, **own, **evaluation.arguments}
    if speaks_of_prompts(together):
        together = {PROMPTS_OF_ARMS: known.model_dump(exclude_defaults=True), **together}
    return together


def _named_well(document: YamlFile, number: int, evaluation: Evaluation, faults: Faults) -> bool:
    """Is the task known, and has it these arguments?"""
    before = len(list(faults))
    with faults.placed(document.place("evaluate", number, "task")):
        task = find_task(evaluation.task, or_tag=True)[1]
        for name, value in evaluation.arguments.items():
            with faults.placed(document.place("evaluate", number, "arguments", name)):
                check_argument(task, name, value)
        if evaluation.conditions is not None:
            with faults.placed(document.place("evaluate", number, "conditions")):
                check_argument(task, "conditions", evaluation.conditions)
    return len(list(faults)) == before


def _check_values(document: YamlFile, experiment: Experiment, plans: Plans, faults: Faults) -> None:
    known = list(dict.fromkeys(key for by_task in plans.values() for plan in by_task.values() for key in _keys(plan)))
    for value, *where in _values(experiment):
        if value not in known:
            remedy = did_you_mean(value, known) or f"; they give: {', '.join(known)}"
            faults.add(str(document.error(f"{shown(value)} is no value of the tasks here{remedy}", *where)))


def _values(experiment: Experiment) -> Iterator[tuple[Any, ...]]:
    """The values that are named outside statements, each with its place."""
    for arm, told in experiment.arms.items():
        yield from ((value, "arms", arm, "asks_for", number) for number, value in enumerate(told.asks_for))
    yield from ((value, "wanted", number) for number, value in enumerate(experiment.wanted))
    yield from ((value, "unwanted", number) for number, value in enumerate(experiment.unwanted))


def _check_variations(document: YamlFile, experiment: Experiment, faults: Faults) -> None:
    """May an arm set what it sets, or does a scale or a task do so for all arms?"""
    for name, arm in experiment.arms.items():
        for key in arm.variation.given():
            for _, evaluation in evaluations(experiment):
                for at, scale in experiment.scale.items():
                    both = is_at(evaluation.at, at) and is_at(arm.at, at)
                    if both and key in arguments_of(evaluation, scale, KnownPrompts()):
                        message = f"arm {name} sets {key}, and task {evaluation.task} at scale {at} does so for all"
                        where = ("arms", name, "variation", key)
                        faults.add(str(document.error(f"{message} arms; keep one of the two", *where)))


def _statements(document: YamlFile, experiment: Experiment, plans: Plans, faults: Faults) -> Iterator[Statement]:
    for number, found in enumerate(experiment.found):
        where = ("found", number, "that")
        try:
            statement = parse_statement(found.that)
            _check_arms(statement, experiment)
            if plans:
                _check_places(statement, plans)
        except StatementError as error:
            faults.add(str(document.error_in(str(error), error.character, *where)))
        else:
            yield statement


def _check_arms(statement: Statement, experiment: Experiment) -> None:
    for side in (statement.first, statement.second):
        if isinstance(side.arm, str):
            _known(side.arm, experiment.arms, "arm here", side.at)


def _check_places(statement: Statement, plans: Plans) -> None:
    """Is the value that of one task at every scale, and has it these conditions?"""
    everywhere = {name: plan for by_task in plans.values() for name, plan in by_task.items()}
    values = list(dict.fromkeys(key for plan in everywhere.values() for key in _keys(plan)))
    _known(statement.value, values, "value of the tasks here", 0)
    if statement.task is not None:
        _known(statement.task, everywhere, "task here", statement.task_at)
        _known(statement.value, _keys(everywhere[statement.task]), f"value of {statement.task}", 0)
    for by_task in plans.values():
        having = [name for name, plan in by_task.items() if statement.value in _keys(plan)]
        if statement.task is None and len(having) > 1:
            message = f"{statement.value} is a value of {' and '.join(having)}; end it with `on {having[0]}`, as may be"
            raise StatementError(message, 0)
        task = statement.task or next(iter(having), None)
        for side in (statement.first, statement.second) if task in by_task else ():
            if side.condition is not None and isinstance(side.arm, str):
                places = _parts_of(by_task[task or ""])
                if places:
                    _known(side.condition, places, f"condition or category of {task}", side.condition_at)


def _parts_of(plan: Plan) -> tuple[str, ...]:
    """The conditions of a task, or where there is one only, its categories: what findings are told of. None, where its
    items are not here."""
    conditions = tuple(condition.name for condition in plan.conditions if condition.name)
    return conditions or tuple(dict.fromkeys(item.category for item in plan.items))


def _keys(plan: Plan) -> tuple[str, ...]:
    return (*plan.task.value_keys(), *plan.task.joins)


def _known(name: str, known: Iterable[str], what: str, at: int) -> None:
    names = list(known)
    if name not in names:
        remedy = did_you_mean(name, names) or f"; there are: {', '.join(names)}"
        raise StatementError(f"{shown(name)} is no {what}{remedy}", at)
