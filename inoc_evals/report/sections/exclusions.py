"""How many responses are counted, and why the others are not."""

from __future__ import annotations

from inoc_evals.report.sections import Section, of_findings

SECTION = Section(
    name="exclusions",
    title="Responses and exclusions",
    order=30,
    compute=of_findings,
    template="""{% from "folded.j2" import folded -%}
<p class="soft">Excluded responses have no value; they are in no rate. The bounds are the rate as if all of them were 0 and
as if all were 1. {{ shown.rates | note }}</p>
{% call(lines) folded(shown.rates | by_lead) %}
<div class="wide">
<table>
<thead><tr><th scope="col">arm</th><th scope="col" class="number">counted</th><th scope="col" class="number">questions</th><th scope="col" class="number">checkpoints</th><th scope="col" class="number">rate %</th><th scope="col" class="number">95% {{ like }}</th><th scope="col" class="number">95% {{ these }}</th><th scope="col" class="number">pooled %</th><th scope="col" class="number">excluded</th><th scope="col">by cause</th><th scope="col" class="number">bounds %</th><th scope="col" class="number">unfinished reasoning %</th><th scope="col" class="number">cut off %</th><th scope="col">note</th></tr></thead>
{% for names, group in lines | by_value %}
<tbody>
<tr><th colspan="14" scope="rowgroup">{{ title(*names) }}</th></tr>
{% for line in group %}{% set rate = line.rate %}
<tr><th scope="row">{{ line.arm }}</th><td class="number">{{ rate.n }}</td><td class="number">{{ rate.questions }}</td><td class="number">{{ rate.checkpoints }}</td><td class="number">{{ rate.equal | number(line.method) }}</td><td class="number">{{ rate | interval(line.method) }}</td><td class="number">{{ rate.on_these_questions | interval(line.method) }}</td><td class="number">{{ rate.pooled | number(line.method) }}</td><td class="number">{{ rate.excluded }}</td><td class="text">{{ line.causes | excluded("-") }}</td><td class="number">{{ rate.bounds | interval(line.method) }}</td><td class="number">{{ line.unfinished | number }}</td><td class="number">{{ line.truncated | number }}</td><td class="text">{{ line.cautions | join("; ") }}</td></tr>
{% endfor %}
</tbody>
{% endfor %}
</table>
</div>
{% endcall %}
""",
)
