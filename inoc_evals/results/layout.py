"""Rows laid out for statistics: as columns, with the values of each task, and the arms in their order."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from inoc_evals.measures.scale import Scale
from inoc_evals.results.columns import Columns, Places, columns
from inoc_evals.results.methods import LEVEL, Method, method_of, own_level, span_of
from inoc_evals.results.rounds import Rounds
from inoc_evals.results.source import Source
from inoc_evals.stats.responses import Responses, Span
from inoc_evals.stats.seeds import ArmRate, rate
from inoc_evals.stats.tables import Cells, cells


@dataclass(frozen=True)
class TaskValues:
    """The value keys of one task: `headline` for tables and figures; `keys` are all of them, headline first."""

    headline: tuple[str, ...]
    keys: tuple[str, ...]
    scales: Mapping[str, Scale]

    @property
    def numbers(self) -> tuple[str, ...]:
        """The keys that are no yes or no."""
        return tuple(key for key in self.keys if self.scales[key].averaged != "share")


@dataclass(frozen=True)
class ArmValues:
    """One arm's responses to one part of a task, for one value; `places` are their rows. Intervals are computed at
    `level`; on a scale with ends all are shares of its range."""

    arm: str
    places: Places
    responses: Responses
    cells: Cells
    rate: ArmRate
    level: float


@dataclass(frozen=True)
class PartValues:
    """One value in one part of a task, which is a category or a condition, with the responses of each arm that have
    it."""

    task: str
    category: str
    measure: str
    scale: Scale
    is_headline: bool
    arms: tuple[ArmValues, ...]

    @property
    def where(self) -> tuple[str, str, str]:
        """Task, category (or condition) and value key."""
        return self.task, self.category, self.measure

    @property
    def method(self) -> Method:
        """How the values are summed up."""
        return method_of(self.scale)


@dataclass(frozen=True)
class Layout:
    """The rows as `columns`, the values of `tasks`, and all arms; the first one is that with which others are compared.
    Intervals of what is counted have the `level`."""

    columns: Columns
    tasks: Mapping[str, TaskValues]
    arms: tuple[str, ...]
    level: float

    @property
    def headlines(self) -> dict[str, dict[str, Scale]]:
        """By task the scales of its headline values."""
        return {task: {key: values.scales[key] for key in values.headline} for task, values in self.tasks.items()}

    def of_checkpoints(self, wanted: Collection[str]) -> Layout:
        """The same with the rows of these checkpoints alone."""
        return replace(self, columns=self.columns.of_checkpoints(wanted))

    def parts(self) -> Iterator[PartValues]:
        """Every value in every category (or condition) that is a headline or no yes or no, where a response has it;
        headline values first."""
        for (task, category), by_arm in self.columns.places.items():
            values = self.tasks[task]
            for key in values.keys:
                is_headline = key in values.headline
                if is_headline or values.scales[key].averaged != "share":
                    having = {arm: self.having(key, places) for arm, places in by_arm.items()}
                    if any(map(len, having.values())):
                        arms = tuple(self.arm_values(task, key, arm, having.get(arm, _NOTHING)) for arm in self.arms)
                        yield PartValues(task, category, key, values.scales[key], is_headline, arms)

    def having(self, key: str, places: Places) -> Places:
        """Those of these rows that have the value, with a number or a cause."""
        having: Places = places[self.columns.values[key].given[places]]
        return having

    def arm_values(self, task: str, key: str, arm: str, places: Places) -> ArmValues:
        """The value `key` of `task` in these rows. Raises ValueError for one outside its scale, but for rounding."""
        scale = self.tasks[task].scales[key]
        level, span = own_level(method_of(scale), self.level), span_of(scale)
        whose = (self.columns.questions.at(places), self.columns.checkpoints.at(places))
        responses = Responses(self.columns.values[key].numbers[places], *whose, span, scale.averaged == "exact")
        by_question = cells(responses)
        return ArmValues(arm, places, responses, by_question, rate(by_question, shares(span), level), level)


_NOTHING = np.array([], dtype=np.intp)


def shares(span: Span | None) -> Span | None:
    """Findings on a scale with ends are shares of its range."""
    return None if span is None else (0.0, 1.0)


def lay_out(source: Source, reference: str | None) -> Layout:
    """All rows of `source`, with every arm that it names or that has rows; `reference`, by default the first of them,
    before the others."""
    rows = columns(source.rows, _told(source), source.side_effects)
    named = tuple(dict.fromkeys((*source.arms, *rows.arms.names)))
    first = reference if reference is not None or not named else named[0]
    arms = tuple(dict.fromkeys((first, *named))) if first is not None else ()
    tasks = {task: _task_values(source, task, keys) for task, keys in rows.keys.items()}
    return Layout(rows, tasks, arms, level_of(source.rounds))


def level_of(rounds: Rounds | None) -> float:
    """The level of counted intervals, which is higher where sampling stopped by them."""
    return rounds.level if rounds is not None else LEVEL


def _told(source: Source) -> dict[str, list[str]]:
    """The order in which the conditions of each task are told: that of the run, and before all others the one that an
    experiment's statements speak of first, where each of them names its own."""
    told = {task: list(how.names) for task, how in source.presented.items()}
    sides = [claim.statement.first for claim in source.about.claims] if source.about is not None else []
    named = [side.condition for side in sides]
    first = named[0] if named and None not in named else None
    return {task: sorted(names, key=lambda name: name != first) for task, names in told.items()}


def _task_values(source: Source, task: str, keys: Sequence[str]) -> TaskValues:
    headline = tuple(key for key in source.headlines.get(task, ()) if key in keys)
    if source.about is not None:
        headline = tuple(sorted(headline, key=source.about.rank))
    ordered = (*headline, *(key for key in keys if key not in headline))
    return TaskValues(headline, ordered, {key: source.scales[task][key] for key in ordered})
