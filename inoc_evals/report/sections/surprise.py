"""How surprising the training answers are with and without a prompt: the loss, on the steps of the traits' curves."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from inoc_evals.plain import plain
from inoc_evals.report import surprise_texts as texts
from inoc_evals.report.pictures import arm_colours, ruler
from inoc_evals.report.sections import Material, Section
from inoc_evals.report.step_picture import Dot, Picture, Series, picture
from inoc_evals.results.findings import Findings
from inoc_evals.results.surprise import Answers, Point, Surprise
from inoc_evals.stats.ratios import Estimate


@dataclass(frozen=True)
class Tokens:
    """The tokens of one checkpoint's answers, and the stretches of these, as cells."""

    checkpoint: str
    tokens: tuple[tuple[str, ...], ...]
    stretches: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Shown:
    """One reading of the rows: a picture where there are steps, and as cells the losses and what was learned."""

    title: str
    picture: Picture | None
    points: tuple[tuple[str, ...], ...]
    learned: tuple[tuple[str, ...], ...]
    tokens: tuple[Tokens, ...]
    found: Surprise


def compute(material: Material) -> tuple[Shown, ...] | None:
    """None where no losses were read beside the results."""
    return tuple(_shown(found, material.findings) for found in material.source.surprises) or None


def record(shown: Sequence[Shown]) -> object:
    """What was found, as plain JSON."""
    return plain([one.found for one in shown])


def _shown(found: Surprise, findings: Findings) -> Shown:
    return Shown(
        title=texts.title(found),
        picture=_picture(found, findings),
        points=tuple((point.training, *texts.of_point(point)) for point in found.points),
        learned=tuple((one.training, *texts.of_learned(one, one.learned)) for one in found.points if one.learned),
        tokens=tuple(_tokens(label, answers) for label, answers in texts.telling(found).items()),
        found=found,
    )


def _tokens(label: str, answers: Answers) -> Tokens:
    stretches = tuple(
        (
            texts.place(one.first, one.last),
            str(one.count),
            *map(texts.nats, (one.change.without.mean, one.change.under.mean)),
            texts.change(one.change.difference),
        )
        for one in answers.stretches
    )
    return Tokens(label, tuple(map(texts.of_token, answers.tokens)), stretches)


def _picture(found: Surprise, findings: Findings) -> Picture | None:
    points = [point for point in found.points if point.step is not None]
    steps = sorted({point.step for point in points if point.step is not None})
    if len(steps) < 2:
        return None
    colours = arm_colours((*findings.arms, *(point.arm for point in points)))
    series: list[Series] = []
    for name, of_training in groupby(points, key=lambda point: point.training):
        those = list(of_training)
        colour = colours[those[0].arm]
        series.append(Series(f"{name}, without", colour, _dots(those, False)))
        series.append(Series(f"{name}, with the prompt", colour, _dots(those, True), dashed=True))
    values = [end for one in series for dot in one.dots for end in (dot.value, dot.low, dot.high)]
    # The axis of the traits' curves, so that one can be read below the other.
    last = max(steps[-1], *(point.step for point in findings.progress), 0)
    rows = tuple((step, tuple(_at(one, step) for one in series)) for step in steps)
    return picture("Loss of a token of the training answers (nats)", series, ruler("open mean", values), last, rows)


def _dots(points: Sequence[Point], under: bool) -> tuple[Dot, ...]:
    return tuple(
        _dot(point.step, point.per_token.under if under else point.per_token.without)
        for point in points
        if point.step is not None
    )


def _dot(step: int, one: Estimate) -> Dot:
    low, high = (math.nan if end is None else end for end in (one.low, one.high))
    return Dot(step, one.mean, low, high, f"step {step}: {texts.level(one)}")


def _at(series: Series, step: int) -> str:
    return next((dot.text.partition(": ")[2] for dot in series.dots if dot.step == step), "-")


SECTION = Section(
    name="surprise",
    title="How surprising the training answers are",
    order=23,
    compute=compute,
    record=record,
    template="""{% from "steps.j2" import drawn -%}
{% macro table(caption, first, others, rows) %}
<div class="wide">
<table>
<caption>{{ caption }}</caption>
<thead><tr><th scope="col">{{ first }}</th>{% for name in others %}<th scope="col" class="number">{{ name }}</th>{% endfor %}</tr></thead>
<tbody>
{% for row in rows %}
<tr><th scope="row">{{ row[0] }}</th>{% for cell in row[1:] %}<td class="number">{{ cell }}</td>{% endfor %}</tr>
{% endfor %}
</tbody>
</table>
</div>
{% endmacro %}
<p class="soft">The loss of a token is its negative log-probability in nats, given all before it: what does not surprise a model, it
need not learn. It is read with the prompt and without it in the same rows, with 95% intervals for rows like these, differences
paired by row. The steps are those of the curves of the traits; step 0 is the model that the training began from.</p>
{% for one in shown %}
<h3>{{ one.title }}</h3>
{% if one.picture %}
<div class="panels">
{{ drawn(one.picture, "The mean loss of a token in nats, with its interval") }}
</div>
{% endif %}
{{ table("The mean loss of a token, and what the prompt changes for a token and for all answers of a row, in nats", "training", ("step", "without", "with", "with less without", "the same of a row"), one.points) }}
{% if one.learned %}
<details>
<summary>How much was learned</summary>
{{ table("By how much the loss of a token is lower than at step 0, in nats", "training", ("step", "without the prompt", "with it"), one.learned) }}
</details>
{% endif %}
{% for answers in one.tokens %}
<details>
<summary>Where in the answers: {{ answers.checkpoint }}</summary>
{{ table("The tokens whose loss the prompt lowers most in all, in nats", "token", ("times", "without", "with", "taken off in all"), answers.tokens) }}
{{ table("The mean loss of a token by its place in a row's answers, in nats", "tokens", ("how many", "without", "with", "with less without"), answers.stretches) }}
</details>
{% endfor %}
{% endfor %}
""",
)
