"""What levels of a factor change in each arm: a table, and each arm's contrast on one axis."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from inoc_evals.plain import plain
from inoc_evals.report.contrast_texts import name_of
from inoc_evals.report.pictures import TOP, Ruler, arm_colours
from inoc_evals.report.sections import Material, Section
from inoc_evals.report.texts import interval, number, title
from inoc_evals.results.contrasts import LevelContrast
from inoc_evals.results.findings import Findings

ROW = 34.0


@dataclass(frozen=True)
class Dot:
    """One arm; places are those of the SVG, None where there is no number."""

    arm: str
    numbers: str
    colour: int
    text_y: float
    y: float
    x: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Panel:
    """One contrast: the arms below each other."""

    title: str
    axis: Ruler
    zero: float | None
    rows: tuple[Dot, ...]
    bottom: float
    height: float


@dataclass(frozen=True)
class Line:
    """One contrast of one arm, as what the table says of it."""

    contrast: str
    told: LevelContrast


@dataclass(frozen=True)
class Group:
    """One value of one part of a task."""

    task: str
    category: str
    measure: str
    title: str
    panels: tuple[Panel, ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Shown:
    """The contrasts, how the page shows them, and how many there are of each kind that p-values are corrected for."""

    contrasts: tuple[LevelContrast, ...]
    groups: tuple[Group, ...]
    own: int
    changes: int


def compute(material: Material) -> Shown | None:
    """A group for each task, category or condition, and value; None where nothing is contrasted."""
    found = material.findings
    if not found.contrasts:
        return None
    of_place = groupby(found.contrasts, lambda one: (one.task, one.category, one.measure))
    groups = tuple(_group(found, place, list(lines)) for place, lines in of_place)
    own = sum(not math.isnan(one.effect.p) for one in found.contrasts)
    changes = sum(one.change is not None and not math.isnan(one.change.p) for one in found.contrasts)
    return Shown(found.contrasts, groups, own, changes)


def record(shown: Shown) -> object:
    """The contrasts as plain JSON."""
    return plain(shown.contrasts)


def _group(found: Findings, place: tuple[str, str, str], lines: Sequence[LevelContrast]) -> Group:
    axis = _axis(lines)
    colours = arm_colours(found.arms)
    panels = tuple(_panel(name, list(those), axis, colours) for name, those in groupby(lines, name_of))
    return Group(*place, title(found, *place), panels, tuple(Line(name_of(one), one) for one in lines))


def _axis(lines: Sequence[LevelContrast]) -> Ruler:
    """One axis for all contrasts of a value, as far to both sides of 0."""
    ends = [end for one in lines for end in (one.effect.mean, one.effect.low, one.effect.high)]
    reach = max((abs(end) for end in ends if not math.isnan(end)), default=0.0)
    return Ruler(-reach, reach, lines[0].method)


def _panel(name: str, lines: Sequence[LevelContrast], axis: Ruler, colours: dict[str, int]) -> Panel:
    rows = tuple(_dot(one, row, axis, colours[one.arm]) for row, one in enumerate(lines))
    bottom = TOP + ROW * len(rows)
    return Panel(name, axis, axis.x(0.0), rows, bottom, bottom + 20)


def _dot(one: LevelContrast, row: int, axis: Ruler, colour: int) -> Dot:
    top, found = TOP + ROW * row, one.effect
    return Dot(
        arm=one.arm,
        numbers=f"{number(found.mean, one.method)} {interval(found, one.method)}",
        colour=colour,
        text_y=top + 12,
        y=top + 24,
        x=axis.x(found.mean),
        low=axis.x(found.low),
        high=axis.x(found.high),
    )


SECTION = Section(
    name="contrasts",
    title="What hangs on the person or the case",
    order=21,
    compute=compute,
    record=record,
    template="""{% from "pictures.j2" import names, ticks -%}
{% from "folded.j2" import folded -%}
<p class="soft">A contrast is what one level of a factor has more of a value than another, in the same questions, whatever the other
factors are. Its standard error and its 95% interval ({{ like }}: t) are those of the questions' own contrasts. "Change" is the
contrast less that of {{ findings.reference }}, paired by question: does this arm make more of a difference? p (Holm) is corrected for all
{{ shown.own }} contrasts of this section, or for all {{ shown.changes }} changes. Where an arm has one checkpoint, nothing is said
about other training seeds.</p>
{% call(groups) folded(shown.groups | by_lead) %}
{% set told = ("standard error", "95% " ~ like, "p (Holm)") %}
{% set head = ("less the other level",) + told + ("questions", "change from " ~ findings.reference) + told %}
{% for group in groups %}
<h3>{{ group.title }}</h3>
<div class="panels">
{% for panel in group.panels %}
<figure>
<h4>{{ panel.title }}</h4>
<svg viewBox="0 0 {{ width }} {{ panel.height }}" role="img" aria-label="{{ panel.title }}: {% for r in panel.rows %}{{ r.arm }} {{ r.numbers }}; {% endfor %}">
{{ ticks(panel) }}
<line class="average" x1="{{ panel.zero }}" x2="{{ panel.zero }}" y1="4" y2="{{ panel.bottom }}"></line>
{% for row in panel.rows %}
<g>
{{ names(row) }}
<text class="number" x="330" y="{{ row.text_y }}">{{ row.numbers }}</text>
{% if row.low is not none %}<line class="interval c{{ row.colour }}" x1="{{ row.low }}" x2="{{ row.high }}" y1="{{ row.y }}" y2="{{ row.y }}"></line>{% endif %}

{% if row.x is not none %}<circle class="dot c{{ row.colour }}" cx="{{ row.x }}" cy="{{ row.y }}" r="4"></circle>{% endif %}

</g>
{% endfor %}
</svg>
</figure>
{% endfor %}
</div>
<div class="wide">
<table>
<thead><tr><th scope="col">contrast</th><th scope="col">arm</th>{% for name in head %}<th scope="col" class="number">{{ name }}</th>{% endfor %}</tr></thead>
<tbody>
{% for line in group.lines %}{% set told = line.told %}{% set change = told.change %}
<tr><th scope="row">{{ line.contrast }}</th><td>{{ told.arm }}</td><td class="number">{{ told.effect.mean | number(told.method) }}</td><td class="number">{{ told.effect.error | number(told.method) }}</td><td class="number">{{ told.effect | interval(told.method) }}</td><td class="number">{{ told.p_holm | p }}</td><td class="number">{{ told.effect.questions }}</td>{% if change is none %}<td class="number">-</td><td class="number">-</td><td class="number">-</td><td class="number">-</td>{% else %}<td class="number">{{ change.mean | number(told.method) }}</td><td class="number">{{ change.error | number(told.method) }}</td><td class="number">{{ change | interval(told.method) }}</td><td class="number">{{ told.change_p_holm | p }}</td>{% endif %}</tr>
{% endfor %}
</tbody>
</table>
</div>
{% endfor %}
{% endcall %}
""",
)
