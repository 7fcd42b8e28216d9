"""Curves over the steps of training as a picture of the page. Lengths are those of the SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from inoc_evals.report.pictures import RIGHT, Ruler

# Numbers of the axes stand to the left and below. Points keep off both ends, so that those beside them stay inside.
_FIRST, _LAST, _TOP, _BOTTOM = 52.0, RIGHT - 12, 8.0, 168.0
_HEIGHT = 190.0
# Arms at one step stand beside each other, so that their intervals are seen.
_APART, _WIDEST = 5.0, 20.0
Rows = tuple[tuple[int, tuple[str, ...]], ...]


@dataclass(frozen=True)
class Dot:
    """One value (NaN: none) after so many steps, with the ends of its interval, and what it says in words."""

    step: int
    value: float
    low: float
    high: float
    text: str


@dataclass(frozen=True)
class Series:
    """What one line goes through; `colour` is the number of the arm's."""

    name: str
    colour: int
    dots: tuple[Dot, ...]
    dashed: bool = False


@dataclass(frozen=True)
class Mark:
    """One point, with its interval from `low` to `high`, None where there is none. Lengths are those of the SVG."""

    x: float
    y: float
    low: float | None
    high: float | None
    text: str


@dataclass(frozen=True)
class Line:
    """One arm: its points, the line through them, and the number of its colour."""

    arm: str
    colour: int
    dashed: bool
    marks: tuple[Mark, ...]

    @property
    def path(self) -> str:
        """The points of the line as SVG has them."""
        return " ".join(f"{mark.x},{mark.y}" for mark in self.marks)


@dataclass(frozen=True)
class Label:
    """A number on an axis, at `place`."""

    place: float
    text: str


@dataclass(frozen=True)
class Picture:
    """One value's curves, and the same as a table: a row a step, a cell an arm."""

    name: str
    height: float
    bottom: float
    levels: tuple[Label, ...]
    steps: tuple[Label, ...]
    lines: tuple[Line, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]

    @property
    def aloud(self) -> str:
        """What the picture shows, for those who do not see it."""
        return f"{self.name}. " + ". ".join(
            f"{line.arm}: {'; '.join(m.text for m in line.marks)}" for line in self.lines
        )


def picture(name: str, series: Sequence[Series], levels: Ruler, last: int, rows: Rows) -> Picture:
    """The lines of `series` between the ends of `levels`, on an axis from 0 to the step `last`, and the `rows` of the
    table below."""
    last = max(last, 1)
    steps = sorted({dot.step for one in series for dot in one.dots})
    lines = []
    for place, one in enumerate(series):
        shift = min(_APART, _WIDEST / len(series)) * (place - (len(series) - 1) / 2)
        marks = tuple(mark for dot in one.dots if (mark := _mark(dot, levels, last, shift)) is not None)
        lines.append(Line(one.name, one.colour, one.dashed, marks))
    named = dict.fromkeys((0, last, *(step for step in steps if _is_apart(step, last))))
    return Picture(
        name=name,
        height=_HEIGHT,
        bottom=_BOTTOM,
        levels=tuple(Label(_y(tick / 4, Ruler()) or _BOTTOM, levels.ticks[tick].text) for tick in range(5)),
        steps=tuple(Label(_x(step, last), str(step)) for step in sorted(named)),
        lines=tuple(lines),
        rows=rows,
    )


def _mark(dot: Dot, levels: Ruler, last: int, shift: float) -> Mark | None:
    y = _y(dot.value, levels)
    if y is None:
        return None
    return Mark(round(_x(dot.step, last) + shift, 2), y, _y(dot.low, levels), _y(dot.high, levels), dot.text)


def _x(step: int, last: int) -> float:
    return round(_FIRST + (_LAST - _FIRST) * step / last, 2)


def _y(value: float, levels: Ruler) -> float | None:
    percent = levels.percent(value)
    return None if percent is None else round(_BOTTOM - (_BOTTOM - _TOP) * percent / 100, 2)


def _is_apart(step: int, last: int) -> bool:
    """Is there room for its number between those at both ends?"""
    return 0.12 <= step / last <= 0.85
