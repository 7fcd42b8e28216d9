"""Findings -> report.html: one static page that needs no network and opens without a server."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inoc_evals.files import whole
from inoc_evals.report import texts
from inoc_evals.report.lead import by_lead
from inoc_evals.report.pictures import WIDTH
from inoc_evals.report.sections import Material, Section, computed
from inoc_evals.results.differences import Difference
from inoc_evals.results.findings import Findings
from inoc_evals.results.rates import Rate

if TYPE_CHECKING:
    from jinja2 import Environment

TITLE = "Which traits did these checkpoints pick up?"
SOURCES = Path(__file__).parent / "page"


@dataclass(frozen=True)
class Page:
    """All that the page says, before it becomes HTML: what each section has to show, in order."""

    title: str
    counts: str
    findings: Findings
    sections: Mapping[Section, Any]
    version: str

    def shown(self, name: str) -> Any:
        """What the section of this name shows. Raises KeyError where there is none."""
        return {section.name: content for section, content in self.sections.items()}[name]


def write_report(page: Page, out: Path) -> Path:
    """Write report.html into the folder `out` and return its path.

    The same page gives the same bytes. The file is written whole or not at all. Raises ImportError without jinja2, and
    WorkError where `out` cannot be written to.
    """
    path = out / "report.html"
    with whole(path) as draft:
        # Half a character pair cannot be written; it shows as its escape.
        draft.write_bytes(render(page).encode("utf-8", "backslashreplace"))
    return path


def compute(material: Material) -> Page:
    """The content of the page. Of every arm, task, condition, question and outcome it holds at most `material.examples`
    responses; all rates are of all responses. Raises ValueError for fewer than one example."""
    if material.examples < 1:
        raise ValueError("at least one example of each cell is shown")
    found = material.findings
    responses, checkpoints = texts.many(found.responses, "response"), texts.many(found.checkpoints, "checkpoint")
    return Page(
        title=TITLE,
        counts=f"{responses} of {checkpoints} to {texts.many(len(found.tasks), 'task')}",
        findings=found,
        sections=computed(material),
        version=_version(),
    )


def render(page: Page) -> str:
    """The page as HTML. Every text of the rows is escaped."""
    from markupsafe import Markup

    environment = _environment(page.findings)

    def rendered(section: Section, content: Any) -> Markup:
        # What a section's own template gives has been escaped there.
        return Markup(environment.from_string(section.template).render(shown=content))  # noqa: S704

    css, rows, view = ((SOURCES / name).read_text(encoding="utf-8") for name in ("report.css", "rows.js", "report.js"))
    script = f'"use strict";\n(() => {{\n{rows}\n{view}}})();\n'
    return environment.get_template("report.html.j2").render(
        page=page,
        rendered=rendered,
        policy=policy(css, script),
        # Our own files: nothing else goes in as it is.
        css=Markup(css),  # noqa: S704
        script=Markup(script),  # noqa: S704
    )


def _environment(found: Findings) -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=FileSystemLoader(SOURCES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"number": texts.number, "interval": texts.interval, "p": texts.p_text}
    environment.filters |= {"note": texts.note, "speaks_of": texts.speaks_of, "excluded": texts.excluded}
    environment.filters |= {"percent": texts.percent, "times": texts.times}
    environment.filters |= {"shorten": texts.shorten, "by_value": _by_value, "by_lead": by_lead}
    # JSON without any character that HTML reads.
    environment.filters |= {"script_json": lambda data: Markup(script_json(data))}  # noqa: S704
    environment.globals |= {"zip": zip, "title": partial(texts.title, found), "findings": found, "width": WIDTH}
    environment.globals |= {"address": texts.address}
    environment.globals |= {"like": texts.LIKE, "these": texts.THESE, "these_only": texts.THESE_ONLY}
    return environment


def script_json(data: Any) -> str:
    """JSON in plain ASCII that may stand inside a script element: no <, > or &."""
    text = json.dumps(data, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def policy(css: str, script: str) -> str:
    """A Content-Security-Policy that lets this style and this script in and nothing out."""
    return (
        f"default-src 'none'; style-src {_source(css)}; script-src {_source(script)}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _source(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _by_value(lines: Sequence[Rate | Difference]) -> list[tuple[tuple[str, str, str], list[Rate | Difference]]]:
    """Lines in groups of one task, category and value."""
    groups = groupby(lines, key=lambda line: (line.task, line.category, line.measure))
    return [(names, list(group)) for names, group in groups]


def _version() -> str:
    try:
        return version("inoc-evals")
    except PackageNotFoundError:
        return "(not installed)"
