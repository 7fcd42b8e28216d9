"""What the source of an experiment found, held against what was measured here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from inoc_evals.plain import plain
from inoc_evals.report.sections import Material, Section
from inoc_evals.report.survival_texts import stays
from inoc_evals.report.verdicts import measured, remedy
from inoc_evals.results.about import About, Claim
from inoc_evals.results.findings import Findings
from inoc_evals.results.verdicts import Verdict


@dataclass(frozen=True)
class Line:
    """One statement: what was measured, in words, what would decide it, and how surely the order of its arms stays."""

    verdict: Verdict
    measured: str
    remedy: str
    survival: str


@dataclass(frozen=True)
class Shown:
    """What the experiment is, and a line for each statement."""

    about: About
    lines: tuple[Line, ...]


def compute(material: Material) -> Shown | None:
    """A line for each statement of the source; None without an experiment."""
    found: Findings = material.findings
    if found.about is None or not found.about.experiment:
        return None
    orders = {(one.task, one.part, one.measure, frozenset((one.arm, one.other))): one for one in found.survival}
    lines = (
        Line(each, measured(found, each), remedy(each), stays(orders[place]) if place in orders else "")
        for claim, each in zip(found.about.claims, found.verdicts, strict=True)
        for place in [_place(claim, each)]
    )
    return Shown(found.about, tuple(lines))


def _place(claim: Claim, verdict: Verdict) -> tuple[str, str, str, frozenset[str]]:
    """What the order is of; its arms are none where the statement is of no order of two arms."""
    statement = claim.statement
    arms = [side.arm for side in (statement.first, statement.second) if isinstance(side.arm, str)]
    is_order = statement.relation != "within" and len(verdict.parts) == 1 and len(arms) == 2
    part = verdict.parts[0] if verdict.parts else ""
    return verdict.task, part, statement.value, frozenset(arms if is_order else ())


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
<tr><th scope="row" class="text">{{ line.verdict.that }}</th><td class="text">{{ line.verdict.where }}</td><td class="text">{{ line.measured }}</td><td class="text"><strong>{{ line.verdict.answer }}</strong>{% if line.remedy %}: {{ line.remedy }}{% endif %}{% if line.survival %}; {{ line.survival }}{% endif %}</td></tr>
{% endfor %}
</tbody>
</table>
</div>
<p class="soft">A statement agrees where the whole interval lies where it says, and is contradicted where none of it does, each at a p
of at most 0.05 with Holm's correction for all statements here. What would decide the others is planned for 80% of such runs with the
rates as measured. In which worlds an order stays is told under "Does the conclusion survive?".</p>
{% else %}
<p>The experiment names no statement of its source.</p>
{% endif %}
""",
)
