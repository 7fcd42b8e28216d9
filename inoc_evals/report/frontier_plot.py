"""What the picture of a frontier shows, on the page and on paper alike: points with intervals, leaks, and two axes."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from inoc_evals.report.labels import Box
from inoc_evals.report.pictures import Ruler
from inoc_evals.report.texts import level, number, shorten, value_name
from inoc_evals.results.aims import Aim
from inoc_evals.results.findings import Findings
from inoc_evals.results.frontier import Frontier, Point
from inoc_evals.results.methods import Method
from inoc_evals.stats.seeds import ArmRate

# So many arms have their names in the picture; of more, those that are not dominated come first.
NAMED = 18
# The least that an axis of shares shows, and its steps.
_LEAST, _STEP = 0.2, 0.1


@dataclass(frozen=True)
class Bar:
    """A mean and the ends of its interval, which are the mean where there is none."""

    low: float
    mean: float
    high: float


@dataclass(frozen=True)
class Shown:
    """One arm in the picture, and what is said of it aloud. `leak` is the unwanted value under its worst prompt."""

    arm: str
    unwanted: Bar
    wanted: Bar
    leak: float | None
    control: bool
    dominated: bool
    named: bool
    aloud: str


@dataclass(frozen=True)
class Plot:
    """The arms, and both axes with what they are called."""

    arms: tuple[Shown, ...]
    across: Ruler
    upright: Ruler
    across_name: str
    upright_name: str

    @property
    def aloud(self) -> str:
        """The picture in words."""
        told = "; ".join(one.aloud for one in self.arms)
        return f"Across {self.across_name}, up {self.upright_name}: {told}"


def plot(found: Findings, frontier: Frontier) -> Plot:
    """The picture of a frontier."""
    points = frontier.points
    order = sorted(range(len(points)), key=lambda place: (bool(points[place].dominated_by), points[place].control))
    named = {points[place].arm for place in order[:NAMED]}
    arms = tuple(_shown(point, frontier, point.arm in named) for point in points)
    across = [value for one in arms for value in (one.unwanted.low, one.unwanted.high, one.leak) if value is not None]
    upright = [end for one in arms for end in (one.wanted.low, one.wanted.high)]
    return Plot(
        arms,
        _ruler(frontier.unwanted.method, across),
        _ruler(frontier.wanted.method, upright),
        axis_name(found, frontier.unwanted),
        axis_name(found, frontier.wanted),
    )


def axis_name(found: Findings, aim: Aim) -> str:
    """What an axis is called: the value, and its unit."""
    scale = found.tasks[aim.task].scales[aim.measure]
    unit = scale.unit if aim.method == "open mean" else "%"
    return ", ".join(filter(None, (value_name(found, aim.task, aim.measure), unit)))


def _shown(point: Point, frontier: Frontier, named: bool) -> Shown:
    leak = point.leak.rate.equal if point.leak is not None else None
    told = [
        f"{shorten(point.arm, 60)}: {level(point.unwanted, frontier.unwanted.method)}",
        level(point.wanted, frontier.wanted.method),
    ]
    told += [f"worst leak {number(leak, frontier.unwanted.method)}"] if leak is not None else []
    told += ["control"] if point.control else []
    told += ["dominated"] if point.dominated_by else []
    dominated = bool(point.dominated_by)
    return Shown(
        point.arm, _bar(point.unwanted), _bar(point.wanted), leak, point.control, dominated, named, ", ".join(told)
    )


def covered(arms: Sequence[Shown], place: Callable[[float, float], tuple[float, float]]) -> list[Box]:
    """What names should not stand on: points, their bars, and leaks; `place` says where values of both axes stand."""
    marks = []
    for one in arms:
        x, y = place(one.unwanted.mean, one.wanted.mean)
        left, bottom = place(one.unwanted.low, one.wanted.low)
        right, top = place(one.unwanted.high, one.wanted.high)
        low, high = min(bottom, top), max(bottom, top)
        marks += [Box(x - 5, y - 5, x + 5, y + 5), Box(left, y - 1, right, y + 1), Box(x - 1, low, x + 1, high)]
        if one.leak is not None:
            leak, _ = place(one.leak, one.wanted.mean)
            marks.append(Box(leak - 5, y - 5, leak + 5, y + 5))
    return marks


def _bar(rate: ArmRate) -> Bar:
    low, high = (rate.equal if math.isnan(end) else end for end in (rate.low, rate.high))
    return Bar(low, rate.equal, high)


def _ruler(method: Method, values: list[float]) -> Ruler:
    """An axis that holds all values: in steps of ten points for shares, else with a little room."""
    low, high = min(values), max(values)
    if method == "open mean":
        room = 0.05 * (high - low) or 0.5
        return Ruler(low - room, high + room, method)
    # Sums of tenths are not exact.
    first, last = math.floor(round(low / _STEP, 9)), math.ceil(round(high / _STEP, 9))
    while (last - first) * _STEP < _LEAST - 1e-9:
        first, last = max(0, first - 1), min(10, last + 1)
    return Ruler(round(first * _STEP, 1), round(last * _STEP, 1), method)
