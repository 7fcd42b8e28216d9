"""How far each arm's answers are from the reference's, and how near they come to those of people."""

from __future__ import annotations

from inoc_evals.plain import plain
from inoc_evals.report.sections import Material, Section
from inoc_evals.results.shift import Moved


def compute(material: Material) -> Moved | None:
    """None where no options were chosen from, or the reference has none of the items."""
    found = material.findings.moved
    return found if found.shifts or found.nearness else None


def record(shown: Moved) -> object:
    """Both as plain JSON."""
    return {"distances": plain(shown.shifts), "similarities": plain(shown.nearness)}


SECTION = Section(
    name="shift",
    title="How far answers moved",
    order=26,
    compute=compute,
    record=record,
    template="""{% if shown.shifts %}
<p class="soft">The distance (Jensen-Shannon, base 2; 0: the same, 100: nothing in common) of an arm's shares over the options of an item from
those of {{ findings.reference }}, over questions, with a 95% interval {{ like }}. It is never below 0: other weights give another distance, and training the
same once more would too. Read it beside that of a placebo, or of the reference's own seeds.</p>
<div class="wide">
<table>
<thead><tr><th scope="col">task</th><th scope="col">condition</th><th scope="col">arm</th><th scope="col" class="number">distance %</th><th scope="col" class="number">95% {{ like }}</th><th scope="col" class="number">questions</th><th scope="col">furthest</th></tr></thead>
<tbody>
{% for line in shown.shifts %}
<tr><th scope="row">{{ line.task }}</th><td>{{ line.condition or "-" }}</td><td>{{ line.arm }}{% if line.by_seed %}, its seeds from each other{% endif %}</td><td class="number">{{ line.distance.equal | number("exact mean") }}</td><td class="number">{{ line.distance | interval("exact mean") }}</td><td class="number">{{ line.distance.questions }}</td><td class="text">{% for far in line.furthest %}{{ far.question }} {{ far.distance | number }}{% if not loop.last %}, {% endif %}{% endfor %}</td></tr>
{% endfor %}
</tbody>
</table>
</div>
{% endif %}
{% if shown.nearness %}
<p class="soft">How near answers come to those of people: 100 less the distance from the answers of a region, over the questions that were asked there; and what an arm
has more of it than {{ findings.reference }}, paired by question.</p>
{% set many = shown.nearness | length > 24 %}
{% if many %}<details><summary>by region</summary>{% endif %}
<div class="wide">
<table>
<thead><tr><th scope="col">task</th><th scope="col">condition</th><th scope="col">region</th><th scope="col">arm</th><th scope="col" class="number">similarity %</th><th scope="col" class="number">95% {{ like }}</th><th scope="col" class="number">difference</th><th scope="col" class="number">95% {{ like }}</th><th scope="col" class="number">questions</th></tr></thead>
<tbody>
{% for line in shown.nearness %}
<tr><th scope="row">{{ line.task }}</th><td>{{ line.condition or "-" }}</td><td>{{ line.region }}</td><td>{{ line.arm }}</td><td class="number">{{ line.similarity.equal | number("exact mean") }}</td><td class="number">{{ line.similarity | interval("exact mean") }}</td><td class="number">{% if line.change %}{{ line.change.mean | number("exact mean") }}{% else %}-{% endif %}</td><td class="number">{% if line.change %}{{ line.change | interval("exact mean") }}{% else %}-{% endif %}</td><td class="number">{{ line.similarity.questions }}</td></tr>
{% endfor %}
</tbody>
</table>
</div>
{% if many %}</details>{% endif %}
{% endif %}
""",
)
