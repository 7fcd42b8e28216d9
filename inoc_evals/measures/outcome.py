"""A yes or no made of ratings by a rule, after the fact."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from inoc_evals.definitions.judged import Outcome
from inoc_evals.definitions.rules import Rule, parse_rule
from inoc_evals.definitions.task import Task
from inoc_evals.definitions.words import did_you_mean, shown
from inoc_evals.errors import InputError
from inoc_evals.measures.declaration import Measure
from inoc_evals.measures.rating import NOT_RATED
from inoc_evals.measures.reading import Reading
from inoc_evals.measures.scale import Scale, share


@dataclass(frozen=True)
class Decided:
    """An outcome as a run decides it: by one `rule`; a response that the rule does not cover has the cause
    `otherwise`."""

    rule: Rule
    otherwise: str


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


def _derive(decided: Decided, readings: Mapping[str, Reading]) -> Reading:
    """A missing rating passes its cause on."""
    known: dict[str, float] = {}
    for name in decided.rule.names():
        reading = readings.get(name, Reading(None, NOT_RATED))
        if reading.value is None:
            return Reading(None, reading.cause)
        known[name] = reading.value
    if not decided.rule.covers(known):
        return Reading(None, decided.otherwise)
    return Reading(float(decided.rule.holds(known)))


def _scales(outcome: Outcome) -> Mapping[str, Scale]:
    return {"": share(outcome.called or "")}


MEASURE = Measure("outcome", Outcome, _scales, derive=_derive, section="outcomes")
