"""What judges took: ratings, calls, tokens and, with prices, money."""

from __future__ import annotations

from dataclasses import dataclass

from inoc_evals.judging.budget import money
from inoc_evals.judging.usage import Judging, Spent
from inoc_evals.report.sections import Material, Section
from inoc_evals.results.judge_cost import judging_of


@dataclass(frozen=True)
class Line:
    """One judge under one rubric; `cost` in words."""

    spent: Spent
    cost: str


@dataclass(frozen=True)
class Shown:
    """All of them, and their sum."""

    judging: Judging
    lines: tuple[Line, ...]
    cost: str

    @property
    def currency(self) -> str:
        """In which the costs are; "" where there are no prices."""
        return self.judging.prices.currency if self.judging.prices is not None else ""

    @property
    def asked(self) -> int:
        """The ratings of all judges that were asked for."""
        return sum(line.spent.asked for line in self.lines)

    @property
    def reused(self) -> int:
        """Those that were there already."""
        return sum(line.spent.reused for line in self.lines)


def compute(material: Material) -> Shown | None:
    """None where nobody noted what judges took."""
    judging = judging_of(material.findings.settings)
    if judging is None:
        return None
    lines = tuple(Line(one, _cost(one.cost(judging.prices))) for one in judging.spent)
    return Shown(judging, lines, _cost(judging.cost))


def _cost(cost: float | None) -> str:
    return "-" if cost is None else money(cost)


SECTION = Section(
    name="judging",
    title="What judges took",
    order=88,
    compute=compute,
    template="""<p>Judges were asked for {{ "{:,}".format(shown.asked) }} ratings, in all calls of this run and of those that it
went on with{{ "; %s ratings were there already" | format("{:,}".format(shown.reused)) if shown.reused else "" }}.
{% if shown.judging.budget %}The budget was {{ shown.judging.budget }}{% if shown.judging.unasked %}; {{ "{:,}".format(shown.judging.unasked_ratings) }}
ratings were not asked for because of it, and are missing as over_budget{% endif %}.{% endif %}
{% if shown.judging.unpriced %}The sum of money is without {{ shown.judging.unpriced | join(", ") }}, of which no price is known.{% endif %}</p>
<div class="wide">
<table>
<thead><tr><th scope="col">judge</th><th scope="col">replies as</th><th scope="col">rubric</th><th scope="col" class="number">asked</th><th scope="col" class="number">there already</th><th scope="col" class="number">calls</th><th scope="col" class="number">prompt tokens</th><th scope="col" class="number">completion tokens</th>{% if shown.currency %}<th scope="col" class="number">{{ shown.currency }}</th>{% endif %}</tr></thead>
<tbody>
{% for line in shown.lines %}{% set one = line.spent %}
<tr><th scope="row">{{ one.judge }}</th><td class="text">{{ one.model or "-" }}</td><td class="text">{{ one.rubric or "(finding out how it answers)" }}</td><td class="number">{{ "{:,}".format(one.asked) }}</td><td class="number">{{ "{:,}".format(one.reused) }}</td><td class="number">{{ "{:,}".format(one.usage.calls) }}</td><td class="number">{{ "{:,}".format(one.usage.prompt_tokens) }}</td><td class="number">{{ "{:,}".format(one.usage.completion_tokens) }}</td>{% if shown.currency %}<td class="number">{{ line.cost }}</td>{% endif %}</tr>
{% endfor %}
<tr><th scope="row">all judges</th><td></td><td></td><td class="number">{{ "{:,}".format(shown.asked) }}</td><td class="number">{{ "{:,}".format(shown.reused) }}</td><td class="number">{{ "{:,}".format(shown.judging.usage.calls) }}</td><td class="number">{{ "{:,}".format(shown.judging.usage.prompt_tokens) }}</td><td class="number">{{ "{:,}".format(shown.judging.usage.completion_tokens) }}</td>{% if shown.currency %}<td class="number">{{ shown.cost }}</td>{% endif %}</tr>
</tbody>
</table>
</div>
""",
)
