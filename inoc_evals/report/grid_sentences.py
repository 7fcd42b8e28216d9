"""How far a trait comes back under other prompts, in sentences."""

from __future__ import annotations

import math
from collections.abc import Sequence

from inoc_evals.report.texts import heading, interval, number, p_text, value_name
from inoc_evals.results.findings import Findings
from inoc_evals.results.grid import Cell, Grid, GridValue, Line
from inoc_evals.stats.limits import Interval

# So many arms are named one by one.
_ARMS = 4


def grid_sentences(found: Findings, task: str, wanted: Sequence[str]) -> list[str]:
    """One sentence for each of the arms that a task's first value comes back in most (or of the arms that are
    `wanted`); nothing where it was not asked under several conditions."""
    grid = next((each for each in found.grids if each.task == task), None)
    if grid is None or not grid.values:
        return []
    value = grid.values[0]
    lines = [line for line in value.lines if line.arm != found.reference and (not wanted or line.arm in wanted)]
    told = [(line, cell) for line in lines if (cell := _worst(line)) is not None]
    told.sort(key=lambda each: _moved(each[1], value), reverse=True)
    return [_sentence(found, grid, value, line, cell) for line, cell in told[:_ARMS]]


def _worst(line: Line) -> Cell | None:
    cell = next((cell for cell in line.cells if cell.condition == line.worst), None)
    return cell if cell is not None and cell.change is not None and cell.rate is not None else None


def _moved(cell: Cell, value: GridValue) -> float:
    mean = cell.change.difference.mean if cell.change is not None else math.nan
    return -math.inf if math.isnan(mean) else -mean if value.least else mean


def _sentence(found: Findings, grid: Grid, value: GridValue, line: Line, cell: Cell) -> str:
    percent = "" if value.method == "open mean" else "%"
    name, reference = value_name(found, grid.task, value.measure), heading(grid.presented.reference or "")
    count = sum(one.rate is not None for one in line.cells) - 1
    rate = number(cell.rate.equal, value.method) if cell.rate is not None else "-"
    base = next((one.rate for one in line.cells if one.condition == grid.presented.reference), None)
    before = f"{number(base.equal, value.method)}{percent} under {reference}" if base is not None else ""
    change = cell.change
    p = f", p (Holm) {p_text(change.p_holm)}" if change is not None else ""
    most = "least" if value.least else "most"
    said = f"{line.arm}, asked under {count} other prompts, shows {name} {most} under {heading(cell.condition)}: "
    said += f"{rate}{percent} ({before}{p})"
    if cell.excess is None or math.isnan(cell.excess.mean):
        return f"{said}."
    ends = interval(Interval(cell.excess.low, cell.excess.high), value.method)
    signed = f"{'+' if cell.excess.mean >= 0 else ''}{number(cell.excess.mean, value.method)}"
    unit = "" if value.method == "open mean" else " points"
    return f"{said}; beyond what this prompt does to {found.reference}: {signed}{unit} {ends}."
