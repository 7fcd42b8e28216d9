"""How often each question brings the trait out, arm by arm."""

from __future__ import annotations

from dataclasses import dataclass

from inoc_evals.report.heat import Heat, heat
from inoc_evals.report.sections import Material, Section
from inoc_evals.results.question_table import QuestionCell, QuestionTable


@dataclass(frozen=True)
class Cell:
    """What a cell says. `shade` is 0 to 10, None without a mean; `counted` is None where the question was not asked."""

    text: str
    shade: int | None
    counted: str | None


@dataclass(frozen=True)
class Map:
    """One table with `cells[question][arm]`."""

    table: QuestionTable
    cells: tuple[tuple[Cell, ...], ...]


def compute(material: Material) -> tuple[Map, ...]:
    """One map per task, category and measure."""
    return tuple(Map(table, _cells(table)) for table in material.findings.questions)


def _cells(table: QuestionTable) -> tuple[tuple[Cell, ...], ...]:
    shades = heat(table.method, (cell.mean for row in table.cells for cell in row))
    return tuple(tuple(_cell(cell, shades) for cell in row) for row in table.cells)


def _cell(cell: QuestionCell, shades: Heat) -> Cell:
    if not cell.n and not cell.excluded:
        return Cell("", None, None)
    counted = f"{cell.n} counted" + (f", {cell.excluded} excluded" if cell.excluded else "")
    return Cell(shades.text(cell.mean), shades.shade(cell.mean), counted)


SECTION = Section(
    name="questions",
    title="Question by question",
    order=50,
    compute=compute,
    template="""<p class="soft">Percent of responses with the trait; a dash where every response was excluded, nothing where the question was not
asked. A question leads to its examples, and is an address to pass on.</p>
{% for map in shown %}
<details>
<summary>{{ title(map.table.task, map.table.category, map.table.measure) }} ({{ map.table.questions | length }} questions)</summary>
<div class="wide">
<table class="heat">
<thead><tr><th scope="col">question</th>{% for arm in map.table.arms %}<th scope="col">{{ arm }}</th>{% endfor %}</tr></thead>
<tbody>
{% for question, cells in zip(map.table.questions, map.cells) %}
<tr><th scope="row"><a href="{{ address("question", map.table.task, map.table.category, question) }}">{{ question }}</a></th>{% for cell in cells %}<td{% if cell.shade is not none %} class="h{{ cell.shade }}"{% endif %}{% if cell.counted %} title="{{ cell.counted }}"{% endif %}>{{ cell.text }}</td>{% endfor %}</tr>
{% endfor %}
</tbody>
</table>
</div>
</details>
{% endfor %}
""",
)
