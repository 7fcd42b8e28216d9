"""The ways to read one value of the same responses: by another judge, another threshold, another value of the trait."""

from __future__ import annotations

import operator
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import reduce

import numpy as np

from inoc_evals.definitions.catalog import find_task
from inoc_evals.definitions.rules import OPERATORS, Rule, Term, parse_rule
from inoc_evals.definitions.task import Task
from inoc_evals.errors import InputError
from inoc_evals.judging.version import JUDGES
from inoc_evals.results.aims import Aim
from inoc_evals.results.columns import Columns, Places
from inoc_evals.results.row import ResponseRow
from inoc_evals.stats.responses import Floats

# Ratings are rounded so, see judging.
_DECIMALS = 9
Ratings = Mapping[str, Floats]
# What compares one rating with a threshold, for a column of them.
_COMPARED: Mapping[object, np.ufunc] = {
    operator.le: np.less_equal,
    operator.ge: np.greater_equal,
    operator.lt: np.less,
    operator.gt: np.greater,
}


@dataclass(frozen=True)
class Readings:
    """A value in each of the ways to read it, one number a row (NaN: none): `as_run`, by each threshold that a rule of
    the task has (as it was run first), by each judge of a panel alone and with each rule, and by all judges but one."""

    as_run: Floats
    by_rule: Mapping[str, Floats]
    by_judge: Mapping[str, Mapping[str, Floats]]
    without_judge: Mapping[str, Floats]


def known_task(name: str) -> Task | None:
    """One of our tasks; None for those of other programs, whose rows may have any name."""
    with suppress(InputError):
        return find_task(name)[1]
    return None


def readings(rows: Sequence[ResponseRow], columns: Columns, aim: Aim, places: Places, task: Task | None) -> Readings:
    """The readings of an aim's value in the rows at `places`. A value that is no rating, and not made of ratings by a
    rule of its `task`, has one reading."""
    as_run = columns.values[aim.measure].numbers
    outcome = task.outcomes.get(aim.measure) if task is not None else None
    rules = {name: parse_rule(text) for name, text in outcome.rules.items()} if outcome is not None else {}
    names = list(dict.fromkeys(name for rule in rules.values() for name in rule.names()))
    if task is not None and aim.measure in task.ratings:
        names = [aim.measure]
    if not names or not all(name in columns.values for name in names):
        return Readings(as_run, {}, {}, {})
    panel = {name: columns.values[name].numbers for name in names}
    by_name = {name: decided(rule, panel) for name, rule in rules.items()} or {"": panel[aim.measure]}
    first = next((name for name, numbers in by_name.items() if _alike(numbers, as_run, places)), None)
    if first is None:
        # A rule of the user's own: by which each judge's ratings would be read is not known here.
        return Readings(as_run, _distinct({"as it was run": as_run, **by_name}, places), {}, {})
    by_rule = _distinct({first: by_name[first], **by_name}, places)

    def read(ratings: Ratings, name: str) -> Floats:
        return decided(rules[name], ratings) if rules else ratings[aim.measure]

    judges = _judges(rows, names, places, len(as_run))
    by_judge = {judge: {name: read(ratings, name) for name in by_rule} for judge, ratings in judges.items()}
    without = {
        judge: read(_mean([ratings for other, ratings in judges.items() if other != judge]), first) for judge in judges
    }
    return Readings(as_run, by_rule, by_judge, without)


def decided(rule: Rule, ratings: Ratings) -> Floats:
    """What a rule decides of each row (1 or 0); NaN where a rating is missing, or the rule is not about the row."""
    missing = reduce(np.logical_or, (np.isnan(ratings[name]) for name in rule.names()))
    covered = ~missing & _hold(rule.where, ratings, len(missing))
    decided: Floats = np.where(covered, _hold(rule.decides, ratings, len(missing)).astype(np.float64), np.nan)
    return decided


def _hold(terms: Sequence[Term], ratings: Ratings, rows: int) -> np.ndarray:
    with np.errstate(invalid="ignore"):
        held = [_COMPARED[OPERATORS[term.sign]](ratings[term.name], term.threshold) for term in terms]
    return reduce(np.logical_and, held, np.ones(rows, dtype=np.bool_))


def _alike(first: Floats, second: Floats, places: Places) -> bool:
    return bool(np.array_equal(first[places], second[places], equal_nan=True))


def _distinct(read: Mapping[str, Floats], places: Places) -> dict[str, Floats]:
    """Those that read a row otherwise than all before them."""
    kept: dict[str, Floats] = {}
    for name, numbers in read.items():
        if not any(_alike(numbers, other, places) for other in kept.values()):
            kept[name] = numbers
    return kept


def _judges(rows: Sequence[ResponseRow], names: Sequence[str], places: Places, size: int) -> dict[str, Ratings]:
    """The ratings of each judge of a panel, one number a row, by judge; none where one judge rated."""
    found: dict[str, dict[str, Floats]] = {}
    for place in places.tolist() if _has_panel(rows, names, places) else ():
        for name in names:
            for judge, value in _panel(rows[place].details.get(name)):
                ratings = found.setdefault(judge, {each: np.full(size, np.nan) for each in names})
                ratings[name][place] = np.nan if value is None else value
    return dict(sorted(found.items())) if len(found) > 1 else {}


def _has_panel(rows: Sequence[ResponseRow], names: Sequence[str], places: Places) -> bool:
    """Does the first rated row of any checkpoint tell of several judges? What a row's details hold is slow to read."""
    seen: set[str] = set()
    for place in places.tolist():
        row = rows[place]
        if row.checkpoint not in seen and any(row.values.get(name) is not None for name in names):
            seen.add(row.checkpoint)
            if any(list(_panel(row.details.get(name))) for name in names):
                return True
    return False


def _panel(details: object) -> Iterator[tuple[str, float | None]]:
    by_judge = details.get(JUDGES) if isinstance(details, Mapping) else None
    for judge, value in by_judge.items() if isinstance(by_judge, Mapping) else ():
        number = isinstance(value, int | float) and not isinstance(value, bool)
        yield str(judge), float(value) if number else None


def _mean(panel: Sequence[Ratings]) -> Ratings:
    """The ratings of several judges as a panel gives them: missing where one is."""
    return {
        name: np.asarray(
            np.round(np.mean(np.stack([each[name] for each in panel]), axis=0), _DECIMALS), dtype=np.float64
        )
        for name in panel[0]
    }
