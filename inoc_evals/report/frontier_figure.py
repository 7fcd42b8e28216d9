"""The frontier as a figure for a paper: unwanted to the right, wanted upwards, the worst leak on a thin line."""

from __future__ import annotations

from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING

from inoc_evals.report.figure import COLOURS, MARKERS, saved
from inoc_evals.report.frontier_plot import Bar, Plot, Shown, covered, plot
from inoc_evals.report.labels import Box, placed
from inoc_evals.report.pictures import Ruler
from inoc_evals.report.texts import headline, shorten
from inoc_evals.results.findings import Findings

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_FADED = 0.3
_LETTERS = 110
_NOTE = "Filled: ways to keep the trait away, and the arm without one; hollow: controls. Faded: dominated."
_LEAK = "Crosses: the unwanted trait under the evaluation prompt that brings out most of it."


def draw_frontier(found: Findings, stem: Path) -> tuple[Path, ...]:
    """Write `stem`.png and `stem`.svg, each whole or not at all, the same bytes for the same findings; nothing without
    a frontier."""
    return saved(lambda empty: drawn(empty, found), stem) if found.frontier is not None else ()


def drawn(figure: Figure, found: Findings) -> Figure:
    """The empty figure with the frontier in it."""
    assert found.frontier is not None  # noqa: S101
    shown = plot(found, found.frontier)
    figure.set_size_inches(6.4, 5.2)
    axis = figure.subplots()
    numbers = {arm: place for place, arm in enumerate(found.arms)}
    units = _unit(shown.across), _unit(shown.upright)
    for one in shown.arms:
        _draw(axis, one, numbers[one.arm], units)
    axis.set_xlim(units[0] * shown.across.low, units[0] * shown.across.high)
    axis.set_ylim(units[1] * shown.upright.low, units[1] * shown.upright.high)
    axis.set_xlabel(f"{shown.across_name}   (less is better)")
    axis.set_ylabel(f"{shown.upright_name}   (more is better)")
    axis.grid(alpha=0.3)
    axis.spines[["top", "right"]].set_visible(False)
    rates = [
        rate for rate in found.rates if rate.measure in (found.frontier.unwanted.measure, found.frontier.wanted.measure)
    ]
    leaks = [_LEAK] if any(one.leak is not None for one in shown.arms) else []
    said = wrap(" ".join([_NOTE, *leaks, f"Bars: {headline(rates)}"]), _LETTERS)
    figure.text(0.01, 0.005, "\n".join(said), fontsize=7, color="#555555")
    figure.tight_layout(rect=(0, 0.03 * len(said), 1, 1))
    _name(figure, axis, shown, numbers)
    return figure


def _unit(ruler: Ruler) -> int:
    return 1 if ruler.method == "open mean" else 100


def _draw(axis: Axes, one: Shown, number: int, units: tuple[int, int]) -> None:
    colour = COLOURS[number % len(COLOURS)]
    x, y = units[0] * one.unwanted.mean, units[1] * one.wanted.mean
    alpha = _FADED if one.dominated else 1.0
    axis.errorbar(
        [x],
        [y],
        xerr=_errors(one.unwanted, units[0]),
        yerr=_errors(one.wanted, units[1]),
        fmt=MARKERS[(number + number // len(COLOURS)) % len(MARKERS)],
        color=colour,
        markerfacecolor="white" if one.control else colour,
        capsize=2,
        elinewidth=1,
        markersize=7,
        alpha=alpha,
        clip_on=False,
        zorder=3,
    )
    if one.leak is not None:
        leak = units[0] * one.leak
        axis.plot([x, leak], [y, y], linestyle=":", linewidth=0.9, color=colour, alpha=alpha)
        axis.plot([leak], [y], marker="X", markersize=7, color=colour, alpha=alpha, linestyle="", clip_on=False)


def _errors(bar: Bar, unit: int) -> list[list[float]]:
    return [[unit * (bar.mean - bar.low)], [unit * (bar.high - bar.mean)]]


def _name(figure: Figure, axis: Axes, shown: Plot, numbers: dict[str, int]) -> None:
    """Write each arm's name beside its point, with a line to it where it is far."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    renderer = FigureCanvasAgg(figure).get_renderer()
    named = [one for one in shown.arms if one.named]
    units = _unit(shown.across), _unit(shown.upright)
    texts = [axis.text(0, 0, shorten(one.arm, 28), fontsize=8, zorder=4) for one in named]
    sizes = [(box.width + 4, box.height + 2) for box in (text.get_window_extent(renderer) for text in texts)]

    def place(unwanted: float, wanted: float) -> tuple[float, float]:
        return _pixels(axis, unwanted, wanted, units)

    points = [place(one.unwanted.mean, one.wanted.mean) for one in named]
    window = axis.get_window_extent(renderer)
    # Names may stand a little beyond the axes, and not beyond the picture.
    edge = figure.bbox
    area = Box(window.x0, window.y0, min(window.x1 + 30, edge.x1), min(window.y1 + 10, edge.y1))
    boxes = placed(points, sizes, covered(shown.arms, place), area, 9.0)
    back = axis.transData.inverted()
    for one, text, point, box in zip(named, texts, points, boxes, strict=True):
        text.set(position=back.transform(box.middle), ha="center", va="center", color="#222222")
        # Bars that it must lie on leave it readable; a halo would make shapes of its letters.
        text.set_bbox({"facecolor": "white", "edgecolor": "none", "alpha": 0.7, "pad": 0.5})
        if (near := box.line_from(point, 18)) is not None:
            ends = [back.transform(each) for each in (point, near)]
            colour = COLOURS[numbers[one.arm] % len(COLOURS)]
            axis.plot([end[0] for end in ends], [end[1] for end in ends], color=colour, linewidth=0.5, alpha=0.7)


def _pixels(axis: Axes, unwanted: float, wanted: float, units: tuple[int, int]) -> tuple[float, float]:
    x, y = axis.transData.transform((units[0] * unwanted, units[1] * wanted))
    return float(x), float(y)
