"""The rate of each arm with its interval and its checkpoints."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from inoc_evals.report.pictures import TOP, Ruler, arm_colours, ruler
from inoc_evals.report.sections import Material, Section
from inoc_evals.report.texts import headline, interval, number, title
from inoc_evals.results.findings import CheckpointRate, Findings, Rate

ROW = 40.0


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
    axis: Ruler
    tracks: tuple[Track, ...]
    bottom: float
    height: float


@dataclass(frozen=True)
class Shown:
    """Panels in the order of the rates, and what their intervals speak of. Arms without any response are left out."""

    panels: tuple[Panel, ...]
    headline: str


def compute(material: Material) -> Shown:
    """One panel per task, category and measure."""
    found = material.findings
    dots: dict[tuple[str, str, str, str], list[CheckpointRate]] = {}
    for single in found.by_checkpoint:
        dots.setdefault((single.task, single.category, single.measure, single.arm), []).append(single)
    panels = []
    for names, group in groupby(found.rates, key=lambda rate: (rate.task, rate.category, rate.measure)):
        shown = [rate for rate in group if rate.rate.n or rate.rate.excluded]
        singles = [dots.get((*names, rate.arm), []) for rate in shown]
        panels.append(_panel(title(found, *names), shown, singles, found))
    return Shown(tuple(panel for panel in panels if panel.tracks), headline(found.rates))


def _panel(heading: str, rates: Sequence[Rate], singles: Sequence[list[CheckpointRate]], found: Findings) -> Panel:
    colours = arm_colours(found.arms)
    ends = [end for rate in rates for end in (rate.rate.equal, rate.rate.low, rate.rate.high)]
    ends += [single.rate.equal for checkpoints in singles for single in checkpoints]
    axis = ruler(rates[0].method if rates else "rate", ends)
    tracks = tuple(
        _track(rate, row, colours[rate.arm], checkpoints, axis)
        for row, (rate, checkpoints) in enumerate(zip(rates, singles, strict=True))
    )
    bottom = TOP + ROW * len(tracks)
    return Panel(heading, axis, tracks, bottom, bottom + 20)


def _track(line: Rate, row: int, colour: int, checkpoints: Sequence[CheckpointRate], axis: Ruler) -> Track:
    rate, y = line.rate, TOP + ROW * row + 27
    numbers = "no counted response"
    if not math.isnan(rate.equal):
        numbers = f"{number(rate.equal, line.method)} {interval(rate, line.method)}"
    return Track(
        arm=line.arm,
        numbers=numbers,
        colour=colour,
        text_y=TOP + ROW * row + 13,
        y=y,
        x=axis.x(rate.equal),
        low=axis.x(rate.low),
        high=axis.x(rate.high),
        dots=_dots(checkpoints, y, axis),
    )


def _dots(checkpoints: Sequence[CheckpointRate], y: float, axis: Ruler) -> tuple[Dot, ...]:
    dots = []
    for place, single in enumerate(checkpoints):
        rate = single.rate
        x = axis.x(rate.equal)
        if x is not None:
            # Two rows of dots, so that equal checkpoints do not hide each other.
            shift = 0.0 if len(checkpoints) == 1 else -5.0 if place % 2 else 5.0
            counted = f"({rate.n} counted, {rate.excluded} excluded)"
            dots.append(Dot(x, y + shift, f"{single.checkpoint}: {number(rate.equal, single.method)} {counted}"))
    return tuple(dots)


SECTION = Section(
    name="rates",
    title="Rate by arm",
    order=10,
    compute=compute,
    template="""{% from "pictures.j2" import names, ticks -%}
<p class="soft">Percent of responses with the trait, questions weighing equally. The square is the rate, the bar its 95%
interval, each dot one checkpoint (training seed). {{ shown.headline }}</p>
<div class="panels">
{% for panel in shown.panels %}
<figure>
<h3>{{ panel.title }}</h3>
<svg viewBox="0 0 {{ width }} {{ panel.height }}" role="img" aria-label="{{ panel.title }}: {% for t in panel.tracks %}{{ t.arm }} {{ t.numbers }}; {% endfor %}">
{{ ticks(panel) }}
{% for track in panel.tracks %}
<g>
{{ names(track) }}
<text class="number" x="330" y="{{ track.text_y }}">{{ track.numbers }}</text>
<line class="axis" x1="10" x2="330" y1="{{ track.y }}" y2="{{ track.y }}"></line>
{% if track.low is not none %}<line class="interval c{{ track.colour }}" x1="{{ track.low }}" x2="{{ track.high }}" y1="{{ track.y }}" y2="{{ track.y }}"></line>{% endif %}
{% if track.x is not none %}<rect class="mean c{{ track.colour }}" x="{{ track.x - 4 }}" y="{{ track.y - 4 }}" width="8" height="8"><title>{{ track.arm }}: {{ track.numbers }}</title></rect>{% endif %}
{% for dot in track.dots %}
<circle class="dot c{{ track.colour }}" cx="{{ dot.x }}" cy="{{ dot.y }}" r="3.2"><title>{{ dot.text }}</title></circle>
{% endfor %}
</g>
{% endfor %}
</svg>
</figure>
{% else %}
<p>There is no response to show.</p>
{% endfor %}
</div>
""",
)
