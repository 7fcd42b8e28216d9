"""A task's measures on one trajectory; the same functions serve every harness."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inoc_evals.definitions.fields import Strict, fill, templates
from inoc_evals.definitions.item import Item
from inoc_evals.definitions.judged import Outcome
from inoc_evals.definitions.rules import parse_rule
from inoc_evals.definitions.task import Task
from inoc_evals.errors import InputError, WorkError
from inoc_evals.measures.declaration import Measure, Measuring, value_key
from inoc_evals.measures.outcome import Decided
from inoc_evals.measures.rating import Asked
from inoc_evals.measures.reading import DOES_NOT_APPLY, Reading
from inoc_evals.measures.registry import get_measure
from inoc_evals.measures.scale import Scale
from inoc_evals.protocols.reasoning import UNFINISHED

if TYPE_CHECKING:
    from inoc_evals.judging.prompt import Instrument
    from inoc_evals.protocols.requests import Reply, Request
    from inoc_evals.protocols.trajectory import Trajectory

# A value may lie outside its scale by rounding.
_ROUNDING = 1e-6


@dataclass(frozen=True)
class Measured:
    """Values by key (on the key's scale; None where missing), causes of the missing ones, and what each measure saw."""

    values: Mapping[str, float | None]
    causes: Mapping[str, str]
    details: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Bound:
    """A measure as a run uses it: the task's `name` for it, and its `setting`, with every parameter filled in."""

    name: str
    measure: Measure[Any]
    setting: Any
    scales: Mapping[str, Scale]


def filled(options: Strict, parameters: Mapping[str, str]) -> Strict:
    """`options` with the task's parameters in place of their names."""
    texts = {name: fill(text, parameters) for name, text in templates(options).items()}
    return options.model_copy(update=texts) if texts else options


def check_measures(task: Task, parameters: Mapping[str, str]) -> None:
    """Raise InputError for options with which a measure could read nothing, before any response is paid for."""
    for name, options in task.detectors.items():
        try:
            get_measure(options.detector).check(filled(options, parameters))
        except InputError as error:
            raise InputError(f"measure {name} of task {task.name}: {error}") from None


def check_items(task: Task, parameters: Mapping[str, str], items: Sequence[Item], file: Path) -> None:
    """Raise InputError for an item of `file` without what a measure reads of it, before any response is paid for."""
    for name, options in task.detectors.items():
        setting = filled(options, parameters)
        for item in items:
            try:
                get_measure(options.detector).check_item(setting, item)
            except InputError as error:
                raise InputError.at(file, f"item {item.id!r}, measure {name}: {error}") from None


def check_set(task: Task, parameters: Mapping[str, str], items: Sequence[Item], file: Path) -> None:
    """Raise InputError where none of all `items` of `file` has what a measure was told to look for."""
    for name, options in task.detectors.items():
        try:
            get_measure(options.detector).check_set(filled(options, parameters), items)
        except InputError as error:
            raise InputError.at(file, f"measure {name}: {error}") from None


def bind(
    task: Task,
    parameters: Mapping[str, str],
    instruments: Mapping[str, Instrument],
    rules: Mapping[str, str],
    *,
    reasoning: bool = False,
) -> tuple[Bound, ...]:
    """The measures of `task` for a run, in the order of its values. `instruments` are those of its ratings, and
    `rules` of its outcomes, by name; with `reasoning` judges are shown that too."""
    settings: Mapping[str, Callable[[str, Any], Any]] = {
        "measures": lambda _, options: filled(options, parameters),
        "ratings": lambda name, rating: Asked(
            name, instruments[name], reasoning, tuple(rating.only) if rating.only else None
        ),
        "outcomes": lambda name, outcome: _decided(outcome, rules[name]),
    }
    bound = []
    for kind, name, options in task.instances():
        measure = get_measure(kind)
        scales = {value_key(name, ending): scale for ending, scale in measure.scales(options).items()}
        bound.append(Bound(name, measure, settings[measure.section](name, options), scales))
    return tuple(bound)


def _decided(outcome: Outcome, rule: str) -> Decided:
    return Decided(parse_rule(rule), outcome.otherwise)


def measure(bound: Sequence[Bound], trajectory: Trajectory) -> Generator[Sequence[Request], Sequence[Reply], Measured]:
    """The values of one trajectory, in the order of `bound`.

    Yields what all the measures ask for together, as one list of requests, until none asks any more; is sent the
    replies in the same order. A value that does not apply to the item is left out. Reasoning that never ended is no
    answer, and has no value. Raises WorkError for a measure that does not keep to what it declares.
    """
    if trajectory.unfinished:
        keys = _applying(bound, trajectory)
        return Measured(dict.fromkeys(keys), dict.fromkeys(keys, UNFINISHED))
    readings: dict[str, Reading] = {}
    running = [(each, each.measure.ask(each.setting, trajectory)) for each in bound if each.measure.ask]
    replies: Sequence[Sequence[Reply] | None] = [None] * len(running)
    while running:
        waiting: list[tuple[Bound, Measuring]] = []
        requests: list[Sequence[Request]] = []
        for (each, asking), given in zip(running, replies, strict=True):
            try:
                requests.append(asking.send(given))  # type: ignore[arg-type]  # None starts a generator
                waiting.append((each, asking))
            except StopIteration as end:
                readings |= _kept(each, end.value)
        listed = [request for asked in requests for request in asked]
        following = iter((yield listed) if listed else ())
        running, replies = waiting, [list(islice(following, len(asked))) for asked in requests]
    ordered = _with_derived(bound, readings)
    return Measured(
        values={key: reading.value for key, reading in ordered.items()},
        causes={key: reading.cause for key, reading in ordered.items() if reading.cause is not None},
        details={key: reading.details for key, reading in ordered.items() if reading.details},
    )


def _applying(bound: Sequence[Bound], trajectory: Trajectory) -> list[str]:
    """The keys of the values that apply to the item, for which nobody is asked."""
    unfinished = Reading(None, UNFINISHED)
    readings: dict[str, Reading] = {key: unfinished for each in bound for key in each.scales}
    for each in bound:
        if each.measure.ask:
            asking = each.measure.ask(each.setting, trajectory)
            try:
                next(asking)
            except StopIteration as end:
                readings |= _kept(each, end.value)
            asking.close()
    return list(_with_derived(bound, readings))


def _with_derived(bound: Sequence[Bound], asked: Mapping[str, Reading]) -> dict[str, Reading]:
    """The readings that apply, in the order of `bound`, with those that are made of others."""
    readings = dict(asked)
    for each in bound:
        if each.measure.derive:
            readings |= _kept(each, {"": each.measure.derive(each.setting, readings)})
    return {key: readings[key] for each in bound for key in each.scales if readings[key].cause != DOES_NOT_APPLY}


def read_now(bound: Sequence[Bound], trajectory: Trajectory) -> Measured:
    """The values of one trajectory by measures that ask nobody. Raises WorkError if one does ask."""
    measuring = measure(bound, trajectory)
    try:
        request = next(measuring)[0]
    except StopIteration as end:
        measured: Measured = end.value
        return measured
    raise WorkError(f"a measure asks for {type(request).__name__}, which nobody answers here")


def _kept(bound: Bound, readings: Mapping[str, Reading]) -> dict[str, Reading]:
    """Readings by key, if they are what the measure declares."""
    by_key = {value_key(bound.name, ending): reading for ending, reading in readings.items()}
    if by_key.keys() != bound.scales.keys():
        given, wanted = (", ".join(keys) or "nothing" for keys in (by_key, bound.scales))
        raise WorkError(f"measure {bound.measure.name} gave {given}, but declares {wanted}; correct the measure")
    for key, reading in by_key.items():
        if reading.value is not None and not _on(bound.scales[key], reading.value):
            said = f"measure {bound.measure.name} gave {key} the value {reading.value:g}"
            raise WorkError(f"{said}, which is not on its scale; correct the measure")
    return by_key


def _on(scale: Scale, value: float) -> bool:
    low = -math.inf if scale.low is None else scale.low
    high = math.inf if scale.high is None else scale.high
    return math.isfinite(value) and low - _ROUNDING <= value <= high + _ROUNDING
