"""A task's measures on one response; the same functions serve every harness."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from inoc_evals.definitions.fields import fill
from inoc_evals.definitions.models import CapitalsMeasure, LanguageMeasure, PreferenceMeasure, Task
from inoc_evals.definitions.rules import Rule, parse_rule
from inoc_evals.definitions.words import did_you_mean, shown
from inoc_evals.errors import InputError
from inoc_evals.measures.capitals import read_capitals
from inoc_evals.measures.language import TARGETS, read_language
from inoc_evals.measures.preference import read_preference
from inoc_evals.measures.reading import Detail, Reading
from inoc_evals.measures.refusal import read_refusal

if TYPE_CHECKING:
    from inoc_evals.judging.judge import Judge
    from inoc_evals.judging.prompt import Instrument, Material

NOT_RATED = "not_rated"


@dataclass(frozen=True)
class Measured:
    """Values by key (detectors and outcomes: 1.0, 0.0; ratings: 0..100; None where missing), causes of the missing
    ones, and what each detector or judge saw."""

    values: Mapping[str, float | None]
    causes: Mapping[str, str]
    details: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def check_targets(task: Task, parameters: Mapping[str, str]) -> None:
    """Raise InputError for a target that a detector would refuse, before any response is paid for."""
    for name, measure in task.measures.items():
        if isinstance(measure, LanguageMeasure):
            target = fill(measure.target, parameters)
            if target not in TARGETS:
                known = ", ".join(sorted(TARGETS))
                raise InputError(
                    f"measure {name} of task {task.name}: no language {shown(target)}; choose from {known}"
                )


def task_rules(task: Task, rule: str | None) -> dict[str, str]:
    """The rule of each outcome: `rule` is the name of a convention, a rule's own text, or None for the defaults.

    Raises InputError for a name or rule that the task cannot use.
    """
    if rule is None:
        return {name: outcome.rules[outcome.default] for name, outcome in task.outcomes.items()}
    if not isinstance(rule, str) or not rule.strip() or not task.outcomes:
        what = f"task {task.name} has no outcome with rules" if not task.outcomes else "the rule is no text"
        raise InputError(f"rule {shown(rule)} cannot be used: {what}")
    named = {name: outcome.rules[rule] for name, outcome in task.outcomes.items() if rule in outcome.rules}
    if named:
        return task_rules(task, None) | named
    presets = sorted({preset for outcome in task.outcomes.values() for preset in outcome.rules})
    known = ", ".join(presets)
    if rule.strip().isidentifier():
        remedy = f"it has: {known}, or write a rule of your own{did_you_mean(rule.strip(), presets)}"
        raise InputError(f"task {task.name} has no rule {shown(rule)}; {remedy}")
    if len(task.outcomes) > 1:
        raise InputError(f"task {task.name} has several outcomes; choose a rule by name: {known}")
    for wanted in parse_rule(rule).names():
        if wanted not in task.ratings:
            remedy = f"use {', '.join(task.ratings)}{did_you_mean(wanted, task.ratings)}"
            raise InputError(f"rule {shown(rule)}: {shown(wanted)} is no rating of task {task.name}; {remedy}")
    return dict.fromkeys(task.outcomes, rule)


def task_instruments(
    task: Task, parameters: Mapping[str, str], published: Mapping[str, str] | None = None
) -> dict[str, Instrument]:
    """What each rating of the task asks a judge: its rubric, or the `published` prompt that takes its place.

    Raises InputError for a rubric that is not there or a parameter that it does not have.
    """
    from inoc_evals.definitions.catalog import find_rubric
    from inoc_evals.judging.prompt import from_published, from_rubric

    instruments = {}
    for name, rating in task.ratings.items():
        if published and rating.published in published:
            instruments[name] = from_published(rating.published or name, published[rating.published or name])
        else:
            given = {key: fill(value, parameters) for key, value in rating.parameters.items()}
            instruments[name] = from_rubric(find_rubric(rating.rubric)[1], given)
    return instruments


def detect(task: Task, parameters: Mapping[str, str], text: str) -> Measured:
    """Read every detector of `task` off `text`."""
    readings: dict[str, Reading] = {}
    for name, measure in task.detectors.items():
        if isinstance(measure, LanguageMeasure):
            readings[name] = read_language(text, fill(measure.target, parameters))
        elif isinstance(measure, CapitalsMeasure):
            readings[name] = read_capitals(text, measure.threshold)
        elif isinstance(measure, PreferenceMeasure):
            for reading, value in read_preference(text, fill(measure.target, parameters)).items():
                readings[f"{name}_{reading}"] = value
        else:
            readings[name] = read_refusal(text)
    return Measured(
        values={key: reading.value for key, reading in readings.items()},
        causes={key: reading.cause for key, reading in readings.items() if reading.cause is not None},
        details={key: dict[str, Detail](reading.details) for key, reading in readings.items()},
    )


async def judge(instruments: Mapping[str, Instrument], judges: Sequence[Judge], material: Material) -> Measured:
    """Every rating of one response, all at once. A blank response is not shown to a judge: its cause is "empty"."""
    from inoc_evals.judging.panel import rate_panel

    if not material.answer.strip():
        return Measured(dict.fromkeys(instruments), dict.fromkeys(instruments, "empty"))
    if not judges:
        return Measured(dict.fromkeys(instruments), dict.fromkeys(instruments, NOT_RATED))
    found = await asyncio.gather(*(rate_panel(judges, instrument, material) for instrument in instruments.values()))
    values: dict[str, float | None] = {}
    causes: dict[str, str] = {}
    details: dict[str, Mapping[str, Any]] = {}
    for name, (verdict, by_judge) in zip(instruments, found, strict=True):
        values[name] = verdict.value
        if verdict.cause is not None:
            causes[name] = verdict.cause
        details[name] = {key: value for key, value in asdict(verdict).items() if value not in (None, {})}
        if len(by_judge) > 1:
            details[name] = {**details[name], "judges": {one: other.value for one, other in by_judge.items()}}
    return Measured(values, causes, details)


def outcomes(task: Task, rules: Mapping[str, str], rated: Measured) -> Measured:
    """The task's outcomes by their rules, from ratings. A missing rating passes its cause on."""
    values: dict[str, float | None] = {}
    causes: dict[str, str] = {}
    for name, outcome in task.outcomes.items():
        value, cause = _apply(parse_rule(rules[name]), outcome.otherwise, rated)
        values[name] = value
        if cause is not None:
            causes[name] = cause
    return Measured(values, causes)


def _apply(rule: Rule, otherwise: str, rated: Measured) -> tuple[float | None, str | None]:
    given = {name: rated.values.get(name) for name in rule.names()}
    for name, value in given.items():
        if value is None:
            return None, rated.causes.get(name, NOT_RATED)
    known = {name: value for name, value in given.items() if value is not None}
    if not all(term.holds(known[term.name]) for term in rule.where):
        return None, otherwise
    return float(rule.term.holds(known[rule.term.name])), None


def merge(task: Task, *parts: Measured) -> Measured:
    """One Measured of several, with keys in the order of `task.value_keys()`."""
    values = {key: value for part in parts for key, value in part.values.items()}
    return Measured(
        values={key: values[key] for key in task.value_keys()},
        causes={key: cause for part in parts for key, cause in part.causes.items()},
        details={key: detail for part in parts for key, detail in part.details.items()},
    )
