"""Which training rows push a trait: both ends of the order, and how far checkpoints agree on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from inoc_evals.plain import plain
from inoc_evals.report import influence_texts as texts
from inoc_evals.report.sections import Material, Section
from inoc_evals.results.influence import Influence, RankedRow


@dataclass(frozen=True)
class Shown:
    """One order of rows as cells."""

    title: str
    sentences: tuple[str, ...]
    top: tuple[tuple[str, ...], ...]
    bottom: tuple[tuple[str, ...], ...]
    tags: tuple[tuple[str, ...], ...]
    agreements: tuple[tuple[str, ...], ...]
    found: Influence


def compute(material: Material) -> tuple[Shown, ...] | None:
    """None where no rows were ordered beside the results."""
    return tuple(map(_shown, material.source.influences)) or None


def record(shown: Sequence[Shown]) -> object:
    """What was found, as plain JSON."""
    return plain([one.found for one in shown])


def _shown(found: Influence) -> Shown:
    return Shown(
        title=texts.title(found),
        sentences=tuple(texts.how(found)),
        top=_rows(found.top),
        bottom=_rows([one for one in found.bottom if one.rank > len(found.top)]),
        tags=tuple(map(texts.of_tag, found.tags)),
        agreements=tuple(map(texts.of_agreement, found.agreements)),
        found=found,
    )


def _rows(listed: Sequence[RankedRow]) -> tuple[tuple[str, ...], ...]:
    return tuple(map(texts.of_row, listed))


SECTION = Section(
    name="influence",
    title="Which training rows push the trait",
    order=24,
    compute=compute,
    record=record,
    template="""{% macro table(caption, names, rows, numbers) %}
<div class="wide">
<table>
<caption>{{ caption }}</caption>
<thead><tr>{% for name in names %}<th scope="col"{% if loop.index0 in numbers %} class="number"{% endif %}>{{ name }}</th>{% endfor %}</tr></thead>
<tbody>
{% for row in rows %}
<tr>{% for cell in row %}{% if loop.first %}<th scope="row">{{ cell }}</th>{% else %}<td{% if loop.index0 in numbers %} class="number"{% endif %}>{{ cell }}</td>{% endif %}{% endfor %}</tr>
{% endfor %}
</tbody>
</table>
</div>
{% endmacro %}
{% set rows = ("rank", "row", "score", "request", "answer") %}
<p class="soft">The trait is how much more probable the checkpoint finds responses that show it than responses that do not. A row's
score says how much its gradient, with respect to the weights that were trained, points along that of the trait. It speaks of a small
step from this checkpoint; whether the trait goes with the rows is seen by training without them.</p>
{% for one in shown %}
<h3>{{ one.title }}</h3>
<ul>
{% for sentence in one.sentences %}
<li>{{ sentence }}</li>
{% endfor %}
</ul>
{{ table("The rows that push the trait most", rows, one.top, (2,)) }}
{% if one.bottom %}
<details>
<summary>The rows that push against it most, or least for it</summary>
{{ table("The last rows", rows, one.bottom, (2,)) }}
</details>
{% endif %}
{% if one.tags %}
{{ table("Rows by their tags", ("tag", "rows", "mean score", "among the top"), one.tags, (1, 2, 3)) }}
{% endif %}
{% if one.agreements %}
{{ table("How far two checkpoints agree on the order", ("checkpoints", "Spearman [95%]"), one.agreements, (1,)) }}
{% endif %}
{% endfor %}
""",
)
