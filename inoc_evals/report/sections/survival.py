"""Does the conclusion survive? In which share of worlds that might have been the order of two arms stays."""

from __future__ import annotations

from dataclasses import dataclass

from inoc_evals.plain import plain
from inoc_evals.report.sections import Material, Section
from inoc_evals.report.survival_texts import ONE, comparison, fixed, hang, share
from inoc_evals.report.texts import number
from inoc_evals.results.findings import Findings
from inoc_evals.results.survival import Survival


@dataclass(frozen=True)
class Line:
    """One comparison as a line of texts; `alone` are the shares by source."""

    comparison: str
    mean: str
    stays: str
    ties: str
    worlds: str
    alone: tuple[str, ...]
    hangs: str


@dataclass(frozen=True)
class Shown:
    """The comparisons, what each source is called, and what was not drawn again."""

    survivals: tuple[Survival, ...]
    sources: tuple[str, ...]
    lines: tuple[Line, ...]
    fixed: str


def compute(material: Material) -> Shown | None:
    """A line for each comparison; None where there is none."""
    found: Findings = material.findings
    if not found.survival:
        return None
    sources = tuple(name for name in ONE if any(name in one.alone for one in found.survival))
    lines = tuple(_line(found, one, sources) for one in found.survival)
    return Shown(found.survival, sources, lines, fixed(found.survival))


def record(shown: Shown) -> object:
    """The comparisons as plain JSON."""
    return plain(shown.survivals)


def _line(found: Findings, one: Survival, sources: tuple[str, ...]) -> Line:
    order = one.order
    return Line(
        comparison(found, one),
        number(one.mean, one.method),
        share(order),
        "-" if order is None else number(order.ties),
        "-" if order is None else f"{order.worlds:,}{' (all)' if order.exact else ''}",
        tuple(share(one.alone.get(name)) for name in sources),
        "; ".join(hang(each, one) for each in one.hangs) or ("-" if order is None else "nothing alone"),
    )


SECTION = Section(
    name="survival",
    title="Does the conclusion survive?",
    order=7,
    compute=compute,
    record=record,
    template="""<p class="soft">In which percent of worlds the order of two arms stays: the same questions drawn again for both arms, training seeds
of each arm (the same ones where both have the same weights), one of several judges, one of a rule's thresholds, one of the values that show the same trait. Then each source alone,
where it has more than one to choose from. {{ shown.fixed }} A world without a difference does not count as one in which the order stays.</p>
<div class="wide">
<table>
<thead><tr><th scope="col">comparison</th><th scope="col" class="number">difference</th><th scope="col" class="number">order stays %</th><th scope="col" class="number">no difference %</th><th scope="col" class="number">worlds</th>{% for name in shown.sources %}<th scope="col" class="number">{{ name }} alone %</th>{% endfor %}<th scope="col">hangs on</th></tr></thead>
<tbody>
{% for line in shown.lines %}
<tr><th scope="row">{{ line.comparison }}</th><td class="number">{{ line.mean }}</td><td class="number">{{ line.stays }}</td><td class="number">{{ line.ties }}</td><td class="number">{{ line.worlds }}</td>{% for share in line.alone %}<td class="number">{{ share }}</td>{% endfor %}<td class="text">{{ line.hangs }}</td></tr>
{% endfor %}
</tbody>
</table>
</div>
<p class="soft">A comparison hangs on one question, seed or judge where the order does not stay without it, and on a threshold or value
where it does not stay by it; of each kind the worst is named.</p>
""",
)
