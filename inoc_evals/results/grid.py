"""Training prompt x evaluation prompt: every arm under every condition, against itself under the reference one."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from inoc_evals.measures.scale import Scale
from inoc_evals.results.columns import Columns, Places
from inoc_evals.results.methods import Method, method_of, span_of
from inoc_evals.results.presented import Presented, Shown
from inoc_evals.stats.holm import holm
from inoc_evals.stats.responses import Responses
from inoc_evals.stats.seeds import ArmDifference, ArmRate, arm_rate, difference, rate
from inoc_evals.stats.tables import Cells, cells

NAN = math.nan


@dataclass(frozen=True)
class Change:
    """An arm under a condition (or under all) minus itself under the reference condition, paired by question. `p_holm`
    is corrected for all changes of the task's grid (Holm)."""

    difference: ArmDifference
    p_holm: float = NAN


@dataclass(frozen=True)
class Excess:
    """By how much a condition changes an arm more than it changes the reference arm, paired by question, with a 95%
    interval for questions like these (clustered t): what a prompt brings out of anybody is not in it. NaN for fewer
    than two questions."""

    mean: float
    low: float
    high: float
    questions: int


@dataclass(frozen=True)
class Cell:
    """One arm under one condition; `rate` is None where it was not asked. `own`: the condition was made of the prompt
    that this arm was trained under. `change` is None under the reference condition and without one, `excess` for the
    reference arm too."""

    condition: str
    own: bool
    rate: ArmRate | None
    change: Change | None
    excess: Excess | None


@dataclass(frozen=True)
class Line:
    """One arm's cells, in the order of the conditions. `worst` is the condition, other than the reference, with the
    most of a value or, of a wanted one, the least; `mean` is over all responses under such conditions, and
    `mean_change` that mean minus the reference."""

    arm: str
    cells: tuple[Cell, ...]
    worst: str | None
    mean: ArmRate | None
    mean_change: Change | None


@dataclass(frozen=True)
class GridValue:
    """One value of a task, arm by arm. With `least` a small number is what one fears."""

    measure: str
    method: Method
    least: bool
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Grid:
    """All arms under all conditions of one task, for each of its headline values."""

    task: str
    presented: Presented
    values: tuple[GridValue, ...]


@dataclass(frozen=True)
class Compared:
    """What is compared: rows as columns, the scales of each task's headline values, the arms, of which the first is the
    one that all others are compared with, and the values that are `wanted`."""

    columns: Columns
    headlines: Mapping[str, Mapping[str, Scale]]
    arms: tuple[str, ...]
    wanted: Sequence[str]


def grids(presented: Mapping[str, Presented], given: Compared) -> tuple[Grid, ...]:
    """The grid of each task that was asked under several conditions, as `presented` says of it by task."""
    made = []
    for task, how in presented.items():
        if sum((task, name) in given.columns.places for name in how.names) > 1:
            values = [_Value(given, task, key, how).computed() for key in given.headlines[task]]
            made.append(Grid(task, how, _corrected([value for value in values if value.lines])))
    return tuple(made)


@dataclass(frozen=True)
class _Value:
    """One value of a task before it is computed."""

    given: Compared
    task: str
    key: str
    presented: Presented

    def computed(self) -> GridValue:
        """The changes are not corrected yet."""
        lines = tuple(self._line(arm) for arm in self.given.arms)
        asked = tuple(line for line in lines if any(cell.rate is not None for cell in line.cells))
        return GridValue(self.key, method_of(self._scale), self._is_wanted, self._with_worst(asked))

    @property
    def _scale(self) -> Scale:
        return self.given.headlines[self.task][self.key]

    @property
    def _is_wanted(self) -> bool:
        return self.key in self.given.wanted

    def _line(self, arm: str) -> Line:
        """One arm; which of its cells is the worst is not told yet."""
        reference = self.presented.reference
        base = self._cells([reference], arm) if reference is not None else None
        made = tuple(self._cell(arm, one, base) for one in self.presented.shown)
        every = self._cells([name for name in self.presented.names if name != reference], arm)
        if every is None:
            return Line(arm, made, None, None, None)
        change = Change(difference(every, base, self._shares)) if base is not None else None
        return Line(arm, made, None, rate(every, self._shares), change)

    def _cell(self, arm: str, shown: Shown, base: Cells | None) -> Cell:
        here, own = self._cells([shown.name], arm), arm in shown.of
        if here is None:
            return Cell(shown.name, own, None, None, None)
        rated = rate(here, self._shares)
        if base is None or shown.name == self.presented.reference:
            return Cell(shown.name, own, rated, None, None)
        change = Change(difference(here, base, self._shares))
        return Cell(shown.name, own, rated, change, self._excess(arm, shown.name, (here, base)))

    def _excess(self, arm: str, condition: str, of_arm: tuple[Cells, Cells]) -> Excess | None:
        first, reference = self.given.arms[0], self.presented.reference
        if reference is None or arm == first:
            return None
        there, base = self._cells([condition], first), self._cells([reference], first)
        return None if there is None or base is None else excess(of_arm, (there, base))

    def _with_worst(self, lines: Sequence[Line]) -> tuple[Line, ...]:
        sign = -1 if self._is_wanted else 1

        def worst(line: Line) -> str | None:
            others = [
                (sign * cell.rate.equal, cell.condition)
                for cell in line.cells
                if cell.rate is not None and cell.condition != self.presented.reference and cell.rate.n
            ]
            # The first of those that are alike.
            return max(others, key=lambda each: each[0])[1] if others else None

        return tuple(replace(line, worst=worst(line)) for line in lines)

    def _cells(self, conditions: Sequence[str], arm: str) -> Cells | None:
        """The responses of an arm under these conditions that have the value; None without any."""
        columns = self.given.columns
        values, nothing = columns.values[self.key], np.array([], dtype=np.intp)
        by_condition = (columns.places.get((self.task, name), {}).get(arm, nothing) for name in conditions)
        places: Places = np.concatenate([nothing, *by_condition])
        places = places[values.given[places]]
        if not len(places):
            return None
        scale = self._scale
        whose = (columns.questions.at(places), columns.checkpoints.at(places))
        return cells(Responses(values.numbers[places], *whose, span_of(scale), scale.averaged == "exact"))

    @property
    def _shares(self) -> tuple[float, float] | None:
        return None if span_of(self._scale) is None else (0.0, 1.0)


def excess(of_arm: tuple[Cells, Cells], of_reference: tuple[Cells, Cells]) -> Excess:
    """How much more an arm changes than the reference arm does; each pair is under a condition and under the reference
    condition."""
    tables = [each.table for each in (*of_arm, *of_reference)]
    common = sorted(set.intersection(*(set(table.questions) for table in tables)))
    if not common:
        return Excess(NAN, NAN, NAN, 0)
    here, base, there, base_there = (table.only(common).question_means for table in tables)
    found = arm_rate(Responses((here - base) - (there - base_there), common, [""] * len(common), None))
    return Excess(found.equal, found.low, found.high, len(common))


def _corrected(values: Sequence[GridValue]) -> tuple[GridValue, ...]:
    """The values with their changes corrected, all of them as one family."""
    changes = [change for value in values for line in value.lines for change in _changes(line)]
    corrected = iter(holm([change.difference.p for change in changes]))
    # In the order of `_changes`.
    return tuple(
        replace(
            value,
            lines=tuple(
                replace(
                    line,
                    cells=tuple(replace(cell, change=_with_p(cell.change, corrected)) for cell in line.cells),
                    mean_change=_with_p(line.mean_change, corrected),
                )
                for line in value.lines
            ),
        )
        for value in values
    )


def _changes(line: Line) -> Iterator[Change]:
    yield from (cell.change for cell in line.cells if cell.change is not None)
    if line.mean_change is not None:
        yield line.mean_change


def _with_p(change: Change | None, corrected: Iterator[float]) -> Change | None:
    return None if change is None else replace(change, p_holm=next(corrected))
