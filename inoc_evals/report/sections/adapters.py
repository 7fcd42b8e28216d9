"""Is it really the adapter that answered? How far each checkpoint's next tokens are from its base's."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import ValidationError

from inoc_evals.plain import plain
from inoc_evals.report.sections import Material, Section
from inoc_evals.results.settings import Proven, found_of


@dataclass(frozen=True)
class Line:
    """What was found of one checkpoint before it was asked."""

    checkpoint: str
    proven: Proven


def compute(material: Material) -> tuple[Line, ...] | None:
    """One line for each checkpoint that was compared, the first time it is named; None where none was."""
    found: dict[str, Proven] = {}
    for label, stored in found_of(material.findings.settings, "proven"):
        try:
            found.setdefault(label, Proven.model_validate(stored))
        # Logs of others may hold anything under this name.
        except ValidationError:
            continue
    return tuple(Line(label, proven) for label, proven in found.items()) or None


def record(lines: tuple[Line, ...]) -> object:
    """The same as plain JSON."""
    return plain([{"checkpoint": line.checkpoint, **line.proven.model_dump()} for line in lines])


SECTION = Section(
    name="adapters",
    title="Is it really the adapter that answered?",
    order=70,
    compute=compute,
    record=record,
    template="""<p class="soft">Before anything was asked, the probabilities of the next token were compared on a few prompts: the share of
probability that is elsewhere than in the model compared with (total variation distance, 0 to 1), largest and mean. Rounding
alone makes up to about 0.07 of it in bfloat16, and nothing where two are the same weights.</p>
<div class="wide">
<table>
<thead><tr><th scope="col">checkpoint</th><th scope="col">compared with</th><th scope="col" class="number">largest change</th><th scope="col" class="number">mean change</th><th scope="col" class="number">prompts</th><th scope="col">note</th></tr></thead>
<tbody>
{% for line in shown %}{% set proven = line.proven %}
<tr><th scope="row">{{ line.checkpoint }}</th><td>{{ proven.against }}</td><td class="number">{{ "%.3g" | format(proven.largest) }}</td><td class="number">{{ "%.3g" | format(proven.mean) }}</td><td class="number">{{ proven.probes }}</td><td class="text">{% if proven.silent %}answers as {{ proven.against }} does{% endif %}</td></tr>
{% endfor %}
</tbody>
</table>
</div>
""",
)
