"""Where everything stands in the page's picture of the frontier. Lengths are in units of the SVG."""

from __future__ import annotations

import math
import unicodedata
from dataclasses import dataclass

from inoc_evals.report.frontier_plot import Plot, Shown, covered, plot
from inoc_evals.report.labels import Box, placed
from inoc_evals.report.pictures import LEFT, RIGHT, WIDTH, Ruler, Tick, arm_colours
from inoc_evals.report.texts import number, shorten
from inoc_evals.results.findings import Findings
from inoc_evals.results.frontier import Frontier

HEIGHT = 330
_TOP, _BOTTOM = 22.0, 286.0
# Room for the numbers of the upright axis.
_INSET = 34.0
# The line of a name, and what is between it and its point.
_LINE, _GAP = 13.0, 8.0
# How wide letters of a name are at most, by kind, in the widest of the fonts that pages are read in.
_NARROW, _WIDE = (frozenset("fijlrtI.,:;'|!()[]- "), 5.0), (frozenset("mwMW@%"), 11.0)
_CAPITAL, _OTHER, _FULL = 8.7, 7.1, 11.0
_ARM, _AXIS = 20, 50
# Numbers on an axis, at most one more.
_MOST = 6


@dataclass(frozen=True)
class Name:
    """An arm's name in the middle of its place, and the end of a line to it where it is far."""

    text: str
    x: float
    y: float
    line: tuple[float, float] | None


@dataclass(frozen=True)
class Mark:
    """One arm: where its point, the ends of its intervals and its worst leak stand."""

    colour: int
    x: float
    y: float
    left: float
    right: float
    top: float
    bottom: float
    leak: float | None
    control: bool
    dominated: bool
    told: str
    name: Name | None


@dataclass(frozen=True)
class Picture:
    """The arms, both axes with their names, and all of it in words."""

    marks: tuple[Mark, ...]
    across: tuple[Tick, ...]
    upright: tuple[Tick, ...]
    across_name: str
    upright_name: str
    aloud: str
    left: float = LEFT + _INSET
    right: float = RIGHT
    top: float = _TOP
    bottom: float = _BOTTOM
    height: int = HEIGHT


def picture(found: Findings, frontier: Frontier) -> Picture:
    """The picture of a frontier."""
    shown = plot(found, frontier)
    names = dict(zip((one.arm for one in shown.arms if one.named), _names(shown), strict=True))
    colours = arm_colours(found.arms)
    return Picture(
        tuple(_mark(one, shown, colours[one.arm], names.get(one.arm)) for one in shown.arms),
        tuple(Tick(_x(shown.across, value), text) for value, text in _numbers(shown.across)),
        tuple(Tick(_y(shown.upright, value), text) for value, text in _numbers(shown.upright)),
        shorten(shown.across_name, _AXIS),
        shorten(shown.upright_name, _AXIS),
        shown.aloud,
    )


def _mark(one: Shown, shown: Plot, colour: int, name: Name | None) -> Mark:
    across, upright = shown.across, shown.upright
    return Mark(
        colour,
        _x(across, one.unwanted.mean),
        _y(upright, one.wanted.mean),
        _x(across, one.unwanted.low),
        _x(across, one.unwanted.high),
        _y(upright, one.wanted.high),
        _y(upright, one.wanted.low),
        None if one.leak is None else _x(across, one.leak),
        one.control,
        one.dominated,
        one.aloud,
        name,
    )


def _names(shown: Plot) -> list[Name]:
    named = [one for one in shown.arms if one.named]

    def place(unwanted: float, wanted: float) -> tuple[float, float]:
        return _x(shown.across, unwanted), _y(shown.upright, wanted)

    points = [place(one.unwanted.mean, one.wanted.mean) for one in named]
    texts = [shorten(one.arm, _ARM) for one in named]
    boxes = placed(
        points,
        [(name_width(text), _LINE) for text in texts],
        covered(shown.arms, place),
        Box(0.0, 0.0, float(WIDTH), _BOTTOM),
        _GAP,
    )
    return [_name(text, point, box) for text, point, box in zip(texts, points, boxes, strict=True)]


def name_width(text: str) -> float:
    """How wide an arm's name is at most."""
    return 4 + sum(map(_letter, text))


def _letter(letter: str) -> float:
    for letters, width in (_NARROW, _WIDE):
        if letter in letters:
            return width
    if unicodedata.east_asian_width(letter) in ("W", "F"):
        return _FULL
    return _CAPITAL if letter.isupper() else _OTHER


def _name(text: str, point: tuple[float, float], box: Box) -> Name:
    end = box.line_from(point, 2 * _GAP)
    line = None if end is None else (round(end[0], 2), round(end[1], 2))
    return Name(text, round(box.middle[0], 2), round(box.middle[1] + 4, 2), line)


def _numbers(ruler: Ruler) -> list[tuple[float, str]]:
    """Round numbers along an axis, a handful."""
    size = 10.0 ** math.floor(math.log10((ruler.high - ruler.low) / 2))
    step = next(each for each in (size, 2 * size, 5 * size) if (ruler.high - ruler.low) / each <= _MOST)
    first, last = math.ceil(ruler.low / step - 1e-9), math.floor(ruler.high / step + 1e-9)
    values = [round(place * step, 12) for place in range(first, last + 1)]
    return [(value, number(value, ruler.method).removesuffix(".00").removesuffix(".0")) for value in values]


def _x(ruler: Ruler, value: float) -> float:
    return round(LEFT + _INSET + (RIGHT - LEFT - _INSET) * (ruler.percent(value) or 0.0) / 100, 2)


def _y(ruler: Ruler, value: float) -> float:
    return round(_BOTTOM - (_BOTTOM - _TOP) * (ruler.percent(value) or 0.0) / 100, 2)
