"""Rates and differences corrected for the judge's error by people's labels, beside the judge's own."""

from __future__ import annotations

from dataclasses import dataclass

from inoc_evals.plain import plain
from inoc_evals.report.corrected_texts import by_labels, draw_sentence, few_sentence, of_error, place, sentences
from inoc_evals.report.sections import Material, Section
from inoc_evals.results.corrected import SOURCE, CorrectedDifference, CorrectedRate, Corrections, ErrorByArm


@dataclass(frozen=True)
class Gap:
    """A corrected difference, by how much more the judge errs there, and that in words; `by` labels of which rating,
    where that must be told. It is of a task's part, as its parts are."""

    gap: CorrectedDifference
    error: ErrorByArm
    said: str
    by: str

    @property
    def task(self) -> str:
        """The task's name."""
        return self.gap.task

    @property
    def category(self) -> str:
        """The category or condition."""
        return self.gap.category


@dataclass(frozen=True)
class Shown:
    """The corrections, what they say, the differences, and what became of the draws."""

    corrected: Corrections
    sentences: tuple[str, ...]
    gaps: tuple[Gap, ...]
    draws: tuple[str, ...]
    few: tuple[str, ...]
    source: str

    def by(self, line: CorrectedRate) -> str:
        """By labels of which rating, where that must be told."""
        return by_labels(self.corrected, line)


def compute(material: Material) -> Shown | None:
    """None without labels."""
    found = material.findings.corrected
    if found is None:
        return None
    errors = {(*place(one), one.arm): one for one in found.errors}
    gaps = []
    for gap in found.differences:
        error = errors[(*place(gap), gap.arm)]
        rates = [rate for rate in found.rates if place(rate) == place(gap)]
        gaps.append(Gap(gap, error, of_error(error, rates), by_labels(found, gap)))
    draws = tuple(draw_sentence(draw) for draw in found.draws)
    few = tuple(few_sentence(each) for each in found.too_few)
    return Shown(found, sentences(material.findings), tuple(gaps), draws, few, SOURCE)


def record(shown: Shown) -> object:
    """The corrections as plain JSON, with the sentences."""
    return {"sentences": list(shown.sentences), **{name: plain(each) for name, each in vars(shown.corrected).items()}}


SECTION = Section(
    name="corrected",
    title="Corrected for the judge's error",
    order=11,
    compute=compute,
    record=record,
    template="""{% from "folded.j2" import folded -%}
<p class="soft">People labelled some of the responses, and what the judge says of all is corrected by how it errs on those (prediction-powered
inference: {{ shown.source }}; design weights of the draw). Numbers are percent of the scale. Intervals {{ like }} hold the judge's error too, those
{{ these }} as well; the judge's error is that on these responses. Of an outcome by a rule only the labelled rating is people's, the others stay the judge's.</p>
<ul>{% for sentence in shown.sentences %}<li>{{ sentence }}</li>{% endfor %}{% for sentence in shown.draws %}<li>{{ sentence }}</li>{% endfor %}</ul>
{% if shown.few %}<details><summary>Not corrected for want of labels</summary><ul>{% for sentence in shown.few %}<li>{{ sentence }}</li>{% endfor %}</ul></details>{% endif %}
{% if shown.corrected.rates %}
{% call(lines) folded(shown.corrected.rates | by_lead) %}
<div class="wide">
<table>
<thead><tr><th scope="col">arm</th><th scope="col" class="number">judge %</th><th scope="col" class="number">corrected %</th><th scope="col" class="number">95% {{ like }}</th><th scope="col" class="number">95% {{ these }}</th><th scope="col" class="number">labels</th><th scope="col" class="number">set apart</th><th scope="col" class="number">judge less people</th><th scope="col" class="number">95%</th></tr></thead>
{% for names, group in lines | by_value %}
<tbody>
<tr><th colspan="9" scope="rowgroup">{{ title(*names) }}</th></tr>
{% for line in group %}{% set rate = line.rate %}
<tr><th scope="row">{{ line.arm }}{{ shown.by(line) }}</th><td class="number">{{ rate.judged | number }}</td><td class="number">{{ rate.mean | number }}</td><td class="number">{{ rate | interval }}</td><td class="number">{{ rate.on_these_questions | interval }}</td><td class="number">{{ rate.labels }}</td><td class="number">{{ rate.set_apart }}</td><td class="number">{{ line.error.mean | number }}</td><td class="number">{{ line.error | interval }}</td></tr>
{% endfor %}
</tbody>
{% endfor %}
</table>
</div>
{% endcall %}
{% endif %}
{% if shown.gaps %}
<h3>Differences</h3>
{% call(lines) folded(shown.gaps | by_lead) %}
<div class="wide">
<table>
<thead><tr><th scope="col">difference</th><th scope="col" class="number">judge</th><th scope="col" class="number">corrected</th><th scope="col" class="number">95% {{ like }}</th><th scope="col" class="number">95% {{ these }}</th><th scope="col" class="number">p</th><th scope="col" class="number">p (Holm)</th><th scope="col">speaks of</th><th scope="col">does the judge err differently by arm?</th></tr></thead>
<tbody>
{% for line in lines %}{% set gap = line.gap.difference %}
<tr><th scope="row">{{ title(line.gap.task, line.gap.category, line.gap.measure) }}: {{ line.gap.arm }} &minus; {{ line.gap.reference }}{{ line.by }}</th><td class="number">{{ gap.judged | number }}</td><td class="number">{{ gap.mean | number }}</td><td class="number">{{ gap | interval }}</td><td class="number">{{ gap.on_these_questions | interval }}</td><td class="number">{{ gap.p | p }}</td><td class="number">{{ line.gap.p_holm | p }}</td><td>{% if gap.these_checkpoints_only %}{{ these_only }}{% else %}training seeds{% endif %}</td><td class="text">{{ line.said }}</td></tr>
{% endfor %}
</tbody>
</table>
</div>
{% endcall %}
{% endif %}
""",
)
