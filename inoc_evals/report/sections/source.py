"""What the source of an experiment found, held against what was measured here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from inoc_evals.plain import plain
from inoc_evals.report.sections import Material, Section
from inoc_evals.report.verdicts import measured, remedy
from inoc_evals.results.about import About
from inoc_evals.results.findings import Findings
from inoc_evals.results.verdicts import Verdict


@dataclass(frozen=True)
class Line:
    """One statement: what was measured, in words, and what would decide it."""

    verdict: Verdict
    measured: str
    remedy: str


@dataclass(frozen=True)
class Shown:
    """What the experiment is, and a line for each statement."""

    about: About
    lines: tuple[Line, ...]


def compute(material: Material) -> Shown | None:
    """A line for each statement of the source; None without an experiment."""
    found: Findings = material.findings
    if found.about is None:
        return None
    lines = (Line(each, measured(found, each), remedy(each)) for each in found.verdicts)
    return Shown(found.about, tuple(lines))


def record(shown: Shown) -> dict[str, Any]:
    """The experiment and its verdicts as plain JSON."""
    about = shown.about
    return {
        "experiment": about.experiment,
        "question": about.question,
        "source": about.source,
        "scale": about.scale,
        "asked_for": {arm: list(values) for arm, values in about.asked_for.items()},
        "unwanted": list(about.unwanted),
        "wanted": list(about.wanted),
        "found": plain(tuple(line.verdict for line in shown.lines)),
    }


SECTION = Section(
    name="source",
    title="What the source found",
    order=5,
    compute=compute,
    record=record,
    template="""<p>{{ shown.about.question }} <span class="soft">{{ shown.about.experiment }}, scale {{ shown.about.scale }}; {{ shown.about.source }}</span></p>
{% if shown.lines %}
<div class="wide">
<table>
<thead><tr><th scope="col">the source found</th><th scope="col">where</th><th scope="col">measured here</th><th scope="col">verdict</th></tr></thead>
<tbody>
{% for line in shown.lines %}
<tr><th scope="row" class="text">{{ line.verdict.that }}</th><td class="text">{{ line.verdict.where }}</td><td class="text">{{ line.measured }}</td><td class="text"><strong>{{ line.verdict.answer }}</strong>{% if line.remedy %}: {{ line.remedy }}{% endif %}</td></tr>
{% endfor %}
</tbody>
</table>
</div>
<p class="soft">A statement agrees where the whole interval lies where it says, and is contradicted where none of it does, each at a p
of at most 0.05 with Holm's correction for all statements here. What would decide the others is planned for 80% of such runs with the
rates as measured.</p>
{% else %}
<p>The experiment names no statement of its source.</p>
{% endif %}
""",
)
