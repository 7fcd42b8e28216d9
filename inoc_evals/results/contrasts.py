"""What the levels of a factor change in each arm, within questions, and whether that is more than in the reference."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from inoc_evals.definitions.joins import Contrast
from inoc_evals.measures.scale import Scale
from inoc_evals.results.columns import Columns, Places
from inoc_evals.results.methods import Method, method_of, span_of
from inoc_evals.results.rounds import allowing
from inoc_evals.results.row import ResponseRow
from inoc_evals.stats.contrasts import Effect, effect, effect_difference, level_tables
from inoc_evals.stats.holm import holm
from inoc_evals.stats.responses import Responses
from inoc_evals.stats.tables import Table


@dataclass(frozen=True)
class LevelContrast:
    """A `level` of the contrast `factor` less its `reference_level`, in one arm; a share on a scale with ends.

    `change` is that less the same of the arm that all are compared with, None for that arm and where it has none. The
    correction (Holm) of `p_holm` is over all contrasts of all arms, that of `change_p_holm` over all changes."""

    task: str
    category: str
    measure: str
    factor: str
    level: str
    reference_level: str
    arm: str
    effect: Effect
    p_holm: float
    change: Effect | None
    change_p_holm: float
    method: Method


@dataclass(frozen=True)
class _Factors:
    """Contrasts of one value: their names, what they are `by`, and their levels, the reference before the others."""

    names: tuple[str, ...]
    by: tuple[str, ...]
    levels: tuple[tuple[str, ...], ...]


def level_contrasts(
    rows: Sequence[ResponseRow],
    found: Columns,
    declared: Mapping[str, Mapping[str, Contrast]],
    scales: Mapping[str, Mapping[str, Scale]],
    arms: Sequence[str],
    level: Callable[[Scale], float],
) -> tuple[LevelContrast, ...]:
    """The contrasts of every task and part, in the order of `found`, which are the columns of `rows`.

    `scales` are those of values by task and key; of `arms` the first is the one that all are compared with. Intervals
    of a value have the `level` of its scale. A contrast whose reference level no row has is left out.
    """
    made: list[LevelContrast] = []
    for (task, part), by_arm in found.places.items():
        for key in dict.fromkeys(contrast.value for contrast in declared.get(task, {}).values()):
            if key not in scales[task]:
                continue
            of_value = {name: told for name, told in declared[task].items() if told.value == key}
            factors = _factors(of_value, [rows[place] for places in by_arm.values() for place in places])
            tables = {
                arm: _tables(rows, found, by_arm[arm], (key, scales[task][key]), factors)
                for arm in arms
                if arm in by_arm and factors.names
            }
            scale = scales[task][key]
            made += _of_part((task, part, key), tables, factors, arms[0], (method_of(scale), level(scale)))
    return _corrected(made)


def _factors(of_value: Mapping[str, Contrast], rows: Sequence[ResponseRow]) -> _Factors:
    kept = []
    for name, told in of_value.items():
        there = dict.fromkeys(row.levels[told.by] for row in rows if told.by in row.levels)
        if told.reference in there:
            others = [level for level in there if level != told.reference]
            kept.append((name, told.by, (told.reference, *_in_order(others))))
    names, by, levels = zip(*kept, strict=True) if kept else ((), (), ())
    return _Factors(names, by, levels)


def _in_order(levels: Sequence[str]) -> list[str]:
    """By number, where all are numbers; otherwise as they first appear."""
    try:
        return sorted(levels, key=float)
    except ValueError:
        return list(levels)


def _tables(
    rows: Sequence[ResponseRow], found: Columns, places: Places, value: tuple[str, Scale], factors: _Factors
) -> tuple[tuple[Table, ...], ...]:
    """By factor and level, the effect in every question of every checkpoint of one arm."""
    key, scale = value
    whole = [place for place in places if all(by in rows[place].levels for by in factors.by)]
    within = np.array(whole, dtype=np.intp)
    codes = np.array(
        [
            [of.index(rows[place].levels[by]) for by, of in zip(factors.by, factors.levels, strict=True)]
            for place in whole
        ],
        dtype=np.int64,
    ).reshape(len(whole), len(factors.by))
    numbers = found.values[key].numbers[within]
    if (span := span_of(scale)) is not None:
        numbers = (numbers - span[0]) / (span[1] - span[0])
    given = Responses(numbers, found.questions.at(within), found.checkpoints.at(within), None)
    return level_tables(given, codes, [len(levels) for levels in factors.levels])


def _of_part(
    place: tuple[str, str, str],
    tables: Mapping[str, tuple[tuple[Table, ...], ...]],
    factors: _Factors,
    reference: str,
    told: tuple[Method, float],
) -> Iterator[LevelContrast]:
    method, level = told
    for number, (name, levels) in enumerate(zip(factors.names, factors.levels, strict=True)):
        for step, other in enumerate(levels[1:]):
            of_arm = {arm: each[number][step] for arm, each in tables.items()}
            base = of_arm.get(reference)
            for arm, cells in of_arm.items():
                own, change = allowing(effect(cells, level), level), None
                if arm != reference and base is not None:
                    change = allowing(effect_difference(cells, base, level), level)
                names = (name, other, levels[0], arm)
                yield LevelContrast(*place, *names, own, math.nan, change, math.nan, method)


def _corrected(made: Sequence[LevelContrast]) -> tuple[LevelContrast, ...]:
    own = holm([one.effect.p for one in made])
    changes = iter(holm([one.change.p for one in made if one.change is not None]))
    return tuple(
        replace(one, p_holm=p, change_p_holm=next(changes) if one.change is not None else math.nan)
        for one, p in zip(made, own, strict=True)
    )
