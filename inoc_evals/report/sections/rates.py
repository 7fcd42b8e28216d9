"""A card for each trait, side by side: what each arm shows of it, and how much of that is undecided or cut off."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from inoc_evals.report.ends import READABLE, ends
from inoc_evals.report.lead import by_lead
from inoc_evals.report.pictures import Ruler, arm_colours, ruler
from inoc_evals.report.sections import Material, Section
from inoc_evals.report.sentences import change, doubt, level
from inoc_evals.report.texts import arm_name, excluded, heading, headline, interval, number, value_name
from inoc_evals.results.differences import Difference
from inoc_evals.results.findings import Findings
from inoc_evals.results.methods import Method
from inoc_evals.results.rates import CheckpointRate, Rate

# Cards that stand beside each other, so that a pair does so on a phone too.
ABREAST = 3
# A share of undecided or cut-off responses from which the card says so aloud.
MANY = 0.1
_WHAT: Mapping[Method, str] = {
    "rate": "% of the decided responses",
    "mean": "mean, in % of the scale",
    "exact mean": "mean, in % of the scale",
    "open mean": "mean",
}


@dataclass(frozen=True)
class Dot:
    """One checkpoint's rate. Places on a line are percent of its length, in all classes here."""

    x: float
    text: str


@dataclass(frozen=True)
class Track:
    """One arm on one card. `x`, `low` and `high` are None where there is no rate, and `change` is empty for the arm
    that the others are compared with. `aloud` are the shares that are large."""

    arm: str
    level: str
    interval: str
    change: str
    undecided: str
    cut: str
    aloud: frozenset[str]
    bounds: str
    colour: int
    x: float | None
    low: float | None
    high: float | None
    dots: tuple[Dot, ...]
    cautions: tuple[str, ...]


@dataclass(frozen=True)
class Card:
    """One trait: its key, what it is called, what its numbers are, and its arms by name. `reference` is where the arm stands that
    the others are compared with."""

    key: str
    name: str
    what: str
    axis: Ruler
    reference: float | None
    tracks: Mapping[str, Track]


@dataclass(frozen=True)
class Row:
    """Cards that stand beside each other, and the arms that any of them has: those that are read, and, where they are
    too many, the others."""

    cards: tuple[Card, ...]
    arms: tuple[str, ...]
    others: tuple[str, ...] = ()


@dataclass(frozen=True)
class Part:
    """The cards of one category or condition of a task. `pair` says whether two traits are to be read together."""

    title: str
    rows: tuple[Row, ...]
    pair: bool
    these_only: bool


@dataclass(frozen=True)
class Shown:
    """The parts that stand first, under "", and those that are folded, under what they are called; and what the
    intervals speak of."""

    groups: tuple[tuple[str, tuple[Part, ...]], ...]
    headline: str

    @property
    def pairs(self) -> bool:
        """Whether there are traits to be read side by side."""
        return any(part.pair for _, parts in self.groups for part in parts)


def compute(material: Material) -> Shown:
    """A card for each task, category and headline value. Arms without any response are left out."""
    found = material.findings
    groups = ((label, _parts(rates, found)) for label, rates in by_lead(found.rates))
    return Shown(tuple((label, parts) for label, parts in groups if parts), headline(found.rates))


def abreast(count: int) -> list[int]:
    """How many cards stand in each row: at most `ABREAST`, and never one alone below three."""
    rows = -(-count // ABREAST)
    return [count // rows + (place < count % rows) for place in range(rows)]


def _parts(rates: Sequence[Rate], found: Findings) -> tuple[Part, ...]:
    parts = []
    for names, group in groupby(rates, key=lambda rate: (rate.task, rate.category)):
        shown = [rate for rate in group if rate.rate.n or rate.rate.excluded]
        cards = [_card(list(of_value), found) for _, of_value in groupby(shown, key=lambda rate: rate.measure)]
        rows, start = [], 0
        for count in abreast(len(cards)) if cards else []:
            beside = tuple(cards[start : start + count])
            rows.append(_row(beside, shown, found))
            start += count
        these_only = any(rate.rate.these_checkpoints_only for rate in shown if rate.rate.n)
        parts += [Part(heading(*names), tuple(rows), len(cards) > 1, these_only)] if rows else []
    return tuple(parts)


def _row(beside: tuple[Card, ...], rates: Sequence[Rate], found: Findings) -> Row:
    arms = tuple(arm for arm in found.arms if any(arm in card.tracks for card in beside))
    if len(arms) <= READABLE:
        return Row(beside, arms)
    # One order for all cards of a row, by the first of them.
    of_first = [rate for rate in rates if rate.measure == beside[0].key]
    first = tuple(rate.arm for rate in ends(of_first, found.reference))
    return Row(beside, first, tuple(arm for arm in arms if arm not in {*first}))


def _card(rates: Sequence[Rate], found: Findings) -> Card:
    first = rates[0]
    place = (first.task, first.category, first.measure)
    singles = [each for each in found.by_checkpoint if (each.task, each.category, each.measure) == place]
    contrasts = {each.arm: each for each in found.differences if (each.task, each.category, each.measure) == place}
    ends = [end for rate in rates for end in (rate.rate.equal, rate.rate.low, rate.rate.high)]
    axis = ruler(first.method, ends + [single.rate.equal for single in singles])
    tracks = {
        rate.arm: _track(
            rate, contrasts.get(rate.arm), axis, _dots([each for each in singles if each.arm == rate.arm], axis), found
        )
        for rate in rates
    }
    scale = found.tasks[first.task].scales[first.measure]
    unit = scale.unit if first.method == "open mean" else ""
    what = ", ".join(text for text in (_WHAT[first.method], unit, scale.direction) if text)
    reference = tracks.get(found.reference or "")
    name = value_name(found, first.task, first.measure)
    return Card(first.measure, name, what, axis, reference.x if reference else None, tracks)


def _track(line: Rate, contrast: Difference | None, axis: Ruler, dots: tuple[Dot, ...], found: Findings) -> Track:
    rate, responses = line.rate, line.rate.n + line.rate.excluded
    why = next(iter(line.causes)) if len(line.causes) == 1 else excluded(line.causes, "")
    counts = f"{rate.excluded:,} of {responses:,}" + (f": {why}" if why else "")
    shares = {"undecided": line.undecided, "cut": line.truncated}
    return Track(
        arm=arm_name(found, line.arm, line.measure),
        level="no counted response" if math.isnan(rate.equal) else level(line),
        interval="" if math.isnan(rate.equal) else interval(rate, line.method),
        change="" if contrast is None else change(contrast, found) + doubt(contrast, found),
        undecided=f"{number(line.undecided)}% ({counts})",
        cut=f"{number(line.truncated)}%",
        aloud=frozenset(name for name, share in shares.items() if share >= MANY),
        bounds=interval(rate.bounds, line.method) if rate.excluded else "",
        colour=arm_colours(found.arms)[line.arm],
        x=axis.percent(rate.equal),
        low=axis.percent(rate.low),
        high=axis.percent(rate.high),
        dots=dots,
        cautions=line.cautions,
    )


def _dots(checkpoints: Sequence[CheckpointRate], axis: Ruler) -> tuple[Dot, ...]:
    dots = []
    for single in checkpoints:
        rate = single.rate
        x = axis.percent(rate.equal)
        if x is not None:
            counted = f"({rate.n} counted, {rate.excluded} excluded)"
            dots.append(Dot(x, f"{single.checkpoint}: {number(rate.equal, single.method)} {counted}"))
    return tuple(dots)


SECTION = Section(
    name="rates",
    title="Each trait, arm by arm",
    order=10,
    compute=compute,
    template="""{% from "folded.j2" import folded -%}
{% macro line(track, card) %}
<svg class="line" width="100%" height="26" aria-hidden="true">
{% for at in range(0, 101, 25) %}<line class="grid" x1="{{ at }}%" x2="{{ at }}%" y1="0" y2="26"></line>{% endfor %}

<line class="axis" x1="0%" x2="100%" y1="13" y2="13"></line>
{% if card.reference is not none and track.change %}<line class="average" x1="{{ card.reference }}%" x2="{{ card.reference }}%" y1="0" y2="26"></line>{% endif %}
{% if track.low is not none %}<line class="interval c{{ track.colour }}" x1="{{ track.low }}%" x2="{{ track.high }}%" y1="13" y2="13"></line>{% endif %}
{% if track.x is not none %}<line class="rate" x1="{{ track.x }}%" x2="{{ track.x }}%" y1="4" y2="22"></line>{% endif %}
{% for dot in track.dots %}
<circle class="dot c{{ track.colour }}" cx="{{ dot.x }}%" cy="{{ loop.cycle(9, 17) if track.dots | length > 1 else 13 }}" r="3.2"><title>{{ dot.text }}</title></circle>
{% endfor %}
</svg>
{% endmacro %}
{% macro cell(track, card) %}
<p class="arm">{{ track.arm }}</p>
<p class="level"><strong>{{ track.level }}</strong> <span>{{ track.interval }}</span></p>
{{ line(track, card) }}
{% if track.change %}<p>{{ track.change }}</p>{% endif %}
<p{% if "undecided" in track.aloud %} class="aloud"{% endif %}>undecided {{ track.undecided }}{% if track.bounds %}; bounds {{ track.bounds }}{% endif %}</p>
<p{% if "cut" in track.aloud %} class="aloud"{% endif %}>cut off {{ track.cut }}</p>
{% for caution in track.cautions %}<p>{{ caution }}</p>{% endfor %}
{% if track.dots | length > 1 %}<p class="hidden">{{ track.dots | map(attribute="text") | join("; ") }}</p>{% endif %}
{% endmacro %}
{% macro cards(row, arms, title) %}
<table class="cards abreast{{ row.cards | length }}">
<caption class="hidden">{{ title }}: {{ row.cards | map(attribute="name") | join(", ") }}</caption>
<thead><tr>{% for card in row.cards %}<th scope="col">{{ card.name }} <span class="soft">{{ card.what }}</span></th>{% endfor %}</tr></thead>
<tbody>
{% for arm in arms %}
<tr>{% for card in row.cards %}<td>{% if arm in card.tracks %}{{ cell(card.tracks[arm], card) }}{% else %}<p class="arm">{{ arm }}</p><p>not measured</p>{% endif %}</td>{% endfor %}</tr>
{% endfor %}
<tr>{% for card in row.cards %}<td class="ticks"><svg width="100%" height="14" aria-hidden="true">{% for tick in card.axis.ticks %}<text class="tick{% if loop.first %} first{% elif loop.last %} last{% elif loop.index is even %} between{% endif %}" x="{{ 25 * loop.index0 }}%" y="11">{{ tick.text }}</text>{% endfor %}</svg></td>{% endfor %}</tr>
</tbody>
</table>
{% endmacro %}
{% macro group(part) %}
<h3>{{ part.title }}{% if part.these_only %} <span class="badge">{{ these_only }}</span>{% endif %}</h3>
{% for row in part.rows %}
{{ cards(row, row.arms, part.title) }}
{% if row.others %}
<p class="soft">{{ row.arms | length }} of {{ (row.arms | length) + (row.others | length) }} arms: after the one that all are compared with, those with the highest and the lowest rates of "{{ row.cards[0].name }}".</p>
<details><summary>{{ row.others | length }} more arms</summary>
{{ cards(row, row.others, part.title) }}
</details>
{% endif %}
{% endfor %}
{% endmacro %}
{% if shown.pairs %}<p class="soft">Read traits side by side: the unwanted one should be lower than in {{ findings.reference }} and the wanted one should stay; where both are lower, less may have been learnt.</p>{% endif %}

{% if not shown.groups %}<p>There is no response to show.</p>{% endif %}

{% call(parts) folded(shown.groups) %}
{% for part in parts %}
{{ group(part) }}
{% endfor %}
{% endcall %}
<details>
<summary>How to read a card</summary>
<p class="soft">The mark across a bar is the rate, questions weighing equally; the bar is its 95% interval, each dot one checkpoint
(training seed), the dashed line {{ findings.reference }}. {{ shown.headline }} Undecided responses have no value and are in no rate;
the bounds are the rate as if all of them were 0 and as if all were 1. Cut off: ended by the token limit.</p>
</details>
""",
)
