"""How each trait grew while the checkpoints were trained: a curve over the steps for every arm that has several."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from inoc_evals.plain import plain
from inoc_evals.report.curves import Chart, Curve, charts, speaks_of
from inoc_evals.report.lead import by_lead
from inoc_evals.report.pictures import RIGHT, Ruler, arm_colours, ruler
from inoc_evals.report.sections import Material, Section
from inoc_evals.report.texts import heading, interval, number, value_name
from inoc_evals.results.findings import Findings, StepRate

# Numbers of the axes stand to the left and below. Points keep off both ends, so that those beside them stay inside.
_FIRST, _LAST, _TOP, _BOTTOM = 52.0, RIGHT - 12, 8.0, 168.0
_HEIGHT = 190.0
# Arms at one step stand beside each other, so that their intervals are seen.
_APART, _WIDEST = 5.0, 20.0


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


@dataclass(frozen=True)
class Part:
    """The pictures of one category or condition of a task."""

    title: str
    pictures: tuple[Picture, ...]


@dataclass(frozen=True)
class Shown:
    """The parts that stand first, under "", and those that are folded; what the intervals speak of; and the points."""

    groups: tuple[tuple[str, tuple[Part, ...]], ...]
    headline: str
    points: tuple[StepRate, ...]


def compute(material: Material) -> Shown | None:
    """None where no arm has several steps of one training."""
    found = material.findings
    if not found.progress:
        return None
    groups = tuple((label, _parts(of_group, found)) for label, of_group in by_lead(charts(found)))
    return Shown(groups, speaks_of(found), found.progress)


def record(shown: Shown) -> object:
    """Every point with its intervals and counts, as plain JSON."""
    return plain(shown.points)


def _parts(of_group: Sequence[Chart], found: Findings) -> tuple[Part, ...]:
    parts = groupby(of_group, key=lambda chart: (chart.task, chart.category))
    return tuple(Part(heading(*names), tuple(_picture(chart, found) for chart in inside)) for names, inside in parts)


def _picture(chart: Chart, found: Findings) -> Picture:
    rates = [point.rate for curve in chart.curves for point in curve.points]
    levels = ruler(chart.method, [end for rate in rates for end in (rate.equal, rate.low, rate.high)])
    last = max(chart.steps) or 1
    colours = arm_colours(found.arms)
    lines = []
    for place, curve in enumerate(chart.curves):
        shift = min(_APART, _WIDEST / len(chart.curves)) * (place - (len(chart.curves) - 1) / 2)
        marks = tuple(mark for point in curve.points if (mark := _mark(point, levels, last, shift)) is not None)
        lines.append(Line(curve.arm, colours[curve.arm], marks))
    ends = (0, last) if last > 1 else (0, 1)
    shown = dict.fromkeys((*ends, *(step for step in chart.steps if _is_apart(step, last))))
    return Picture(
        name=value_name(found, chart.task, chart.measure),
        height=_HEIGHT,
        bottom=_BOTTOM,
        levels=tuple(Label(_y(tick / 4, Ruler()) or _BOTTOM, levels.ticks[tick].text) for tick in range(5)),
        steps=tuple(Label(_x(step, last), str(step)) for step in sorted(shown)),
        lines=tuple(lines),
        rows=tuple((step, tuple(_cell(curve, step) for curve in chart.curves)) for step in chart.steps),
    )


def _mark(point: StepRate, levels: Ruler, last: int, shift: float) -> Mark | None:
    y = _y(point.rate.equal, levels)
    if y is None:
        return None
    told = f"step {point.step}: {number(point.rate.equal, point.method)} {interval(point.rate, point.method)}"
    return Mark(
        round(_x(point.step, last) + shift, 2), y, _y(point.rate.low, levels), _y(point.rate.high, levels), told
    )


def _x(step: int, last: int) -> float:
    return round(_FIRST + (_LAST - _FIRST) * step / last, 2)


def _y(value: float, levels: Ruler) -> float | None:
    percent = levels.percent(value)
    return None if percent is None else round(_BOTTOM - (_BOTTOM - _TOP) * percent / 100, 2)


def _is_apart(step: int, last: int) -> bool:
    """Is there room for its number between those at both ends?"""
    return 0.12 <= step / last <= 0.85


def _cell(curve: Curve, step: int) -> str:
    point = curve.at(step)
    if point is None:
        return "-"
    counted = f"{point.rate.n} of {point.rate.n + point.rate.excluded}"
    return f"{number(point.rate.equal, point.method)} {interval(point.rate, point.method)}, {counted}"


SECTION = Section(
    name="progress",
    title="While they were trained",
    order=22,
    compute=compute,
    record=record,
    template="""{% from "folded.j2" import folded -%}
<p class="soft">Each point is a checkpoint after so many steps of training (where an arm has several trainings, all of theirs), with
its 95% interval; step 0 is the model that the training began from. {{ shown.headline }} Everywhere else on this page an arm
stands for its last step.</p>
{% call(parts) folded(shown.groups) %}
{% for part in parts %}
<h3>{{ part.title }}</h3>
<div class="panels">
{% for picture in part.pictures %}
<figure>
<h4>{{ picture.name }}</h4>
<svg viewBox="0 0 {{ width }} {{ picture.height }}" role="img" aria-label="{{ picture.aloud }}">
{% for level in picture.levels %}
<line class="grid" x1="40" x2="330" y1="{{ level.place }}" y2="{{ level.place }}"></line>
<text class="tick before" x="34" y="{{ level.place + 4 }}">{{ level.text }}</text>
{% endfor %}
{% for step in picture.steps %}<text class="tick" x="{{ step.place }}" y="{{ picture.bottom + 16 }}">{{ step.text }}</text>
{% endfor %}
{% for line in picture.lines %}
<polyline class="curve c{{ line.colour }}" points="{{ line.path }}"></polyline>
{% for mark in line.marks %}
{% if mark.low is not none and mark.high is not none %}<line class="whisker c{{ line.colour }}" x1="{{ mark.x }}" x2="{{ mark.x }}" y1="{{ mark.low }}" y2="{{ mark.high }}"></line>{% endif %}
<circle class="c{{ line.colour }}" cx="{{ mark.x }}" cy="{{ mark.y }}" r="3"><title>{{ line.arm }}, {{ mark.text }}</title></circle>
{% endfor %}
{% endfor %}
</svg>
<p class="soft legend">{% for line in picture.lines %}<span><svg width="16" height="8" aria-hidden="true"><line class="curve c{{ line.colour }}" x1="0" x2="16" y1="4" y2="4"></line></svg> {{ line.arm }}</span>{% endfor %}</p>
<details>
<summary>The numbers</summary>
<div class="wide">
<table>
<caption>The rate with its interval, and how many of all responses counted</caption>
<thead><tr><th scope="col" class="number">step</th>{% for line in picture.lines %}<th scope="col" class="number">{{ line.arm }}</th>{% endfor %}</tr></thead>
<tbody>
{% for step, cells in picture.rows %}
<tr><th scope="row">{{ step }}</th>{% for cell in cells %}<td class="number">{{ cell }}</td>{% endfor %}</tr>
{% endfor %}
</tbody>
</table>
</div>
</details>
</figure>
{% endfor %}
</div>
{% endfor %}
{% endcall %}
""",
)
