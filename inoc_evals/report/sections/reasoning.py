"""What models wrote for themselves before they answered."""

from __future__ import annotations

from inoc_evals.plain import plain
from inoc_evals.report.sections import Material, Section
from inoc_evals.results.reasoning import Reasoning


def compute(material: Material) -> tuple[Reasoning, ...] | None:
    """What findings say; None where no model thought."""
    return material.findings.reasoning or None


def record(lines: tuple[Reasoning, ...]) -> object:
    """The same as plain JSON."""
    return plain(lines)


SECTION = Section(
    name="reasoning",
    title="Reasoning before the answer",
    order=36,
    compute=compute,
    record=record,
    template="""<p class="soft">Some models write for themselves before they answer. That is stored apart, and no detector reads it; a judge
does only in a run with reasoning=judge. Reasoning that never ended is no answer: it is excluded from every value under the cause
unfinished_reasoning. More tokens for it (--reasoning-tokens) make it rarer. Tokens are those that the server counted.</p>
<div class="wide">
<table>
<thead><tr><th scope="col">task</th><th scope="col">arm</th><th scope="col" class="number">responses</th><th scope="col" class="number">with reasoning %</th><th scope="col" class="number">unfinished %</th><th scope="col" class="number">limit of tokens</th><th scope="col" class="number">mean tokens</th><th scope="col" class="number">of which reasoning</th></tr></thead>
<tbody>
{% for line in shown %}
<tr><th scope="row">{{ line.task }}</th><td>{{ line.arm }}</td><td class="number">{{ line.responses }}</td><td class="number">{{ line.reasoning | number }}</td><td class="number">{{ line.unfinished | number }}</td><td class="number">{{ line.limit or "-" }}</td><td class="number">{{ line.tokens | number("open mean") }}</td><td class="number">{{ line.thought | number("open mean") }}</td></tr>
{% endfor %}
</tbody>
</table>
</div>
""",
)
