"""Each arm minus the reference."""

from __future__ import annotations

from inoc_evals.report.sections import Section, of_findings

SECTION = Section(
    name="differences",
    title="Differences",
    order=20,
    compute=of_findings,
    template="""{% from "folded.j2" import folded -%}
{% if shown.differences %}
<p class="soft">Each arm minus {{ shown.reference }} in percentage points, paired by question. p (Holm) is corrected for all
{{ shown.differences | length }} differences of this table. The bounds take every excluded response of both arms at the
values that lower, or raise, the difference most. &ldquo;{{ these_only }}&rdquo;: an arm has one checkpoint, so nothing is said about
other training seeds. {{ shown.rates | note }}</p>
{% call(lines) folded(shown.differences | by_lead) %}
<div class="wide">
<table>
<thead><tr><th scope="col">difference</th><th scope="col" class="number">points</th><th scope="col" class="number">95% {{ like }}</th><th scope="col" class="number">95% {{ these }}</th><th scope="col" class="number">p</th><th scope="col" class="number">p (Holm)</th><th scope="col" class="number">questions</th><th scope="col" class="number">bounds</th><th scope="col">speaks of</th></tr></thead>
{% for names, group in lines | by_value %}
<tbody>
<tr><th colspan="9" scope="rowgroup">{{ title(*names) }}</th></tr>
{% for line in group %}{% set gap = line.difference %}
<tr><th scope="row">{{ line.arm }} &minus; {{ line.reference }}</th><td class="number">{{ gap.mean | number(line.method) }}</td><td class="number">{{ gap | interval(line.method) }}</td><td class="number">{{ gap.on_these_questions | interval(line.method) }}</td><td class="number">{{ gap.p | p }}</td><td class="number">{{ line.p_holm | p }}</td><td class="number">{{ gap.questions }}{% if gap.unpaired %} ({{ gap.unpaired }} unpaired){% endif %}</td><td class="number">{{ gap.bounds | interval(line.method) }}</td><td>{{ line | speaks_of }}</td></tr>
{% endfor %}
</tbody>
{% endfor %}
</table>
</div>
{% endcall %}
{% else %}
<p>There is one arm; nothing is compared.</p>
{% endif %}
""",
)
