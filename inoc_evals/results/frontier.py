"""Every arm by what it keeps away and what it keeps: unwanted against wanted, the worst leak, damage and cost."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from inoc_evals.results.about import Cost
from inoc_evals.results.aims import Aim, Asked
from inoc_evals.results.damage import NO_DAMAGE, Damage, damages, gaps
from inoc_evals.results.fitness import Fit
from inoc_evals.results.grid import Change, Grid
from inoc_evals.results.methods import LEVEL, SIGNIFICANT
from inoc_evals.stats.holm import holm
from inoc_evals.stats.letters import groups
from inoc_evals.stats.seeds import ArmDifference, ArmRate


@dataclass(frozen=True)
class Leak:
    """The `condition`, of `conditions` other than that of deployment, under which an arm shows most of the unwanted
    value; `change` is that minus deployment, corrected for all changes of the grid."""

    condition: str
    conditions: int
    rate: ArmRate
    change: Change | None


@dataclass(frozen=True)
class Point:
    """One arm. `others` are its rates of the other unwanted and wanted values, in their order (None: not asked).
    `dominated_by` are the ways that dominate it; with `by_estimate` there are ways that would, if estimates were
    exact, and it is not told of any."""

    arm: str
    control: bool
    unwanted: ArmRate
    wanted: ArmRate
    others: tuple[ArmRate | None, ...] = ()
    leak: Leak | None = None
    damage: Damage = NO_DAMAGE
    cost: Cost | None = None
    dominated_by: tuple[str, ...] = ()
    by_estimate: tuple[str, ...] = ()


@dataclass(frozen=True)
class Contrast:
    """`arm` minus `other` in one value, paired by question; `p_holm` is corrected for all pairs of ways and both
    values (Holm)."""

    difference: ArmDifference
    p_holm: float = math.nan

    @property
    def told(self) -> int:
        """-1 or 1 where it is told which has more: the interval leaves out 0 and p (Holm) is at most 0.05; else 0."""
        if not self.p_holm <= SIGNIFICANT:
            return 0
        return 1 if self.difference.low > 0 else -1 if self.difference.high < 0 else 0


@dataclass(frozen=True)
class Pair:
    """Two ways in both values, and `arm` minus `other` in each ability."""

    arm: str
    other: str
    unwanted: Contrast
    wanted: Contrast
    abilities: tuple[ArmDifference, ...] = ()

    @property
    def apart(self) -> bool:
        """Can the two be told apart in either value?"""
        return self.unwanted.told != 0 or self.wanted.told != 0


@dataclass(frozen=True)
class Frontier:
    """The arms that have both values, the reference first. `pairs` are all of two ways, `alike` the largest groups of
    ways of which no two can be told apart. `leaks_asked`: was the unwanted value asked for under other conditions?
    `abilities` are values of which less is damage."""

    unwanted: Aim
    wanted: Aim
    others: tuple[Aim, ...]
    points: tuple[Point, ...]
    pairs: tuple[Pair, ...]
    alike: tuple[tuple[str, ...], ...]
    leaks_asked: bool
    abilities: tuple[Aim, ...] = ()

    def pair(self, arm: str, other: str) -> Pair:
        """Two ways, `arm` minus `other`. Raises KeyError for a pair that is not there."""
        for each in self.pairs:
            if (each.arm, each.other) == (arm, other):
                return each
            if (each.other, each.arm) == (arm, other):
                return turned(each)
        raise KeyError((arm, other))


def frontier(asked: Asked, grids: Sequence[Grid], fit: Fit, level: float = LEVEL) -> Frontier | None:
    """The frontier of an experiment's first unwanted and first wanted value; None where it lacks one of them, or no
    arm has both. Counted rates have intervals at `level`."""
    if not asked.unwanted or not asked.wanted:
        return None
    unwanted, wanted = asked.unwanted[0], asked.wanted[0]
    others = (*asked.unwanted[1:], *asked.wanted[1:])
    damage = damages(asked, asked.abilities, fit, level)
    gathered = {arm: (asked.cells(unwanted, arm), asked.cells(wanted, arm)) for arm in asked.arms}
    points = []
    for arm, both in gathered.items():
        rates = [asked.rate(aim, of, level) for aim, of in zip((unwanted, wanted), both, strict=True)]
        if rates[0].n and rates[1].n:
            beside = (asked.rate(aim, asked.cells(aim, arm), level) for aim in others)
            points.append(
                Point(
                    arm,
                    arm not in asked.ways,
                    rates[0],
                    rates[1],
                    tuple(each if each.n else None for each in beside),
                    _leak(grids, unwanted, arm),
                    damage[arm],
                    asked.about.costs.get(arm),
                )
            )
    if not points:
        return None
    ways = [point.arm for point in points if not point.control]

    def contrast(place: int, arm: str, other: str) -> Contrast:
        aim = (unwanted, wanted)[place]
        return Contrast(asked.difference(aim, gathered[arm][place], gathered[other][place], level))

    pairs = _corrected(
        [
            Pair(*both, contrast(0, *both), contrast(1, *both), gaps(asked, asked.abilities, *both, level))
            for both in combinations(ways, 2)
        ]
    )
    asked_for_leaks = any(grid.task == unwanted.task for grid in grids)
    alike, points_judged = _alike(ways, pairs), judged(points, pairs)
    return Frontier(unwanted, wanted, others, points_judged, pairs, alike, asked_for_leaks, asked.abilities)


def judged(points: Sequence[Point], pairs: Sequence[Pair]) -> tuple[Point, ...]:
    """The points with the ways that dominate them; controls neither dominate nor are dominated.

    B dominates A where B's rates are no worse than A's in both values; in one of them B's is better and is told so (see
    `Contrast.told`); and in the other, and in each ability, B is not told to be worse, for which an interval that
    leaves out 0 suffices. Nor does an arm that may be broken dominate one that is not said to be.
    Since the rates must be better as they stand, no ring of arms can dominate each other.
    """
    by_names = {frozenset((pair.arm, pair.other)): pair for pair in pairs}
    ways = [point for point in points if not point.control]
    found = []
    for point in points:
        told: list[str] = []
        estimated: list[str] = []
        for other in ways if not point.control else ():
            pair = by_names.get(frozenset((point.arm, other.arm)))
            if pair is None or not _no_worse(other, point):
                continue
            ahead = pair if pair.arm == other.arm else turned(pair)
            if _more_damaged(other, point, ahead):
                continue
            (told if _dominates(other, point, ahead) else estimated).append(other.arm)
        found.append(replace(point, dominated_by=tuple(told), by_estimate=() if told else tuple(estimated)))
    return tuple(found)


def _no_worse(other: Point, point: Point) -> bool:
    """Is the other at least as good in both values as they stand, and better in one?"""
    gains = (point.unwanted.equal - other.unwanted.equal, other.wanted.equal - point.wanted.equal)
    return min(gains) >= 0 and max(gains) > 0


def _more_damaged(other: Point, point: Point, ahead: Pair) -> bool:
    """Is it told that the other lost more? `ahead` is the other minus the point."""
    is_broken_alone = other.damage.broken and not point.damage.broken
    return is_broken_alone or any(gap.high < 0 for gap in ahead.abilities)


def _dominates(other: Point, point: Point, ahead: Pair) -> bool:
    """`ahead` is the other minus the point."""
    less, more = ahead.unwanted, ahead.wanted
    lower = less.told < 0 and other.unwanted.equal < point.unwanted.equal
    higher = more.told > 0 and other.wanted.equal > point.wanted.equal
    return (lower and not more.difference.high < 0) or (higher and not less.difference.low > 0)


def _corrected(pairs: Sequence[Pair]) -> tuple[Pair, ...]:
    corrected = iter(holm([each.difference.p for pair in pairs for each in (pair.unwanted, pair.wanted)]))
    return tuple(
        replace(
            pair,
            unwanted=replace(pair.unwanted, p_holm=next(corrected)),
            wanted=replace(pair.wanted, p_holm=next(corrected)),
        )
        for pair in pairs
    )


def turned(pair: Pair) -> Pair:
    """The same pair with its arms in the other order."""
    unwanted, wanted = (replace(each, difference=_turned(each.difference)) for each in (pair.unwanted, pair.wanted))
    return Pair(pair.other, pair.arm, unwanted, wanted, tuple(map(_turned, pair.abilities)))


def _turned(gap: ArmDifference) -> ArmDifference:
    """The same with the arms in the other order."""
    these, bounds = gap.on_these_questions, gap.bounds
    return replace(
        gap,
        mean=-gap.mean,
        low=-gap.high,
        high=-gap.low,
        on_these_questions=replace(these, low=-these.high, high=-these.low),
        checkpoints=gap.checkpoints[::-1],
        excluded=gap.excluded[::-1],
        bounds=replace(bounds, low=-bounds.high, high=-bounds.low),
    )


def _alike(ways: Sequence[str], pairs: Sequence[Pair]) -> tuple[tuple[str, ...], ...]:
    places = {arm: place for place, arm in enumerate(ways)}
    apart = [(places[pair.arm], places[pair.other]) for pair in pairs if pair.apart]
    return tuple(tuple(ways[place] for place in group) for group in groups(len(ways), apart) if len(group) > 1)


def _leak(grids: Sequence[Grid], aim: Aim, arm: str) -> Leak | None:
    for grid in grids:
        for value in grid.values if grid.task == aim.task else ():
            for line in value.lines if value.measure == aim.measure else ():
                cell = next((one for one in line.cells if one.condition == line.worst), None)
                if line.arm == arm and cell is not None and cell.rate is not None:
                    others = sum(
                        one.rate is not None and one.condition != grid.presented.reference for one in line.cells
                    )
                    return Leak(cell.condition, others, cell.rate, cell.change)
    return None
