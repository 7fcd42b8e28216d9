"""The figure of surprise: the loss with and without the prompt over the steps, and where in an answer it falls."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING

from inoc_evals.report import surprise_texts as texts
from inoc_evals.report.figure import COLOURS, MARKERS, saved
from inoc_evals.results.surprise import Point, Surprise
from inoc_evals.stats.ratios import Estimate

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_LETTERS = 150
# What no training is the end of.
_START = "#555555"


def draw_surprise(found: Surprise, stem: Path) -> tuple[Path, Path]:
    """Write `stem`.png and `stem`.svg, each whole or not at all, the same bytes for the same findings."""
    return saved(lambda empty: _drawn(empty, found), stem)


def _drawn(figure: Figure, found: Surprise) -> Figure:
    figure.set_size_inches(9.0, 3.8)
    left, right = figure.subplots(1, 2)
    places: dict[str, int] = {}
    for place, (name, points) in enumerate(groupby(found.points, key=lambda point: point.training)):
        those = list(points)
        places[those[-1].checkpoint] = place
        _steps(left, name, those, place)
    left.set_title("loss of a token", fontsize=10)
    left.set_xlabel("step of training")
    names: list[str] = []
    for label, answers in texts.telling(found).items():
        names = max(names, [texts.place(one.first, one.last) for one in answers.stretches], key=len)
        falls = [one.change.difference for one in answers.stretches]
        _line(right, range(len(falls)), falls, places.get(label), label=label)
    right.set_xticks(range(len(names)), names)
    right.set_title("with the prompt less without, by place in the answer", fontsize=10)
    right.set_xlabel("tokens of the answer")
    right.tick_params(axis="x", rotation=30)
    right.axhline(0, color="#888888", linewidth=0.8)
    for axis in (left, right):
        axis.set_ylabel("nats a token")
        axis.grid(axis="y", alpha=0.3)
        axis.spines[["top", "right"]].set_visible(False)
        axis.legend(fontsize=8, frameon=False)
    said = wrap(f"95% intervals {texts.LIKE}. {texts.title(found)}", _LETTERS)
    figure.text(0.01, 0.005, "\n".join(said), fontsize=7, color="#555555")
    figure.tight_layout(rect=(0, 0.04 * len(said), 1, 1))
    return figure


def _steps(axis: Axes, name: str, points: Sequence[Point], place: int) -> None:
    # What nothing tells the step of stands behind the others.
    last = max((point.step for point in points if point.step is not None), default=-1)
    steps = [last + 1 if point.step is None else point.step for point in points]
    _line(axis, steps, [point.per_token.without for point in points], place, label=f"{name}, without")
    _line(axis, steps, [point.per_token.under for point in points], place, label=f"{name}, with the prompt", style="--")


def _line(
    axis: Axes,
    xs: Sequence[int],
    values: Sequence[Estimate],
    place: int | None,
    *,
    label: str,
    style: str = "-",
) -> None:
    ends = [
        (one.mean if one.low is None else one.low, one.mean, one.mean if one.high is None else one.high)
        for one in values
    ]
    axis.errorbar(
        list(xs),
        [one.mean for one in values],
        yerr=[[middle - low for low, middle, _ in ends], [high - middle for _, middle, high in ends]],
        fmt="x" if place is None else MARKERS[place % len(MARKERS)],
        linestyle=style,
        color=_START if place is None else COLOURS[place % len(COLOURS)],
        markerfacecolor="white" if style == "--" else None,
        capsize=2,
        markersize=4,
        label=label,
    )
