"""Does the order of two arms survive? Other questions, seeds, judges, thresholds and values of the same trait."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from inoc_evals.definitions.task import Task
from inoc_evals.results.aims import Aim, Asked
from inoc_evals.results.methods import Method
from inoc_evals.results.readings import Readings, known_task, readings
from inoc_evals.results.row import ResponseRow
from inoc_evals.results.verdicts import Verdict
from inoc_evals.stats import worlds
from inoc_evals.stats.responses import Floats
from inoc_evals.stats.tables import Cells
from inoc_evals.stats.worlds import NOTHING, Order, Reading

Source = Literal["questions", "seeds", "judges", "thresholds", "values"]


@dataclass(frozen=True)
class Hang:
    """The order does not stay without one question, training seed or judge, or by another threshold or value, called
    `name`: the difference is `mean` then."""

    source: Source
    name: str
    mean: float


@dataclass(frozen=True)
class Survival:
    """How surely `arm` has less (or more) of a value than `other`.

    `mean` is arm less other, as a share of the scale where that has ends. `order` is of all sources together, `alone`
    of each that can vary; `choices` are how many questions, seeds (of both arms), judges, thresholds and values there
    are to choose from. Both are None and empty where there is no difference. `hangs` are, of each source, the worst
    that turns the order around, or leaves none.
    """

    task: str
    part: str
    measure: str
    method: Method
    arm: str
    other: str
    mean: float
    order: Order | None
    alone: Mapping[str, Order]
    choices: Mapping[str, int]
    hangs: tuple[Hang, ...]


@dataclass(frozen=True)
class _Pair:
    """Two arms' cells by the same questions (names) and each arm's checkpoints, read in every way."""

    questions: tuple[str, ...]
    checkpoints: tuple[tuple[str, ...], tuple[str, ...]]
    as_run: Reading
    by_value: Mapping[str, Reading]
    by_rule: Mapping[str, Reading]
    by_judge: Mapping[str, Reading]
    without_judge: Mapping[str, Reading]
    every: Sequence[Reading]


class Survivals:
    """Answers for pairs of arms. What one pair needed is kept for the next."""

    def __init__(self, rows: Sequence[ResponseRow], asked: Asked) -> None:
        self._rows = rows
        self._asked = asked
        self._tasks: dict[str, Task | None] = {}
        self._readings: dict[Aim, Readings] = {}
        self._cells: dict[tuple[Aim, str, int], Cells] = {}

    def of(self, aim: Aim, arm: str, other: str) -> Survival | None:
        """How the order of two arms survives; None where they have no question in common."""
        pair = self._pair(aim, arm, other)
        if pair is None:
            return None
        mean = worlds.difference(pair.as_run)
        place = (aim.task, aim.part, aim.measure, aim.method, arm, other)
        if math.isnan(mean) or abs(mean) <= NOTHING:
            return Survival(*place, mean, None, {}, _choices(pair), ())
        sign = math.copysign(1.0, mean)
        alone: dict[str, Order] = dict(_alone(pair, sign))
        order = worlds.of_all(pair.every, sign)
        return Survival(*place, mean, order, alone, _choices(pair), tuple(_hangs(pair, sign)))

    def _read(self, aim: Aim) -> Readings:
        if aim not in self._readings:
            places = [self._asked.places(aim, arm) for arm in self._asked.arms]
            together = np.concatenate(places) if places else np.array([], dtype=np.intp)
            if aim.task not in self._tasks:
                self._tasks[aim.task] = known_task(aim.task)
            self._readings[aim] = readings(self._rows, self._asked.columns, aim, together, self._tasks[aim.task])
        return self._readings[aim]

    def _means(self, aim: Aim, arm: str, numbers: Floats) -> Cells:
        # A reading is kept as long as this object, so that its identity is its name.
        key = (aim, arm, id(numbers))
        if key not in self._cells:
            self._cells[key] = self._asked.cells(aim, arm, numbers)
        return self._cells[key]

    def _pair(self, aim: Aim, arm: str, other: str) -> _Pair | None:
        own = self._read(aim)
        first, second = (self._means(aim, name, own.as_run) for name in (arm, other))
        questions = tuple(sorted(set(first.questions) & set(second.questions)))
        if not questions:
            return None
        checkpoints, same_weights = self._checkpoints(first.checkpoints, second.checkpoints)

        def reading(of: Aim, numbers: Floats, chance: float = 1.0) -> Reading:
            both = (self._means(of, name, numbers) for name in (arm, other))
            means = [_aligned(each, names, questions) for each, names in zip(both, checkpoints, strict=True)]
            return Reading(means[0], means[1], chance, same_weights)

        values = {each: self._read(each) for each in (aim, *self._asked.same(aim))}
        every = [reading(of, numbers, chance) for of, numbers, chance in _weighed(values)]
        return _Pair(
            questions,
            checkpoints,
            reading(aim, own.as_run),
            {each.measure: reading(each, of.as_run) for each, of in values.items()},
            {name: reading(aim, numbers) for name, numbers in own.by_rule.items()},
            {name: reading(aim, next(iter(rules.values()))) for name, rules in own.by_judge.items()},
            {name: reading(aim, numbers) for name, numbers in own.without_judge.items()},
            every,
        )

    def _checkpoints(
        self, first: tuple[str, ...], second: tuple[str, ...]
    ) -> tuple[tuple[tuple[str, ...], tuple[str, ...]], bool]:
        """The checkpoints of both arms and, where all are of the same weights, the second ones in the order of the
        first."""
        known = self._asked.weights
        of_first, of_second = ([known.get(name, name) for name in names] for names in (first, second))
        names = dict(zip(of_second, second, strict=True))
        if len(names) != len(second) or sorted(of_first) != sorted(of_second):
            return (first, second), False
        return (first, tuple(names[weights] for weights in of_first)), True


def survival(rows: Sequence[ResponseRow], asked: Asked, verdicts: Sequence[Verdict]) -> tuple[Survival, ...]:
    """Of the first unwanted value: each way against the reference and, if that is another pair, the two ways that have
    least of it. Then the statements of the source that say of a headline value which of two arms has more."""
    survivals = Survivals(rows, asked)
    found: dict[tuple[Aim, frozenset[str]], Survival] = {}
    for aim, arm, other in (*_headline(asked), *_of_statements(asked, verdicts)):
        key = (aim, frozenset((arm, other)))
        if key not in found and (one := survivals.of(aim, arm, other)) is not None:
            found[key] = one
    return tuple(found.values())


def _headline(asked: Asked) -> Iterator[tuple[Aim, str, str]]:
    if not asked.unwanted:
        return
    aim, reference = asked.unwanted[0], asked.arms[0]
    yield from ((aim, arm, reference) for arm in asked.ways if arm != reference)
    means = {arm: asked.cells(aim, arm).table.mean for arm in asked.ways}
    best = sorted((arm for arm, mean in means.items() if not math.isnan(mean)), key=lambda arm: means[arm])
    if len(best) > 1:
        yield aim, best[0], best[1]


def _of_statements(asked: Asked, verdicts: Sequence[Verdict]) -> Iterator[tuple[Aim, str, str]]:
    """Statements about two arms under one condition."""
    for claim, verdict in zip(asked.about.claims, verdicts, strict=True):
        statement = claim.statement
        first, second = statement.first.arm, statement.second.arm
        is_headline = statement.value in asked.headlines.get(verdict.task, {})
        is_order = statement.relation != "within" and len(verdict.parts) == 1
        if is_headline and is_order and isinstance(first, str) and isinstance(second, str):
            yield asked.aim(verdict.task, verdict.parts[0], statement.value), first, second


def _weighed(values: Mapping[Aim, Readings]) -> Iterator[tuple[Aim, Floats, float]]:
    """Every way to read, each value with the same chance, within it each judge, and with that each threshold."""
    for aim, of in values.items():
        by_judge = of.by_judge or {"": of.by_rule or {"": of.as_run}}
        for by_rule in by_judge.values():
            for numbers in by_rule.values():
                yield aim, numbers, 1 / len(values) / len(by_judge) / len(by_rule)


def _aligned(cells: Cells, checkpoints: Sequence[str], questions: Sequence[str]) -> Floats:
    """The means of cells, NaN for those that are not there."""
    means = np.full((len(checkpoints), len(questions)), np.nan)
    rows = {name: place for place, name in enumerate(cells.checkpoints)}
    places = {name: place for place, name in enumerate(cells.questions)}
    there = [(place, places[name]) for place, name in enumerate(questions) if name in places]
    for place, name in enumerate(checkpoints):
        if name in rows and there:
            to, of = zip(*there, strict=True)
            means[place, list(to)] = cells.means[rows[name], list(of)]
    return means


def _choices(pair: _Pair) -> dict[str, int]:
    return {
        "questions": len(pair.questions),
        "seeds": max(map(len, pair.checkpoints)),
        "judges": max(1, len(pair.by_judge)),
        "thresholds": max(1, len(pair.by_rule)),
        "values": len(pair.by_value),
    }


def _alone(pair: _Pair, sign: float) -> Iterator[tuple[Source, Order]]:
    if len(pair.questions) > 1:
        yield "questions", worlds.of_questions(pair.as_run, sign)
    if max(map(len, pair.checkpoints)) > 1:
        yield "seeds", worlds.of_seeds(pair.as_run, sign)
    ways: tuple[tuple[Source, Mapping[str, Reading]], ...] = (
        ("judges", pair.by_judge),
        ("thresholds", pair.by_rule),
        ("values", pair.by_value),
    )
    for source, read in ways:
        if len(read) > 1:
            yield source, worlds.of_readings(list(read.values()), sign)


def _hangs(pair: _Pair, sign: float) -> Iterator[Hang]:
    first, second = worlds.without_each_seed(pair.as_run)
    # Without the only question nothing is left.
    questions = worlds.without_each_question(pair.as_run) if len(pair.questions) > 1 else np.array([])
    left: tuple[tuple[Source, Mapping[str, float]], ...] = (
        ("questions", dict(zip(pair.questions, questions.tolist(), strict=False))),
        ("seeds", _named(_seeds(pair), first) | _named(pair.checkpoints[1], second)),
        ("judges", {name: worlds.difference(each) for name, each in pair.without_judge.items()}),
        ("thresholds", {name: worlds.difference(each) for name, each in pair.by_rule.items()}),
        ("values", {name: worlds.difference(each) for name, each in pair.by_value.items()}),
    )
    for source, differences in left:
        told = {name: mean for name, mean in differences.items() if not math.isnan(mean)}
        worst = min(told, key=lambda name: sign * told[name], default=None)
        if worst is not None and sign * told[worst] <= NOTHING:
            yield Hang(source, worst, told[worst])


def _seeds(pair: _Pair) -> Sequence[str]:
    """What the first arm's seeds are called: with the second arm's where one cannot be left out without the other."""
    first, second = pair.checkpoints
    if not pair.as_run.same_weights:
        return first
    return [one if one == other else f"{one} and {other}" for one, other in zip(first, second, strict=True)]


def _named(names: Sequence[str], differences: Floats) -> dict[str, float]:
    return dict(zip(names, differences.tolist(), strict=False))
