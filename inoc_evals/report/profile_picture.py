"""Where everything stands in the page's picture of a profile. Lengths are in units of the SVG."""

from __future__ import annotations

from dataclasses import dataclass

from inoc_evals.report.frontier_picture import name_width
from inoc_evals.report.pictures import LEFT, RIGHT, Ruler, Tick, arm_colours
from inoc_evals.report.profile_plot import Dot, Row, plot
from inoc_evals.report.texts import shorten
from inoc_evals.results.findings import Findings
from inoc_evals.results.profile import SMALL, Profile

_TOP = 4.0
# The line of a name, that of a dot, and what is between dispositions.
_NAME, _DOT, _GAP = 14.0, 12.0, 9.0
_NAMES, _WAYS, _SHORTEST = 30, 40, 8


@dataclass(frozen=True)
class Mark:
    """One arm's dot and the ends of its interval; what lies beyond the axis ends with it."""

    colour: int
    x: float
    left: float
    right: float
    y: float
    sure: bool
    told: str


@dataclass(frozen=True)
class Band:
    """One disposition: its name to the left, what more of it means to the right, its dots below."""

    name: str
    more: str
    text_y: float
    marks: tuple[Mark, ...]


@dataclass(frozen=True)
class Picture:
    """The dispositions, the axis, how far changes are none of note, the arms with their colours, and all of it in
    words."""

    bands: tuple[Band, ...]
    ticks: tuple[Tick, ...]
    zero: float
    small: tuple[float, ...]
    arms: tuple[tuple[str, int], ...]
    others: int
    aloud: str
    bottom: float
    height: float
    top: float = _TOP


def picture(found: Findings, profile: Profile) -> Picture | None:
    """The picture of a profile; None where no change has standard units."""
    shown = plot(found, profile)
    if shown is None:
        return None
    ruler = Ruler(-shown.limit, shown.limit, "open mean")
    colours = arm_colours((profile.reference, *shown.arms))
    bands, y = [], _TOP
    for row in shown.rows:
        bands.append(_band(row, y, ruler, colours))
        y += _NAME + _DOT * max(1, len(row.dots)) + _GAP
    return Picture(
        tuple(bands),
        tuple(Tick(_x(ruler, value), f"{value:+g}" if value else "0") for value in shown.numbers),
        _x(ruler, 0.0),
        tuple(_x(ruler, end) for end in (-SMALL, SMALL)),
        tuple((arm, colours[arm]) for arm in shown.arms),
        shown.others,
        shown.aloud,
        y,
        y + 20,
    )


def _band(row: Row, y: float, ruler: Ruler, colours: dict[str, int]) -> Band:
    name, more = _beside(row)
    marks = [_mark(dot, y + _NAME + _DOT * (place + 0.5), ruler, colours) for place, dot in enumerate(row.dots)]
    return Band(name, more, y + 11, tuple(marks))


def _beside(row: Row) -> tuple[str, str]:
    """The name and what more of it means, so short that they stand beside each other."""
    name, more, most = shorten(row.name, _NAMES), shorten(row.more, _WAYS), _WAYS
    while name_width(name) + name_width(f"{more} ->") > RIGHT - LEFT and most > _SHORTEST:
        most -= 1
        more = shorten(row.more, most)
        if most < len(name):
            name = shorten(row.name, max(_SHORTEST, most))
    return name, more


def _mark(dot: Dot, y: float, ruler: Ruler, colours: dict[str, int]) -> Mark:
    x, left, right = (_x(ruler, value) for value in (dot.effect, dot.low, dot.high))
    return Mark(colours[dot.arm], x, left, right, y, dot.sure, dot.aloud)


def _x(ruler: Ruler, value: float) -> float:
    return ruler.x(value) or LEFT
