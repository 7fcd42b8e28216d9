"""What was foretold of an experiment's arms before they were trained, held against what came out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from inoc_evals.plain import plain
from inoc_evals.report.forecast_picture import HEIGHT, Picture, picture
from inoc_evals.report.forecast_texts import ROADS, calibrated, correlation, predictor_name, seconds
from inoc_evals.report.sections import Material, Section
from inoc_evals.results.forecast import ForecastTest, Foretold, Road, Suppression


@dataclass(frozen=True)
class Line:
    """One arm: what was foretold of it, and what was measured (None: nothing was)."""

    foretold: Foretold
    measured: Suppression | None


@dataclass(frozen=True)
class Shown:
    """The test of a forecast, its arms in the predicted order, the predictors with their names and comparisons, the
    roads with what they took, and a picture of the predictor that ranks."""

    test: ForecastTest
    lines: tuple[Line, ...]
    predictors: Mapping[str, str]
    comparisons: tuple[tuple[str, str, str, str], ...]
    roads: tuple[tuple[str, str, Road], ...]
    picture: Picture | None
    height: int = HEIGHT


def compute(material: Material) -> Shown | None:
    """The forecast of an experiment; None where there is none."""
    test = material.findings.forecast
    if test is None:
        return None
    measured = {one.arm: one for one in test.measured}
    arms = sorted(test.prediction.arms, key=lambda one: one.place)
    return Shown(
        test,
        tuple(Line(one, measured.get(one.arm)) for one in arms),
        {each.predictor: predictor_name(each.predictor) for each in test.tests},
        tuple(
            (predictor_name(each.predictor), correlation(each.spearman), correlation(each.pearson), calibrated(each))
            for each in test.tests
        ),
        tuple((ROADS.get(name, name), seconds(road), road) for name, road in test.prediction.roads.items()),
        picture(test),
    )


def record(shown: Shown) -> Any:
    """The forecast, what was measured, and the comparison, as plain JSON."""
    return plain(shown.test)


SECTION = Section(
    name="forecast",
    title="What was foretold, and what came out",
    order=6,
    compute=compute,
    record=record,
    template="""{% set told = shown.test.prediction %}
<p>{{ told.candidates }} candidate prompts were ranked on the untrained model at {{ told.made }}, by {{ shown.predictors.get(told.ranked_by, told.ranked_by) }};
{{ shown.lines | length }} of them were trained with. Suppression of {{ told.value }} ({{ told.task }}, {{ told.part }}) is the rate of the
arm without a prompt minus that of the arm, in points. <span class="soft">Content hash {{ told.sha256 }}.</span></p>
<div class="wide">
<table>
<thead><tr><th scope="col" class="number">place</th><th scope="col">candidate</th><th scope="col">prompt</th>{% for name in shown.predictors.values() %}<th scope="col" class="number">{{ name }}</th><th scope="col" class="number">predicted</th>{% endfor %}<th scope="col" class="number">measured</th><th scope="col" class="number">95% interval</th></tr></thead>
<tbody>
{% for line in shown.lines %}
<tr><td class="number">{{ line.foretold.place }}</td><th scope="row">{{ line.foretold.arm }}</th><td>{{ line.foretold.prompt }}</td>{% for name in shown.predictors %}<td class="number">{{ line.foretold.predictors[name] | round(3) }}</td><td class="number">{{ line.foretold.predicted[name] | number }}</td>{% endfor %}
{% if line.measured %}<td class="number">{{ line.measured.mean | number }}</td><td class="number">[{{ line.measured.low | number }}, {{ line.measured.high | number }}]</td>{% else %}<td class="number">-</td><td class="number">not measured</td>{% endif %}</tr>
{% endfor %}
</tbody>
</table>
</div>
{% if shown.picture %}{% set seen = shown.picture %}
<figure>
<svg viewBox="0 0 {{ width }} {{ shown.height }}" role="img" aria-label="{{ seen.aloud }}">
{% for tick in seen.across %}<line class="grid" x1="{{ tick.at }}" x2="{{ tick.at }}" y1="{{ seen.upright[-1].at }}" y2="{{ seen.upright[0].at }}"></line>
<text class="tick" x="{{ tick.at }}" y="{{ seen.upright[0].at + 16 }}">{{ tick.text }}</text>
{% endfor %}
{% for tick in seen.upright %}<line class="grid" x1="{{ seen.across[0].at }}" x2="{{ seen.across[-1].at }}" y1="{{ tick.at }}" y2="{{ tick.at }}"></line>
<text class="tick before" x="{{ seen.across[0].at - 6 }}" y="{{ tick.at + 4 }}">{{ tick.text }}</text>
{% endfor %}
<line class="average" x1="{{ seen.same[0] }}" y1="{{ seen.same[1] }}" x2="{{ seen.same[2] }}" y2="{{ seen.same[3] }}"></line>
{% for point in seen.points %}<line class="axis" x1="{{ point.x }}" x2="{{ point.x }}" y1="{{ point.top }}" y2="{{ point.bottom }}"></line>
<circle class="dot" cx="{{ point.x }}" cy="{{ point.y }}" r="4"><title>{{ point.told }}</title></circle>
<text class="tick" x="{{ point.x + 9 }}" y="{{ point.y - 5 }}">{{ point.place }}</text>
{% endfor %}
</svg>
<figcaption class="soft">Predicted suppression to the right, measured up with its 95% interval, in points; numbers are places in the
predicted order. On the dashed line both are the same.</figcaption>
</figure>
{% endif %}
<div class="wide">
<table>
<thead><tr><th scope="col">predictor</th><th scope="col">Spearman [95%]</th><th scope="col">Pearson [95%]</th><th scope="col">predicted suppression</th></tr></thead>
<tbody>
{% for name, spearman, pearson, calibration in shown.comparisons %}
<tr><th scope="row">{{ name }}</th><td>{{ spearman }}</td><td>{{ pearson }}</td><td>{{ calibration }}</td></tr>
{% endfor %}
</tbody>
</table>
</div>
<p class="soft">Spearman's interval is that of Bonett and Wright, Pearson's Fisher's; p is from all orders of the pairs, or
9,999 drawn ones. They speak of prompts like these; what is uncertain in each arm's rate, and the training seed, is in
its own interval only.</p>
{% if shown.roads %}
<div class="wide">
<table>
<thead><tr><th scope="col">road</th><th scope="col" class="number">candidates</th><th scope="col" class="number">seconds</th><th scope="col" class="number">tokens of responses</th><th scope="col" class="number">responses</th><th scope="col" class="number">rows trained on</th></tr></thead>
<tbody>
{% for name, seconds, road in shown.roads %}
<tr><th scope="row">{{ name }}</th><td class="number">{{ road.candidates }}</td><td class="number">{{ seconds }}</td><td class="number">{{ "-" if road.tokens is none else road.tokens | round | int }}</td><td class="number">{{ road.responses }}</td><td class="number">{{ road.training_rows }}</td></tr>
{% endfor %}
</tbody>
</table>
</div>
{% endif %}
""",
)
