"""How each trait grew while the checkpoints were trained: a curve over the steps for every arm that has several."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from inoc_evals.plain import plain
from inoc_evals.report.curves import Chart, Curve, charts, speaks_of
from inoc_evals.report.lead import by_lead
from inoc_evals.report.pictures import arm_colours, ruler
from inoc_evals.report.sections import Material, Section
from inoc_evals.report.step_picture import Dot, Picture, Series, picture
from inoc_evals.report.texts import heading, level, value_name
from inoc_evals.results.findings import Findings
from inoc_evals.results.progress import StepRate


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
    colours = arm_colours(found.arms)
    return picture(
        value_name(found, chart.task, chart.measure),
        [Series(curve.arm, colours[curve.arm], tuple(map(_dot, curve.points))) for curve in chart.curves],
        levels,
        max(chart.steps),
        tuple((step, tuple(_cell(curve, step) for curve in chart.curves)) for step in chart.steps),
    )


def _dot(point: StepRate) -> Dot:
    rate = point.rate
    text = f"step {point.step}: {level(rate, point.method)}"
    return Dot(point.step, rate.equal, rate.low, rate.high, text)


def _cell(curve: Curve, step: int) -> str:
    point = curve.at(step)
    if point is None:
        return "-"
    counted = f"{point.rate.n} of {point.rate.n + point.rate.excluded}"
    return f"{level(point.rate, point.method)}, {counted}"


SECTION = Section(
    name="progress",
    title="While they were trained",
    order=22,
    compute=compute,
    record=record,
    template="""{% from "folded.j2" import folded -%}
{% from "steps.j2" import drawn -%}
<p class="soft">Each point is a checkpoint after so many steps of training (where an arm has several trainings, all of theirs), with
its 95% interval; step 0 is the model that the training began from. {{ shown.headline }} Everywhere else on this page an arm
stands for its last step.</p>
{% call(parts) folded(shown.groups) %}
{% for part in parts %}
<h3>{{ part.title }}</h3>
<div class="panels">
{% for picture in part.pictures %}
{{ drawn(picture, "The rate with its interval, and how many of all responses counted") }}
{% endfor %}
</div>
{% endfor %}
{% endcall %}
""",
)
