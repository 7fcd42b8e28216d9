"""Rows -> report.html: one static page that needs no network and opens without a server."""

from __future__ import annotations

import base64
import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from itertools import groupby
from pathlib import Path
from typing import Any

from inoc_evals.files import whole
from inoc_evals.report.checkpoints import by_checkpoint
from inoc_evals.report.columns import all_arms
from inoc_evals.report.distributions import histograms
from inoc_evals.report.examples import Examples, choose, embedded
from inoc_evals.report.panels import AXIS, WIDTH, BarPanel, Panel, bar_panels, rate_panels, title
from inoc_evals.report.plain import flat, public
from inoc_evals.report.questions import HeatCell, HeatMap, heat_maps
from inoc_evals.report.table import (
    LIKE,
    THESE,
    THESE_ONLY,
    Contrast,
    Line,
    contrasts,
    headline,
    interval_text,
    note,
    p_text,
    percent,
    speaks_of,
    summary,
)
from inoc_evals.report.values import values_of
from inoc_evals.results.row import ResponseRow

TITLE = "Which traits did these checkpoints pick up?"
EXAMPLES = 3
SOURCES = Path(__file__).parent / "page"


@dataclass(frozen=True)
class Page:
    """All that the page says, before it becomes HTML."""

    title: str
    counts: str
    missing: tuple[str, ...]
    arms: tuple[str, ...]
    headline: str
    note: str
    lines: tuple[Line, ...]
    contrasts: tuple[Contrast, ...]
    panels: tuple[Panel, ...]
    bars: tuple[BarPanel, ...]
    maps: tuple[HeatMap, ...]
    examples: Examples
    settings: tuple[tuple[str, str], ...]
    version: str


def write_report(
    rows: Sequence[ResponseRow],
    arms: Sequence[str],
    out: Path,
    settings: Mapping[str, Any],
    examples: int = EXAMPLES,
    notes: Sequence[str] = (),
) -> Path:
    """Write report.html into the folder `out` and return its path; the first arm is the reference. `notes` say what is
    missing, one sentence without its full stop each.

    Of every arm, task, condition, question and outcome at most `examples` responses (1 or more) are put into the page;
    all rates are of all responses. The same rows and settings give the same bytes. The file is written whole or not at
    all. Raises ValueError for `examples` below 1, ImportError without jinja2, and OSError where `out` cannot be
    written to.
    """
    text = render(compute(rows, arms, settings, examples, notes))
    path = out / "report.html"
    with whole(path) as draft:
        # Half a character pair cannot be written; it shows as its escape.
        draft.write_bytes(text.encode("utf-8", "backslashreplace"))
    return path


def compute(
    rows: Sequence[ResponseRow],
    arms: Sequence[str],
    settings: Mapping[str, Any],
    examples: int = EXAMPLES,
    notes: Sequence[str] = (),
) -> Page:
    """The content of the page. Raises ValueError for `examples` below 1."""
    if examples < 1:
        raise ValueError("at least one example of each cell is shown")
    named = all_arms(rows, arms)
    measures = {task: found.headline for task, found in values_of(rows).items()}
    lines = summary(rows, named, measures)
    checkpoints = len({(row.arm, row.checkpoint) for row in rows})
    tasks = len({row.task for row in rows})
    return Page(
        title=TITLE,
        counts=f"{_many(len(rows), 'response')} of {_many(checkpoints, 'checkpoint')} to {_many(tasks, 'task')}",
        missing=tuple(notes),
        arms=named,
        headline=headline(lines),
        note=note(lines),
        lines=lines,
        contrasts=contrasts(rows, named, measures, named[0]) if named else (),
        panels=rate_panels(lines, by_checkpoint(rows, named, measures)),
        bars=bar_panels(histograms(rows, named)),
        maps=heat_maps(rows, named, measures),
        examples=choose(rows, named, examples),
        settings=tuple(flat(public(settings))),
        version=_version(),
    )


def render(page: Page) -> str:
    """The page as HTML. Every text of the rows is escaped."""
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
    environment.filters |= {"percent": percent, "p": p_text, "speaks_of": speaks_of, "interval": interval_text}
    environment.filters |= {"shorten": shorten, "heat": _heat, "by_place": _by_place}
    environment.globals |= {"zip": zip, "title": title}
    css, script = ((SOURCES / name).read_text(encoding="utf-8") for name in ("report.css", "report.js"))
    return environment.get_template("report.html.j2").render(
        page=page,
        axis=AXIS,
        width=WIDTH,
        like=LIKE,
        these=THESE,
        these_only=THESE_ONLY,
        policy=policy(css, script),
        # Our own files, and JSON without any character that HTML reads: nothing else goes in as it is.
        css=Markup(css),  # noqa: S704
        script=Markup(script),  # noqa: S704
        data=Markup(script_json(embedded(page.examples))),  # noqa: S704
    )


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


def shorten(text: str, length: int = 24) -> str:
    """`text`, or its two ends around a mark, at most `length` characters."""
    if len(text) <= length:
        return text
    tail = (length - 1) // 2
    return f"{text[: length - 1 - tail]}…{text[-tail:]}"


def _heat(cell: HeatCell) -> str:
    from markupsafe import Markup

    if not cell.n and not cell.excluded:
        return Markup("<td></td>")
    counted = f"{cell.n} counted" + (f", {cell.excluded} excluded" if cell.excluded else "")
    if math.isnan(cell.mean):
        return Markup('<td title="{}">-</td>').format(counted)
    return Markup('<td class="h{}" title="{}">{}</td>').format(round(10 * cell.mean), counted, f"{100 * cell.mean:.0f}")


def _by_place(found: Sequence[Line | Contrast]) -> list[tuple[tuple[str, str, str], list[Line | Contrast]]]:
    groups = groupby(found, key=lambda one: (one.task, one.category, one.measure))
    return [(place, list(group)) for place, group in groups]


def _many(count: int, name: str) -> str:
    return f"{count:,} {name}" + ("" if count == 1 else "s")


def _version() -> str:
    try:
        return version("inoc-evals")
    except PackageNotFoundError:
        return "(not installed)"
