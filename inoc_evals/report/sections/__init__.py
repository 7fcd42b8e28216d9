"""The sections of report.html. One file here is one section: what it shows, what it adds to results.json, and how it
looks. It computes no statistic: what is said of rows are findings. Whatever file defines `SECTION` is on the page;
nothing else names it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from inoc_evals.results.findings import Findings
from inoc_evals.results.source import Source

EXAMPLES = 3


@dataclass(frozen=True)
class Material:
    """What a section may show: the findings, the rows themselves, and how many examples of a kind fit the page."""

    findings: Findings
    source: Source
    examples: int = EXAMPLES


def of_findings(material: Material) -> Findings:
    """For a section that shows what is in the findings as it is."""
    return material.findings


def nothing(_: Any) -> None:
    """For a section that adds nothing to results.json: it shows what stands there already."""


@dataclass(frozen=True)
class Section:
    """One section of the page.

    `compute` gives whatever the template shows, or None where there is nothing to say and the section is left out.
    `template` is Jinja2: it has that as `shown`, beside `findings`, the filters of html.py and the macros of
    page/pictures.j2. `record` makes plain JSON of the same, which stands in results.json under `name`; None adds
    nothing. Sections stand in the order of `order`. `name` is also the section's place in the page's address.
    """

    name: str
    title: str
    order: int
    compute: Callable[[Material], Any]
    template: str
    record: Callable[[Any], Any] = nothing


@cache
def sections() -> tuple[Section, ...]:
    """The sections of all files in this folder, in order."""
    modules = [import_module(f"{__name__}.{info.name}") for info in iter_modules(__path__)]
    return tuple(sorted((module.SECTION for module in modules), key=lambda section: (section.order, section.name)))


def computed(material: Material) -> dict[Section, Any]:
    """What each section has to show, without those that have nothing."""
    shown = {section: section.compute(material) for section in sections()}
    return {section: content for section, content in shown.items() if content is not None}
