"""What the findings say, in a few sentences at the top of the page."""

from __future__ import annotations

from inoc_evals.report.corrected_texts import in_short
from inoc_evals.report.sections import Material, Section
from inoc_evals.report.sentences import sentences


def compute(material: Material) -> tuple[str, ...] | None:
    """The sentences, with what labels of people change last; None where there is nothing to say."""
    return (*sentences(material.findings), *in_short(material.findings)) or None


def record(shown: tuple[str, ...]) -> list[str]:
    """The sentences as they are."""
    return list(shown)


TEMPLATE = """
{% for sentence in shown %}<p>{{ sentence }}</p>
{% endfor %}
"""

SECTION = Section("answer", "What was found", 0, compute, TEMPLATE, record)
