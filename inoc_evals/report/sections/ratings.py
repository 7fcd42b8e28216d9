"""How the values that are no yes or no are spread, arm by arm."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from inoc_evals.report.pictures import LEFT, RIGHT, TOP, Ruler, arm_colours
from inoc_evals.report.sections import Material, Section
from inoc_evals.report.texts import excluded, interval, number, title
from inoc_evals.results.distributions import Distribution

BAR_HEIGHT = 26.0
ROW = BAR_HEIGHT + 22


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
class Panel:
    """The arms' histograms of one rating in one task and category."""

    task: str
    category: str
    title: str
    axis: Ruler
    rows: tuple[BarRow, ...]
    bottom: float
    height: float


def compute(material: Material) -> tuple[Panel, ...] | None:
    """One panel per task, category and rating. Arms without any response are left out."""
    found = material.findings
    colours = arm_colours(found.arms)
    panels = []
    for names, group in groupby(found.distributions, key=lambda spread: (spread.task, spread.category, spread.rating)):
        shown = [spread for spread in group if spread.mean.n or spread.mean.excluded]
        rows = tuple(_row(spread, row, colours[spread.arm]) for row, spread in enumerate(shown))
        bottom = TOP + ROW * len(rows)
        heading = title(found, *names)
        panels += [Panel(*names[:2], heading, _axis(shown[0]), rows, bottom, bottom + 20)] if rows else []
    return tuple(panels) or None


def _axis(spread: Distribution) -> Ruler:
    return Ruler(spread.low, spread.high, spread.method) if spread.method == "open mean" else Ruler()


def _row(spread: Distribution, row: int, colour: int) -> BarRow:
    base = TOP + ROW * (row + 1)
    width = (RIGHT - LEFT) / len(spread.counts)
    step = (spread.high - spread.low) / len(spread.counts)
    highest = max(spread.counts)
    bars = []
    for place, count in enumerate(spread.counts):
        if count:
            height = max(1.0, round(BAR_HEIGHT * count / highest, 2))
            text = f"{spread.low + place * step:.6g} to {spread.low + (place + 1) * step:.6g}: {count}"
            bars.append(Bar(round(LEFT + width * place + 0.5, 2), round(base - height, 2), width - 1, height, text))
    mean = f"{number(spread.mean.equal, spread.method)} {interval(spread.mean, spread.method)}"
    return BarRow(
        arm=spread.arm,
        numbers=mean if spread.mean.n else "not rated",
        colour=colour,
        text_y=base - BAR_HEIGHT - 6,
        base=base,
        bars=tuple(bars),
        mean=_axis(spread).x(spread.mean.equal),
        missing=excluded(spread.causes, ""),
    )


SECTION = Section(
    name="ratings",
    title="Distribution of ratings",
    order=40,
    compute=compute,
    template="""{% from "pictures.j2" import names, ticks -%}
{% from "folded.j2" import folded -%}
<p class="soft">Ratings in twenty steps from one end of the scale to the other, each arm scaled to its own highest bar. The
dashed line is the mean, questions weighing equally; its 95% interval is in brackets.</p>
{% call(panels) folded(shown | by_lead) %}
<div class="panels">
{% for panel in panels %}
<figure>
<h3>{{ panel.title }}</h3>
<svg viewBox="0 0 {{ width }} {{ panel.height }}" role="img" aria-label="{{ panel.title }}: {% for r in panel.rows %}{{ r.arm }} {{ r.numbers }}; {% endfor %}">
{{ ticks(panel) }}
{% for row in panel.rows %}
<g>
{{ names(row) }}
<text class="number" x="330" y="{{ row.text_y }}">{{ row.numbers }}</text>
<line class="axis" x1="10" x2="330" y1="{{ row.base }}" y2="{{ row.base }}"></line>
{% for bar in row.bars %}
<rect class="bar c{{ row.colour }}" x="{{ bar.x }}" y="{{ bar.y }}" width="{{ bar.width }}" height="{{ bar.height }}"><title>{{ bar.text }}</title></rect>
{% endfor %}
{% if row.mean is not none %}<line class="average" x1="{{ row.mean }}" x2="{{ row.mean }}" y1="{{ row.base - 26 }}" y2="{{ row.base }}"></line>{% endif %}
</g>
{% endfor %}
</svg>
{% for row in panel.rows if row.missing %}
<p class="soft">Not rated, {{ row.arm }}: {{ row.missing }}.</p>
{% endfor %}
</figure>
{% endfor %}
</div>
{% endcall %}
""",
)
