"""Rows as columns: a code for each name, a number for each value, so that hundreds of thousands are walked once."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np
import numpy.typing as npt

from inoc_evals.results.row import ResponseRow
from inoc_evals.stats.responses import Floats, Labels, labels

Places = npt.NDArray[np.intp]
# What is asked first of a trait: does it show where training did not put it?
LEAD = "out_of_distribution"
# The task and, within it, the condition; the category in a task with one condition.
Part = tuple[str, str]


@dataclass(frozen=True)
class Values:
    """One value key: a number per row, NaN where there is none; whether the row has the key at all; and the cause by
    number (-1: none) in `causes`."""

    numbers: Floats
    given: npt.NDArray[np.bool_]
    causes: tuple[str, ...]
    cause: npt.NDArray[np.int32]

    def causes_at(self, places: Places) -> dict[str, int]:
        """How often each cause stands at `places`, by name."""
        codes = self.cause[places]
        counts = np.bincount(codes[codes >= 0], minlength=len(self.causes)).tolist()
        return dict(sorted((name, count) for name, count in zip(self.causes, counts, strict=True) if count))


@dataclass(frozen=True)
class Columns:
    """`places` holds, by part and arm, the numbers of the rows; parts in the order of their tasks' first appearance,
    within one as they are told. `keys` are a task's value keys, as they first appear. In the tasks of `chosen` nothing
    is drawn: asked again, a checkpoint would give the same again."""

    arms: Labels
    checkpoints: Labels
    questions: Labels
    stops: Labels
    places: Mapping[Part, Mapping[str, Places]]
    keys: Mapping[str, tuple[str, ...]]
    values: Mapping[str, Values]
    chosen: frozenset[str]

    def truncated(self, places: Places) -> float:
        """The share of the rows at `places` that the token limit cut off; NaN of none."""
        stops = self.stops.codes[places]
        cut = self.stops.names.index("max_tokens") if "max_tokens" in self.stops.names else -1
        return int((stops == cut).sum()) / len(stops) if len(stops) else math.nan

    def places_of(self, tasks: Collection[str]) -> Places:
        """The numbers of the rows of these tasks."""
        of_tasks = [places for (task, _), by_arm in self.places.items() if task in tasks for places in by_arm.values()]
        return np.concatenate(of_tasks) if of_tasks else np.array([], dtype=np.intp)

    def of_checkpoints(self, wanted: Collection[str]) -> Columns:
        """The same with the `places` of rows of these checkpoints alone."""
        inside = np.array([name in wanted for name in self.checkpoints.names], dtype=np.bool_)
        places = {}
        for part, by_arm in self.places.items():
            chosen = {arm: those[inside[self.checkpoints.codes[those]]] for arm, those in by_arm.items()}
            if chosen := {arm: those for arm, those in chosen.items() if len(those)}:
                places[part] = chosen
        return replace(self, places=places)


def part_of(row: ResponseRow) -> Part:
    """The part of its task to which a row belongs."""
    return row.task, row.condition or row.category


def leading(categories: Sequence[str]) -> str:
    """The one of a task's categories (or conditions) that is said first."""
    return LEAD if LEAD in categories else categories[0]


def columns(
    rows: Sequence[ResponseRow], told: Mapping[str, Sequence[str]], last: Collection[str] = frozenset()
) -> Columns:
    """The rows as columns, in their order. `told` are conditions (or categories) by task, in the order in which they
    are told; others follow as they first appear. Tasks in `last` come behind all others."""
    arms = labels([row.arm for row in rows])
    by_task: dict[str, list[int]] = {}
    for place, row in enumerate(rows):
        by_task.setdefault(row.task, []).append(place)
    by_task = dict(sorted(by_task.items(), key=lambda one: one[0] in last))
    keys = {
        task: tuple(dict.fromkeys(chain.from_iterable(rows[place].values for place in places)))
        for task, places in by_task.items()
    }
    return Columns(
        arms=arms,
        checkpoints=labels([row.checkpoint for row in rows]),
        questions=labels([row.cluster for row in rows]),
        stops=labels([row.stop_reason for row in rows]),
        places=_places(rows, by_task, arms, told),
        keys=keys,
        values={key: _values(rows, key) for key in dict.fromkeys(chain.from_iterable(keys.values()))},
        chosen=frozenset(task for task, places in by_task.items() if all(rows[place].asked.chosen for place in places)),
    )


def _places(
    rows: Sequence[ResponseRow], by_task: Mapping[str, Iterable[int]], arms: Labels, told: Mapping[str, Sequence[str]]
) -> dict[Part, dict[str, Places]]:
    found: dict[Part, dict[str, Places]] = {}
    for task, places in by_task.items():
        of_part: dict[Part, list[int]] = {}
        for place in places:
            of_part.setdefault(part_of(rows[place]), []).append(place)
        first = [(task, name) for name in told.get(task, ()) if (task, name) in of_part]
        for part in dict.fromkeys((*first, *of_part)):
            numbers = of_part[part]
            within = np.array(numbers, dtype=np.intp)
            codes = arms.codes[within]
            found[part] = {arms.names[code]: within[codes == code] for code in dict.fromkeys(codes.tolist())}
    return found


def _values(rows: Sequence[ResponseRow], key: str) -> Values:
    causes = labels([row.causes.get(key, "") for row in rows])
    names = tuple(name for name in causes.names if name)
    numbers = np.array([names.index(name) if name else -1 for name in causes.names], dtype=np.int32)
    return Values(
        numbers=np.array([row.values.get(key) for row in rows], dtype=np.float64),
        given=np.array([key in row.values for row in rows], dtype=np.bool_),
        causes=names,
        cause=numbers[causes.codes],
    )
