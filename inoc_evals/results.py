"""Results of `inoc-evals score`: read from its folders, written as tables, figures, a report and data files."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inoc_evals.samples import SampleRow, without_keys
from inoc_evals.spec.catalog import find_task
from inoc_evals.spec.errors import InputError

if TYPE_CHECKING:
    from rich.console import Console

# What lies in a folder of results beside the report: inspect's logs in folders of their own, and what was asked for.
LOGS = "logs"
SETTINGS = "settings.json"


@dataclass(frozen=True)
class Results:
    """Rows of all logs, arms in the order in which they were named, and the settings of the run."""

    rows: tuple[SampleRow, ...]
    arms: tuple[str, ...]
    settings: Mapping[str, Any]

    @property
    def headlines(self) -> dict[str, list[str]]:
        """The headline values of every task that has rows."""
        return {task: list(find_task(task)[1].headline) for task in dict.fromkeys(row.task for row in self.rows)}


def read_results(folders: Sequence[Path]) -> Results:
    """Read the folders of one run, which may be its shards.

    Raises InputError for a folder without logs, and where shards were made with different tasks or judges.
    """
    from inoc_evals.harness.inspect.logs import read_rows

    settings: dict[str, Any] = {}
    rows: list[SampleRow] = []
    for folder in folders:
        path = folder / SETTINGS
        if not path.is_file():
            raise InputError.at(folder, "this is no folder of `inoc-evals score`; name its --out")
        found = json.loads(path.read_text(encoding="utf-8"))
        if settings and any(settings[key] != found[key] for key in ("tasks", "judges")):
            raise InputError.at(path, "this run had other tasks or judges than the first folder; report it by itself")
        settings = {**found, "arms": {**settings.get("arms", {}), **found["arms"]}}
        for logs in sorted(path for path in (folder / LOGS).glob("*") if path.is_dir()):
            rows += without_keys(read_rows(logs))
    if not rows:
        raise InputError.at(folders[0] if folders else "results", "there are no finished logs here; run `score` first")
    known = list(dict.fromkeys(entry["arm"] for entry in settings["arms"].values()))
    present = {row.arm for row in rows}
    arms = tuple(arm for arm in known if arm in present)
    return Results(tuple(rows), arms, settings)


def write_results(folders: Sequence[Path], out: Path, console: Console) -> None:
    """Write table.md, figure.png and .svg, report.html, results.json, responses.csv and .parquet into `out`."""
    from inoc_evals.report.export import write_exports
    from inoc_evals.report.figure import draw
    from inoc_evals.report.html import write_report
    from inoc_evals.report.table import contrasts, markdown, rich_table, summary
    from inoc_evals.whole import write_whole

    results = read_results(folders)
    measures = results.headlines
    lines = summary(results.rows, results.arms, measures)
    differences = contrasts(results.rows, results.arms, measures, results.arms[0])
    write_whole(out / "table.md", markdown(lines, differences))
    draw(lines, out / "figure", "")
    write_exports(results.rows, results.arms, out, results.settings)
    write_report(results.rows, results.arms, out, results.settings)
    console.print(rich_table(lines))
    console.print(f"report: {out / 'report.html'}; table: {out / 'table.md'}; data: {out / 'results.json'}")
