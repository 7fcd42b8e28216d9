"""How long the responses are."""

from __future__ import annotations

from inoc_evals.plain import plain
from inoc_evals.report.sections import Material, Section
from inoc_evals.results.lengths import Length


def compute(material: Material) -> tuple[Length, ...] | None:
    """What findings say; None without responses."""
    return material.findings.lengths or None


def record(lines: tuple[Length, ...]) -> object:
    """The same as plain JSON."""
    return plain(lines)


SECTION = Section(
    name="lengths",
    title="How long the responses are",
    order=35,
    compute=compute,
    record=record,
    template="""{% from "folded.j2" import folded -%}
<p class="soft">Characters in a response, questions weighing equally, with a 95% interval (clustered t) {{ like }}; then the
median of all responses, and how many were cut off by the token limit.</p>
{% call(lines) folded(shown | by_lead) %}
<div class="wide">
<table>
<thead><tr><th scope="col">task</th><th scope="col">category or condition</th><th scope="col">arm</th><th scope="col" class="number">characters</th><th scope="col" class="number">95% {{ like }}</th><th scope="col" class="number">median</th><th scope="col" class="number">cut off %</th></tr></thead>
<tbody>
{% for line in lines %}{% set mean = line.characters %}
<tr><th scope="row">{{ line.task }}</th><td>{{ line.category }}</td><td>{{ line.arm }}</td><td class="number">{{ mean.equal | round(1) }}</td><td class="number">{{ mean | interval("open mean") }}</td><td class="number">{{ line.median | round(1) }}</td><td class="number">{{ line.truncated | number }}</td></tr>
{% endfor %}
</tbody>
</table>
</div>
{% endcall %}
""",
)
