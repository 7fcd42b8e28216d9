"""Results of `inoc-evals score`: read from its folders, written as tables, figures, a report and data files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inoc_evals.definitions.catalog import find_task
from inoc_evals.errors import InputError
from inoc_evals.results.promised import lost, refuse_lost_reference
from inoc_evals.results.row import ResponseRow, refuse_doubles, without_keys
from inoc_evals.results.settings import LOGS, SETTINGS, Promised, Settings, read_settings_file

if TYPE_CHECKING:
    from rich.console import Console


@dataclass(frozen=True)
class Results:
    """Rows of all logs, arms in the order in which they were named, and the settings of the run. `notes` say what the
    settings promise and the logs do not hold, and which logs were left out, one sentence each."""

    rows: tuple[ResponseRow, ...]
    arms: tuple[str, ...]
    settings: Mapping[str, Any]
    notes: tuple[str, ...] = ()

    @property
    def headlines(self) -> dict[str, list[str]]:
        """The headline values of every task that has rows."""
        return {task: list(find_task(task)[1].headline) for task in dict.fromkeys(row.task for row in self.rows)}


def read_results(folders: Sequence[Path], *, skip_damaged: bool = False) -> Results:
    """Read the folders of one run, which may be its shards. With `skip_damaged` logs that are damaged or not finished
    are left out.

    Raises InputError for a folder without logs, a response that stands twice, damaged files, and where shards were
    made with different tasks or judges.
    """
    from inoc_evals.harness.inspect.logs import read_logs

    runs = [(folder, read_settings_file(folder)) for folder in folders]
    for folder, settings in runs:
        if (settings.tasks, settings.judges) != (runs[0][1].tasks, runs[0][1].judges):
            message = "this run had other tasks or judges than the first folder; report it by itself"
            raise InputError.at(folder / SETTINGS, message)
    promised: dict[str, Promised] = {}
    logs: list[tuple[Path, tuple[ResponseRow, ...]]] = []
    skipped: list[str] = []
    for folder, settings in runs:
        names = _names(settings, promised)
        promised |= {names[label]: entry for label, entry in settings.arms.items()}
        for place in sorted(path for path in (folder / LOGS).glob("*") if path.is_dir()):
            if any(place.glob("[!.]*.eval")):
                reading = read_logs(place, skip_damaged=skip_damaged)
                logs += [(file, _renamed(rows, names)) for file, rows in reading.logs]
                skipped += reading.skipped
    refuse_doubles(logs)
    rows = tuple(without_keys(row for _, found in logs for row in found))
    if not rows:
        raise InputError.at(folders[0] if folders else "results", "there are no finished logs here; run `score` first")
    notes = lost(rows, promised, [settings for _, settings in runs])
    if skipped:
        notes += [f"{len(skipped)} of {len(logs) + len(skipped)} logs are left out", *skipped]
    present = {row.arm for row in rows}
    arms = tuple(arm for arm in dict.fromkeys(entry.arm for entry in promised.values()) if arm in present)
    # An arm of the short form has no more to show than its checkpoint.
    entries = {label: entry.model_dump(exclude_defaults=True) for label, entry in promised.items()}
    shown = {**runs[0][1].model_dump(mode="json"), "arms": entries}
    return Results(rows, arms, shown, tuple(notes))


def write_results(
    folders: Sequence[Path],
    out: Path,
    console: Console,
    *,
    reference: str | None = None,
    skip_damaged: bool = False,
) -> None:
    """Write table.md, figure.png and .svg, report.html, results.json, responses.csv and .parquet into `out`.

    Differences are against `reference`, or else against the first arm of the run. Raises InputError as `read_results`
    does, and where the reference has no responses.
    """
    from inoc_evals.files import write_whole
    from inoc_evals.report.export import write_exports
    from inoc_evals.report.figure import draw
    from inoc_evals.report.html import write_report
    from inoc_evals.report.table import contrasts, markdown, rich_table, summary

    results = read_results(folders, skip_damaged=skip_damaged)
    first = refuse_lost_reference(results.rows, results.settings["arms"], reference, folders[0])
    arms = (first, *(arm for arm in results.arms if arm != first))
    measures = results.headlines
    lines = summary(results.rows, arms, measures)
    differences = contrasts(results.rows, arms, measures, first)
    notes = "".join(f"\nNote: {note}.\n" for note in results.notes)
    write_whole(out / "table.md", markdown(lines, differences) + notes)
    draw(lines, out / "figure", "")
    write_exports(results.rows, arms, out, results.settings, results.notes)
    write_report(results.rows, arms, out, results.settings, notes=results.notes)
    console.print(rich_table(lines))
    for note in results.notes:
        console.print(f"note: {note}", markup=False, highlight=False)
    console.print(f"report: {out / 'report.html'}; table: {out / 'table.md'}; data: {out / 'results.json'}")


def _names(settings: Settings, taken: Mapping[str, Promised]) -> dict[str, str]:
    """The labels of a folder's checkpoints, made new where an earlier folder gave one to other weights."""
    names: dict[str, str] = {}
    for label, entry in settings.arms.items():
        name, number = label, 1
        while name in taken and taken[name] != entry:
            number += 1
            name = f"{label}-{number}"
        names[label] = name
    return names


def _renamed(rows: tuple[ResponseRow, ...], names: Mapping[str, str]) -> tuple[ResponseRow, ...]:
    from dataclasses import replace

    if all(label == name for label, name in names.items()):
        return rows
    return tuple(replace(row, checkpoint=names.get(row.checkpoint, row.checkpoint)) for row in rows)
