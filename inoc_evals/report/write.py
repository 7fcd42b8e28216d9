"""Findings -> every file of a report."""

from __future__ import annotations

from pathlib import Path

from inoc_evals.files import write_whole
from inoc_evals.report.export import results, write_exports
from inoc_evals.report.figure import draw
from inoc_evals.report.frontier_figure import draw_frontier
from inoc_evals.report.html import compute, write_report
from inoc_evals.report.profile_figure import draw_profile
from inoc_evals.report.progress_figure import draw_progress
from inoc_evals.report.sections import Material
from inoc_evals.report.table import markdown
from inoc_evals.results.findings import Findings
from inoc_evals.results.source import Source


def write_all(source: Source, found: Findings, out: Path) -> None:
    """Write table.md, figure.png and .svg, report.html, results.json, responses.csv and .parquet into `out`;
    progress.png and .svg where an arm has several steps of one training, frontier.png and .svg of an experiment that
    says what is wanted and unwanted, and profile.png and .svg of a panel of dispositions."""
    notes = "".join(f"\nNote: {note}.\n" for note in found.notes)
    write_whole(out / "table.md", markdown(found) + notes)
    draw(found, out / "figure", "")
    draw_progress(found, out / "progress")
    draw_frontier(found, out / "frontier")
    draw_profile(found, out / "profile")
    page = compute(Material(found, source))
    write_exports(source.rows, results(found, page.sections), out, source.steps)
    write_report(page, out)
