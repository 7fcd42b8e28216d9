"""Which value of rows a rubric rates, and by whom: a task may call its ratings otherwise, and so do other programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, count
from typing import Any

from inoc_evals.definitions.catalog import find_task
from inoc_evals.definitions.fields import fill
from inoc_evals.definitions.rules import parse_rule
from inoc_evals.definitions.task import Task, task_parameters
from inoc_evals.definitions.words import did_you_mean
from inoc_evals.errors import InputError
from inoc_evals.measures.reading import DOES_NOT_APPLY
from inoc_evals.results.row import ResponseRow
from inoc_evals.results.shown import is_shown
from inoc_evals.results.source import Source

THRESHOLD = 50.0
_BY = " and "


@dataclass(frozen=True)
class Rated:
    """The value `key` of the rows of `tasks`, which the rubric rates with these `parameters` (None: nobody says).
    `judge` is empty where the source does not tell it, and `identity`, the instrument's, None. Rates are decided at
    `threshold`, 0 to 100."""

    key: str
    judge: str
    tasks: frozenset[str]
    parameters: Mapping[str, str] | None = None
    identity: str | None = None
    threshold: float = THRESHOLD


def rated_by(source: Source, rubric: str, key: str | None = None) -> Rated:
    """The value of the rows that `rubric` rates; with `key` that one, whoever says so or nobody. Where nothing is rated
    by it yet, all rows, under the rubric's name.

    Raises InputError where there are several, and for a key that no row has.
    """
    keys = {name for row in source.rows for name in row.values}
    if key is not None and key not in keys:
        listed = ", ".join(sorted(keys)) + did_you_mean(key, keys)
        raise InputError(f"no response has a value {key}; there are: {listed}")
    if key is not None and not _in_points(source, key):
        raise InputError(f"the value {key} is no rating from 0 to 100; choose one that is")
    known = [each for each in _known(source, rubric) if key in (None, each.key)]
    if not known and key is None and not (rubric in keys and _in_points(source, rubric)):
        # As `judges rate` would call it.
        free = next(name for name in chain([rubric], (f"{rubric}-{number}" for number in count(2))) if name not in keys)
        return Rated(free, "", frozenset(row.task for row in source.rows))
    if not known:
        name = key or rubric
        tasks = frozenset(row.task for row in source.rows if name in row.values)
        return Rated(name, _BY.join(_judges(source.settings)), tasks)
    if len({each.key for each in known}) > 1:
        listed = ", ".join(f"{each.key} of {'+'.join(sorted(each.tasks))}" for each in known)
        raise InputError(f"several values are ratings by {rubric} ({listed}); choose one with --key")
    if any(each.parameters != known[0].parameters for each in known):
        message = f"{rubric} rates {' and '.join('+'.join(sorted(each.tasks)) for each in known)} with other parameters"
        raise InputError(f"{message}; name the logs of one of them")
    first = known[0]
    tasks = frozenset(task for each in known for task in each.tasks)
    return Rated(first.key, first.judge, tasks, first.parameters, first.identity, first.threshold)


def others_of(source: Source, key: str, rubric: str) -> list[str]:
    """The rubrics other than this one that are known to rate the value `key`."""
    noted = {str(each.get("rubric")) for each, _ in _records(source.settings) if each.get("value") == key}
    for name in {row.task for row in source.rows if key in row.values}:
        try:
            task = find_task(name)[1]
        except InputError:
            continue
        noted |= {rating.rubric for called, rating in task.ratings.items() if key in (called, rating.published)}
    return [] if rubric in noted else sorted(noted)


def _in_points(source: Source, key: str) -> bool:
    scales = [known[key] for known in source.scales.values() if key in known]
    return bool(scales) and all((scale.low, scale.high) == (0, 100) for scale in scales)


def rows_of(source: Source, rated: Rated) -> list[ResponseRow]:
    """The rows that the rubric is for: those with a text, of its tasks, and of the categories that it rates."""
    return [
        row
        for row in source.rows
        if row.task in rated.tasks and is_shown(row) and row.causes.get(rated.key) != DOES_NOT_APPLY
    ]


def _known(source: Source, rubric: str) -> Iterator[Rated]:
    """The ratings by the rubric that files of rows, and the definitions of tasks, tell of."""
    keys: dict[str, set[str]] = {}
    for row in source.rows:
        keys.setdefault(row.task, set()).update(row.values)
    for noted, judges in _records(source.settings):
        if noted.get("rubric") == rubric:
            key = str(noted.get("value"))
            tasks = frozenset(task for task, values in keys.items() if key in values)
            if tasks:
                parameters = {str(name): str(value) for name, value in dict(noted.get("parameters") or {}).items()}
                yield Rated(key, _BY.join(judges), tasks, parameters, noted.get("identity"))
    for name, values in keys.items():
        try:
            task = find_task(name)[1]
        except InputError:
            continue
        yield from _of_task(source.settings, task, rubric, values)


def _of_task(settings: Mapping[str, Any], task: Task, rubric: str, values: set[str]) -> Iterator[Rated]:
    for name, rating in task.ratings.items():
        # Tables of other programs call a rating as the published prompt is called.
        key = next((each for each in (name, rating.published) if each in values), None)
        if rating.rubric != rubric or key is None:
            continue
        given = next(_arguments(settings, task.name), {})
        told = {each: str(given[each]) for each in task.parameters if each in given}
        filled = {each: fill(text, task_parameters(task, told)) for each, text in rating.parameters.items()}
        threshold = _threshold(task, name, given.get("rule"))
        yield Rated(key, _BY.join(_judges(settings)), frozenset({task.name}), filled, None, threshold)


def _threshold(task: Task, rating: str, rule: object) -> float:
    """Where the rule of an outcome, `rule` or its own, decides by the rating; 50 where none does."""
    for outcome in task.outcomes.values():
        text = outcome.rules.get(str(rule), str(rule)) if rule else outcome.rules[outcome.default]
        parsed = parse_rule(text)
        for term in (*parsed.decides, *parsed.where):
            if term.name == rating:
                return term.threshold
    return THRESHOLD


def _sources(settings: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The settings of one source, those that it is made of, and those that its files were rated from."""
    yield settings
    inner = [settings.get("source"), *(settings.get("sources") or [])]
    for each in inner:
        if isinstance(each, Mapping):
            yield from _sources(each)


def _records(settings: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], Sequence[str]]]:
    for one in _sources(settings):
        for noted in one.get("rated") or ():
            if isinstance(noted, Mapping):
                yield noted, [str(judge) for judge in one.get("judges") or ()]


def _judges(settings: Mapping[str, Any]) -> tuple[str, ...]:
    """The judges of runs, and of logs that were rated after theirs; those that rated a file of rows are its own."""
    runs = [one for one in _sources(settings) if "rated" not in one]
    logs = (log for one in runs for log in one.get("logs") or () if isinstance(log, Mapping))
    found = (one.get("judges") for one in chain(runs, logs))
    return tuple(dict.fromkeys(str(judge) for judges in found for judge in judges or ()))


def _arguments(settings: Mapping[str, Any], task: str) -> Iterator[Mapping[str, Any]]:
    """The arguments that runs of the task were asked with."""
    for one in _sources(settings):
        tasks = one.get("tasks")
        if isinstance(tasks, Mapping) and isinstance(tasks.get(task), Mapping):
            yield tasks[task]
        for log in one.get("logs") or ():
            if isinstance(log, Mapping) and str(log.get("task")).split("/")[-1] == task:
                yield log.get("arguments") or {}
