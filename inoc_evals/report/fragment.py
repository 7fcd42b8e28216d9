"""The answer as a piece of HTML for a notebook: sentences, then the small tables that a terminal gets."""

from __future__ import annotations

from collections.abc import Sequence

from inoc_evals.report.profile_texts import sentences as profile_sentences
from inoc_evals.report.sentences import sentences
from inoc_evals.report.summary import blocks, progress
from inoc_evals.results.findings import Findings

# Arms in one table of steps.
_ABREAST = 6
# Notebooks bring their own style, in which every cell stands at the right; a style sheet of ours would reach the page.
_TEMPLATE = """
{% macro table(shown, caption) %}
<table>
<caption style="text-align: left">{{ caption }}</caption>
<thead><tr>
{% for column in shown.columns %}
<th scope="col" style="text-align: {{ 'right' if column.numbers else 'left' }}">{{ column.name }}</th>
{% endfor %}
</tr></thead>
<tbody>
{% for row in shown.rows %}
<tr>
{% for cell in row %}
{% if loop.first %}
<th scope="row" style="text-align: left">{{ cell }}</th>
{% else %}
<td style="text-align: {{ 'right' if shown.columns[loop.index0].numbers else 'left' }}">{{ cell }}</td>
{% endif %}
{% endfor %}
</tr>
{% endfor %}
</tbody>
</table>
{% endmacro %}
<div>
{% for sentence in sentences %}
<p>{{ sentence }}</p>
{% endfor %}
{% for block in blocks %}
{{ table(block.rates, block.heading) }}
{% if block.differences %}
{{ table(block.differences, block.heading ~ ": differences from " ~ block.reference) }}
{% endif %}
{% if block.more %}
<p>{{ block.more }}</p>
{% endif %}
{% endfor %}
{% for shown in progress %}
{{ table(shown.table, shown.heading) }}
{% endfor %}
<p><small>{{ counted }}</small></p>
{% for note in notes %}
<p><small>Note: {{ note }}.</small></p>
{% endfor %}
</div>
"""


def as_html(found: Findings, counted: str, notes: Sequence[str]) -> str:
    """The answer in HTML, every text escaped, with what was `counted` and the `notes` below. Raises ImportError without
    jinja2."""
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string(_TEMPLATE)
    said = (*profile_sentences(found), *sentences(found))
    parts = {"sentences": said, "blocks": blocks(found), "progress": progress(found, _ABREAST)}
    return template.render(**parts, counted=counted, notes=notes).strip()
