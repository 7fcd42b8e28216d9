"""Rates and histograms -> where things stand in the report's pictures. Lengths are in units of the SVG."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from inoc_evals.report.checkpoints import CheckpointRate
from inoc_evals.report.distributions import Histogram
from inoc_evals.report.table import Line, interval_text, percent

# As wide as a small phone, so that the text keeps its size there.
WIDTH = 340
LEFT, RIGHT = 10.0, 330.0
ROW = 40.0
TOP = 6.0
TICKS = (0, 25, 50, 75, 100)
COLOURS = 8
BAR_HEIGHT = 26.0


@dataclass(frozen=True)
class Tick:
    """A number on the axis from 0 to 100."""

    x: float
    text: str


AXIS = tuple(Tick(LEFT + (RIGHT - LEFT) * value / 100, str(value)) for value in TICKS)


@dataclass(frozen=True)
class Dot:
    """One checkpoint's rate."""

    x: float
    y: float
    text: str


@dataclass(frozen=True)
class Track:
    """One arm: its name and numbers above a line with the interval, the rate and the checkpoints. `x`, `low` and
    `high` are None where there is no rate."""

    arm: str
    numbers: str
    colour: int
    text_y: float
    y: float
    x: float | None
    low: float | None
    high: float | None
    dots: tuple[Dot, ...]


@dataclass(frozen=True)
class Panel:
    """The arms' rates for one task, category and measure."""

    title: str
    tracks: tuple[Track, ...]
    bottom: float
    height: float


@dataclass(frozen=True)
class Bar:
    """One bin of a histogram."""

    x: float
    y: float
    width: float
    height: float
    text: str


@dataclass(frozen=True)
class BarRow:
    """One arm's histogram, scaled to its own highest bin. `missing` counts responses without a rating, by cause."""

    arm: str
    numbers: str
    colour: int
    text_y: float
    base: float
    bars: tuple[Bar, ...]
    mean: float | None
    missing: str


@dataclass(frozen=True)
class BarPanel:
    """The arms' histograms of one rating in one task and category."""

    title: str
    rows: tuple[BarRow, ...]
    bottom: float
    height: float


def title(*names: str) -> str:
    """Names as a heading."""
    return " · ".join(name.replace("_", " ") for name in names if name)


def rate_panels(lines: Sequence[Line], checkpoints: Iterable[CheckpointRate]) -> tuple[Panel, ...]:
    """One panel per task, category and measure, in the order of `lines`. Arms without any response are left out."""
    dots: dict[tuple[str, str, str, str], list[CheckpointRate]] = {}
    for one in checkpoints:
        dots.setdefault((one.task, one.category, one.measure, one.arm), []).append(one)
    colours = arm_colours(line.arm for line in lines)
    panels = []
    for place, group in groupby(lines, key=lambda line: (line.task, line.category, line.measure)):
        shown = [line for line in group if line.rate.n or line.rate.excluded]
        tracks = tuple(
            _track(line, row, colours[line.arm], dots.get((*place, line.arm), [])) for row, line in enumerate(shown)
        )
        bottom = TOP + ROW * len(tracks)
        panels.append(Panel(title(*place), tracks, bottom, bottom + 20))
    return tuple(panel for panel in panels if panel.tracks)


def arm_colours(arms: Iterable[str]) -> dict[str, int]:
    """The number of each arm's colour: 0, which is that of text, for the first arm, then 1 to 7 over and over."""
    names = list(dict.fromkeys(arms))
    return {arm: 0 if place == 0 else 1 + (place - 1) % (COLOURS - 1) for place, arm in enumerate(names)}


def _track(line: Line, row: int, colour: int, checkpoints: Sequence[CheckpointRate]) -> Track:
    rate, y = line.rate, TOP + ROW * row + 27
    numbers = "no counted response"
    if not math.isnan(rate.equal):
        numbers = f"{percent(rate.equal)} {interval_text(rate)}"
    return Track(
        arm=line.arm,
        numbers=numbers,
        colour=colour,
        text_y=TOP + ROW * row + 13,
        y=y,
        x=_x(rate.equal),
        low=_x(rate.low),
        high=_x(rate.high),
        dots=_dots(checkpoints, y),
    )


def _dots(checkpoints: Sequence[CheckpointRate], y: float) -> tuple[Dot, ...]:
    found = []
    for place, one in enumerate(checkpoints):
        x = _x(one.rate.equal)
        if x is not None:
            # Two rows of dots, so that equal checkpoints do not hide each other.
            shift = 0.0 if len(checkpoints) == 1 else -5.0 if place % 2 else 5.0
            text = f"{one.checkpoint}: {percent(one.rate.equal)} ({one.rate.n} counted, {one.rate.excluded} excluded)"
            found.append(Dot(x, y + shift, text))
    return tuple(found)


def bar_panels(found: Sequence[Histogram]) -> tuple[BarPanel, ...]:
    """One panel per task, category and rating, in the order of `found`. Arms without any response are left out."""
    colours = arm_colours(one.arm for one in found)
    panels = []
    for place, group in groupby(found, key=lambda one: (one.task, one.category, one.rating)):
        shown = [one for one in group if one.mean.n or one.mean.excluded]
        rows = tuple(_bar_row(one, row, colours[one.arm]) for row, one in enumerate(shown))
        bottom = TOP + (BAR_HEIGHT + 22) * len(rows)
        panels.append(BarPanel(title(*place), rows, bottom, bottom + 20))
    return tuple(panel for panel in panels if panel.rows)


def _bar_row(one: Histogram, row: int, colour: int) -> BarRow:
    base = TOP + (BAR_HEIGHT + 22) * (row + 1)
    width = (RIGHT - LEFT) / len(one.counts)
    step = 100 / len(one.counts)
    highest = max(one.counts)
    bars = []
    for place, count in enumerate(one.counts):
        if count:
            height = max(1.0, round(BAR_HEIGHT * count / highest, 2))
            text = f"{place * step:g} to {(place + 1) * step:g}: {count}"
            bars.append(Bar(round(LEFT + width * place + 0.5, 2), round(base - height, 2), width - 1, height, text))
    mean = f"{percent(one.mean.equal)} {interval_text(one.mean)}"
    return BarRow(
        arm=one.arm,
        numbers=mean if one.mean.n else "not rated",
        colour=colour,
        text_y=base - BAR_HEIGHT - 6,
        base=base,
        bars=tuple(bars),
        mean=_x(one.mean.equal),
        missing=", ".join(f"{count} {cause}" for cause, count in one.causes.items()),
    )


def _x(share: float) -> float | None:
    return None if math.isnan(share) else round(LEFT + (RIGHT - LEFT) * share, 2)
