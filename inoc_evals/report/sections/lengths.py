"""How long the responses are: a checkpoint that writes much less, or is cut off more, differs in more than the trait."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from inoc_evals.plain import plain
from inoc_evals.report.sections import Material, Section
from inoc_evals.stats.responses import Responses
from inoc_evals.stats.seeds import ArmRate, arm_rate


@dataclass(frozen=True)
class Length:
    """Characters in the responses of one arm to one task (and category or condition), and the share cut off by the
    token limit. `characters` has a clustered t interval; questions weigh equally."""

    task: str
    category: str
    arm: str
    characters: ArmRate
    median: float
    truncated: float


def compute(material: Material) -> tuple[Length, ...] | None:
    """One line per task, category or condition, and arm that has responses."""
    columns = material.findings.columns
    lengths = np.array([len(row.response) for row in material.source.rows], dtype=np.float64)
    cut = np.array([name == "max_tokens" for name in columns.stops.names], dtype=np.bool_)[columns.stops.codes]
    lines = []
    for (task, category), by_arm in columns.places.items():
        for arm in (arm for arm in material.findings.arms if arm in by_arm):
            places = by_arm[arm]
            whose = (columns.questions.at(places), columns.checkpoints.at(places))
            mean = arm_rate(Responses(lengths[places], *whose, None))
            numbers = (float(np.median(lengths[places])), float(cut[places].mean()))
            lines.append(Length(task, category, arm, mean, *numbers))
    return tuple(lines) or None


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
