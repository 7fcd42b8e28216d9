"""Exact probabilities in place of drawn answers: how many of those would tell as much, both costs, and do they agree?"""

from __future__ import annotations

import math

from inoc_evals.plain import plain
from inoc_evals.report.sections import Material, Section
from inoc_evals.results.exact import Drawn, ExactRate


def compute(material: Material) -> tuple[ExactRate, ...] | None:
    """One line per exact value, category or condition, and arm; None where no probability was asked for."""
    found = material.findings
    arms = {arm: place for place, arm in enumerate(found.arms)}
    parts = {
        part: place for place, part in enumerate(dict.fromkeys((line.task, line.category) for line in found.exact))
    }
    lines = sorted(found.exact, key=lambda line: (parts[line.task, line.category], line.measure, arms.get(line.arm, 0)))
    return tuple(lines) or None


def record(lines: tuple[ExactRate, ...]) -> object:
    """The same as plain JSON."""
    return plain([_record(line) for line in lines])


def _record(line: ExactRate) -> dict[str, object]:
    return {
        "task": line.task,
        "category": line.category,
        "measure": line.measure,
        "arm": line.arm,
        "items": line.needed.items,
        "low": line.needed.low,
        "high": line.needed.high,
        "unresolved": line.needed.high - line.needed.low,
        "half_width": line.needed.half_like,
        "answers_needed": {"for_questions_like_these": line.needed.like, "on_these_questions": line.needed.these},
        "exact": {"passes": line.passes, "prompt_tokens": line.prompt_tokens, "seconds": line.seconds},
        "drawn_as_narrow": {
            "answers": line.answers_needed,
            "tokens": line.tokens_needed,
            "seconds": line.seconds_needed,
        },
        "drawn": None if line.drawn is None else _drawn(line.drawn),
    }


def _drawn(drawn: Drawn) -> dict[str, object]:
    ends = drawn.rate.on_these_questions
    return {
        "task": drawn.task,
        "answers": drawn.rate.n,
        "answers_to_a_prompt": drawn.answers,
        "share": drawn.rate.equal,
        "low": drawn.rate.low,
        "high": drawn.rate.high,
        "on_these_questions": {"low": ends.low, "high": ends.high},
        "tokens_an_answer": None if math.isnan(drawn.tokens) else drawn.tokens,
        "seconds_an_answer": None if drawn.pace is None else drawn.pace.seconds,
        "alone": None if drawn.pace is None else drawn.pace.alone,
        "agrees": drawn.agrees,
        "but": drawn.but,
    }


SECTION = Section(
    name="exact",
    title="Exact probabilities, and what drawing would have taken",
    order=37,
    compute=compute,
    record=record,
    template="""{% from "folded.j2" import folded -%}
{% macro some(value, form) %}{{ "not known" if value is none else form | format(value) }}{% endmacro -%}
<p class="soft">These values were asked for and not drawn: the probabilities are those at temperature 1. What the search for them
did not reach is "not resolved", and the truth lies between the two ends. "Answers needed" are drawn answers to each prompt with
which an interval {{ like }} would be at most 5% wider; on these questions an exact value has no width but what is not resolved,
so that without any no number of answers is as narrow. Costs are forward passes: each next token that was worked out, and each
token of an answer. Tokens of prompts count those too that a server has in its cache.</p>
{% call(lines) folded(shown | by_lead) %}
<div class="wide">
<table>
<thead><tr><th scope="col">value</th><th scope="col">arm</th><th scope="col" class="number">%</th><th scope="col" class="number">not resolved</th><th scope="col" class="number">prompts</th><th scope="col" class="number">answers needed {{ like }}</th><th scope="col" class="number">{{ these }}</th><th scope="col" class="number">exact: passes</th><th scope="col" class="number">tokens of prompts</th><th scope="col" class="number">seconds</th><th scope="col" class="number">drawn: answers</th><th scope="col" class="number">passes</th><th scope="col" class="number">seconds</th></tr></thead>
<tbody>
{% for line in lines %}{% set needed = line.needed %}
<tr><th scope="row">{{ title(line.task, line.category, line.measure) }}</th><td>{{ line.arm }}</td><td class="number">{{ "%.2f" | format(100 * needed.low) }}</td><td class="number">{{ "%.2f" | format(100 * (needed.high - needed.low)) }}</td><td class="number">{{ needed.items }}</td><td class="number">{{ "no number" if needed.like is none else "{:,}".format(needed.like) }}</td><td class="number">{{ "no number" if needed.these is none else "{:,}".format(needed.these) }}</td><td class="number">{{ some(line.passes, "%d") }}</td><td class="number">{{ some(line.prompt_tokens, "%d") }}</td><td class="number">{{ some(line.seconds, "%.1f") }}</td><td class="number">{{ some(line.answers_needed, "%d") }}</td><td class="number">{{ some(line.tokens_needed, "%d") }}</td><td class="number">{{ some(line.seconds_needed, "%.1f") }}</td></tr>
{% endfor %}
</tbody>
</table>
</div>
{% endcall %}
{% set drawn = shown | selectattr("drawn") | list %}
{% if drawn %}
<p class="soft">Answers to the same prompts were drawn too. Each was read for the same thing, its beginning or its first word, so that
the two must agree: is the exact value within the interval of the drawn share {{ these }}? One in twenty is not, by chance.</p>
{% call(lines) folded(drawn | by_lead) %}
<div class="wide">
<table>
<thead><tr><th scope="col">value</th><th scope="col">arm</th><th scope="col">answers of</th><th scope="col" class="number">to each prompt</th><th scope="col" class="number">exact %</th><th scope="col" class="number">drawn %</th><th scope="col" class="number">95% {{ these }}</th><th scope="col">do they agree?</th></tr></thead>
<tbody>
{% for line in lines %}{% set answers = line.drawn %}
<tr><th scope="row">{{ title(line.task, line.category, line.measure) }}</th><td>{{ line.arm }}</td><td>{{ answers.task }}</td><td class="number">{{ "%g" | format(answers.answers) }}</td><td class="number">{{ "%.2f" | format(100 * line.needed.low) }}{% if line.needed.high > line.needed.low %} to {{ "%.2f" | format(100 * line.needed.high) }}{% endif %}</td><td class="number">{{ answers.rate.equal | number }}</td><td class="number">{{ answers.rate.on_these_questions | interval }}</td><td class="text">{{ "not comparable: " ~ answers.but if answers.agrees is none else ("yes" if answers.agrees else "no") }}{% if answers.pace is not none and not answers.pace.alone %} (other tasks were asked meanwhile, so that its seconds are too many){% endif %}</td></tr>
{% endfor %}
</tbody>
</table>
</div>
{% endcall %}
{% elif shown | selectattr("pace") | list %}
<p class="soft">No answers to these prompts were drawn here, so that the seconds of drawing were not measured.</p>
{% endif %}
""",
)
