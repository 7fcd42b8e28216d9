"""Unwanted against wanted: every way to keep a trait away in one picture, with what each costs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from inoc_evals.plain import plain
from inoc_evals.report.frontier_picture import Picture, picture
from inoc_evals.report.frontier_plot import axis_name
from inoc_evals.report.frontier_texts import ability_name, sentences, signed
from inoc_evals.report.sections import Material, Section
from inoc_evals.report.texts import heading, headline, level, times
from inoc_evals.results.about import Cost
from inoc_evals.results.aims import Aim
from inoc_evals.results.findings import Findings
from inoc_evals.results.frontier import Frontier, Point
from inoc_evals.stats.seeds import ArmRate

_COSTS = ("training, s", "tokens trained on", "weights, MB")


@dataclass(frozen=True)
class Line:
    """One arm as a line of texts; `others` are the other unwanted and wanted values, `abilities` each ability and its
    difference from the reference, `cost` seconds, tokens and megabytes where some arm has them."""

    arm: str
    kind: str
    unwanted: str
    wanted: str
    leak: str
    others: tuple[str, ...]
    abilities: tuple[str, ...]
    perplexity: str
    cost: tuple[str, ...]
    status: str


@dataclass(frozen=True)
class Shown:
    """The frontier, its picture, its sentences and its table."""

    frontier: Frontier
    picture: Picture
    sentences: tuple[str, ...]
    names: tuple[str, str]
    others: tuple[str, ...]
    abilities: tuple[str, ...]
    costs: tuple[str, ...]
    lines: tuple[Line, ...]
    speaks_of: str


def compute(material: Material) -> Shown | None:
    """The frontier; None where nobody says what is wanted and unwanted."""
    found = material.findings
    frontier = found.frontier
    if frontier is None:
        return None
    aims = (frontier.unwanted, frontier.wanted)
    places = {(aim.task, aim.part, aim.measure) for aim in aims}
    rates = [rate for rate in found.rates if (rate.task, rate.category, rate.measure) in places]
    return Shown(
        frontier,
        picture(found, frontier),
        sentences(found),
        (_name(found, frontier.unwanted), _name(found, frontier.wanted)),
        tuple(_name(found, aim) for aim in frontier.others),
        tuple(
            name
            for aim in frontier.abilities
            for name in (f"{ability_name(found, aim)}, %", f"the same less that of {found.reference}")
        ),
        _COSTS if _costs_are_known(frontier) else (),
        tuple(_line(found, frontier, point) for point in frontier.points),
        headline(rates),
    )


def record(shown: Shown) -> object:
    """The frontier and its sentences as plain JSON."""
    return plain({"sentences": shown.sentences, **vars(shown.frontier)})


def _name(found: Findings, aim: Aim) -> str:
    return ", ".join(filter(None, (axis_name(found, aim), heading(aim.part))))


def _line(found: Findings, frontier: Frontier, point: Point) -> Line:
    unwanted = frontier.unwanted.method
    leak = "not asked"
    if point.leak is not None:
        leak = f"{level(point.leak.rate, unwanted)} {heading(point.leak.condition)}"
    broken = "; may be broken" if point.damage.broken else ""
    return Line(
        point.arm,
        found.about.kinds.get(point.arm, "") if found.about else "",
        _level(point.unwanted, frontier.unwanted),
        _level(point.wanted, frontier.wanted),
        leak,
        tuple(_level(rate, aim) for rate, aim in zip(point.others, frontier.others, strict=True)),
        tuple(_abilities(frontier, point)),
        f"{times(point.damage.ratio)}{broken}",
        _cost(point.cost or Cost()) if _costs_are_known(frontier) else (),
        _status(found, point),
    )


def _level(rate: ArmRate | None, aim: Aim) -> str:
    return "-" if rate is None else level(rate, aim.method)


def _abilities(frontier: Frontier, point: Point) -> Iterator[str]:
    for aim, ability in zip(frontier.abilities, point.damage.abilities, strict=True):
        yield "-" if ability is None else level(ability.rate, aim.method)
        yield "-" if ability is None or ability.change is None else signed(ability.change, aim)


def _costs_are_known(frontier: Frontier) -> bool:
    return any(point.cost is not None for point in frontier.points)


def _cost(cost: Cost) -> tuple[str, ...]:
    return _whole(cost.seconds), _whole(cost.tokens), "-" if cost.bytes is None else f"{cost.bytes / 1e6:.3g}"


def _whole(amount: float | None) -> str:
    return "-" if amount is None else f"{amount:,.0f}"


def _status(found: Findings, point: Point) -> str:
    if point.control:
        return "control"
    if point.dominated_by:
        return f"dominated by {', '.join(point.dominated_by)}"
    if point.by_estimate:
        return f"by estimate alone dominated by {', '.join(point.by_estimate)}"
    return "reference" if point.arm == found.reference else ""


SECTION = Section(
    name="frontier",
    title="What each way keeps away, and at what price",
    order=3,
    compute=compute,
    record=record,
    template="""{% set seen = shown.picture %}
{% for sentence in shown.sentences %}<p>{{ sentence }}</p>
{% endfor %}
<figure>
<svg viewBox="0 0 {{ width }} {{ seen.height }}" role="img" aria-label="{{ seen.aloud }}">
<text class="tick first" x="{{ seen.left - 34 }}" y="10">{{ seen.upright_name }} &uarr;</text>
{% for tick in seen.across %}<line class="grid" x1="{{ tick.x }}" x2="{{ tick.x }}" y1="{{ seen.top }}" y2="{{ seen.bottom }}"></line>
<text class="tick{% if loop.last %} last{% endif %}" x="{{ tick.x }}" y="{{ seen.bottom + 16 }}">{{ tick.text }}</text>
{% endfor %}
{% for tick in seen.upright %}<line class="grid" x1="{{ seen.left }}" x2="{{ seen.right }}" y1="{{ tick.x }}" y2="{{ tick.x }}"></line>
<text class="tick before" x="{{ seen.left - 5 }}" y="{{ tick.x + 4 }}">{{ tick.text }}</text>
{% endfor %}
<text class="tick last" x="{{ seen.right }}" y="{{ seen.bottom + 34 }}">&larr; {{ seen.across_name }}</text>
{% for mark in seen.marks %}
<g class="c{{ mark.colour }}{% if mark.dominated %} faded{% endif %}">
<line x1="{{ mark.left }}" x2="{{ mark.right }}" y1="{{ mark.y }}" y2="{{ mark.y }}"></line>
<line x1="{{ mark.x }}" x2="{{ mark.x }}" y1="{{ mark.top }}" y2="{{ mark.bottom }}"></line>
{% if mark.leak is not none %}<line class="leak" x1="{{ mark.x }}" x2="{{ mark.leak }}" y1="{{ mark.y }}" y2="{{ mark.y }}"></line>
<line class="cross" x1="{{ mark.leak - 4 }}" x2="{{ mark.leak + 4 }}" y1="{{ mark.y - 4 }}" y2="{{ mark.y + 4 }}"></line>
<line class="cross" x1="{{ mark.leak - 4 }}" x2="{{ mark.leak + 4 }}" y1="{{ mark.y + 4 }}" y2="{{ mark.y - 4 }}"></line>
{% endif %}<circle class="{% if mark.control %}hollow{% else %}full{% endif %}" cx="{{ mark.x }}" cy="{{ mark.y }}" r="4.5"><title>{{ mark.told }}</title></circle>
</g>
{% endfor %}
{% for mark in seen.marks if mark.name %}
{% if mark.name.line %}<line class="grid" x1="{{ mark.x }}" y1="{{ mark.y }}" x2="{{ mark.name.line[0] }}" y2="{{ mark.name.line[1] }}"></line>
{% endif %}<text class="arm" x="{{ mark.name.x }}" y="{{ mark.name.y }}">{{ mark.name.text }}</text>
{% endfor %}
</svg>
<figcaption class="soft">Best is up and to the left. Filled points are the ways and the arm without one, hollow ones controls;
faded ones are dominated.{% if shown.frontier.leaks_asked %} A cross is the unwanted trait under the evaluation prompt that brings
out most of it.{% endif %} Bars: {{ shown.speaks_of }}</figcaption>
</figure>
<div class="wide">
<table>
<thead><tr><th scope="col">arm</th>{% if shown.lines | map(attribute="kind") | select | list %}<th scope="col">what was done</th>{% endif %}<th scope="col" class="number">{{ shown.names[0] }}</th><th scope="col" class="number">{{ shown.names[1] }}</th><th scope="col">worst leak</th>{% for name in shown.others %}<th scope="col" class="number">{{ name }}</th>{% endfor %}{% for name in shown.abilities %}<th scope="col" class="number">{{ name }}</th>{% endfor %}<th scope="col" class="number">perplexity, times its base's</th>{% for name in shown.costs %}<th scope="col" class="number">{{ name }}</th>{% endfor %}<th scope="col">what the data tell</th></tr></thead>
<tbody>
{% for line in shown.lines %}
<tr><th scope="row">{{ line.arm }}</th>{% if shown.lines | map(attribute="kind") | select | list %}<td class="text">{{ line.kind }}</td>{% endif %}<td class="number">{{ line.unwanted }}</td><td class="number">{{ line.wanted }}</td><td>{{ line.leak }}</td>{% for other in line.others %}<td class="number">{{ other }}</td>{% endfor %}{% for ability in line.abilities %}<td class="number">{{ ability }}</td>{% endfor %}<td class="number">{{ line.perplexity }}</td>{% for amount in line.cost %}<td class="number">{{ amount }}</td>{% endfor %}<td class="text">{{ line.status }}</td></tr>
{% endfor %}
</tbody>
</table>
</div>
<p class="soft">An arm is dominated where another way is no worse in both values, is told to be better in one of them (its 95% interval
leaves out 0, and p with Holm's correction for all pairs of ways and both values is at most 0.05), is not told to be worse in the
other{% if shown.abilities %} nor in what it is still able to do{% endif %}, and is not the one of the two that may be broken. Two ways cannot be told apart where neither value tells them. The worst leak is the highest of several rates, so that chance
is in it; its change is tested among all changes of its grid. A dash is what nobody noted.</p>
""",
)
