"""The figure of training progress: a row for each category of a task, its traits beside each other, a line an arm."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING

from inoc_evals.report.curves import Chart, charts, speaks_of
from inoc_evals.report.figure import COLOURS, MARKERS, saved
from inoc_evals.report.texts import heading, value_name
from inoc_evals.results.findings import Findings

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Arms at one step, as a share of the axis.
_APART = 0.012
_STYLES = ("-", "--", ":", "-.")
# Letters of the note in the width of a panel.
_LETTERS = 76


def draw_progress(found: Findings, stem: Path) -> tuple[Path, ...]:
    """Write `stem`.png and `stem`.svg, each whole or not at all, the same bytes for the same findings; nothing where no
    arm has several steps of one training."""
    return saved(lambda empty: _drawn(empty, found), stem) if found.progress else ()


def _drawn(figure: Figure, found: Findings) -> Figure:
    rows = [list(inside) for _, inside in groupby(charts(found), lambda chart: (chart.task, chart.category))]
    columns = max(map(len, rows))
    figure.set_size_inches(4.2 * columns, 3.1 * len(rows))
    axes = figure.subplots(len(rows), columns, squeeze=False)
    for inside, of_row in zip(rows, axes, strict=True):
        for chart, axis in zip(inside, of_row, strict=False):
            _draw(axis, chart, found)
        for axis in of_row[len(inside) :]:
            axis.set_visible(False)
    said = wrap(speaks_of(found), _LETTERS * columns)
    figure.text(0.01, 0.005, "\n".join(said), fontsize=7, color="#555555")
    figure.tight_layout(rect=(0, 0.04 * len(said) / len(rows), 1, 1))
    return figure


def _draw(axis: Axes, chart: Chart, found: Findings) -> None:
    unit = 1 if chart.method == "open mean" else 100
    colours = {arm: place for place, arm in enumerate(found.arms)}
    for place, curve in enumerate(chart.curves):
        # Beside each other, so that every interval is seen.
        shift = _APART * max(chart.steps) * (place - (len(chart.curves) - 1) / 2)
        points = [point for point in curve.points if not math.isnan(point.rate.equal)]
        number = colours[curve.arm]
        axis.errorbar(
            [point.step + shift for point in points],
            [unit * point.rate.equal for point in points],
            yerr=_errors([(point.rate.low, point.rate.equal, point.rate.high) for point in points], unit),
            fmt=MARKERS[number % len(MARKERS)],
            linestyle=_STYLES[number // len(COLOURS) % len(_STYLES)],
            color=COLOURS[number % len(COLOURS)],
            capsize=3,
            markersize=5,
            label=curve.arm,
        )
    axis.set_title(
        f"{heading(chart.task, chart.category)}\n{value_name(found, chart.task, chart.measure)}", fontsize=10
    )
    axis.set_xlabel("step of training")
    axis.set_xlim(left=-0.03 * max(chart.steps))
    if unit == 100:
        axis.set_ylim(-3, 103)
        axis.set_ylabel("%")
    axis.grid(axis="y", alpha=0.3)
    axis.spines[["top", "right"]].set_visible(False)
    axis.legend(fontsize=8, frameon=False)


def _errors(ends: Sequence[tuple[float, float, float]], unit: int) -> list[list[float]]:
    return [[unit * (middle - low) for low, middle, _ in ends], [unit * (high - middle) for _, middle, high in ends]]
