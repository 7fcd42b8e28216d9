"""The figure: a panel per task and category, arms along the axis, one colour per measure, 95% intervals.

Of more arms than can be named they stand in the order of their rates, and names mark places among them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cache
from io import BytesIO
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING
from warnings import catch_warnings, filterwarnings

from inoc_evals.files import whole
from inoc_evals.report.ends import READABLE
from inoc_evals.report.texts import headline, shorten, value_name
from inoc_evals.results.findings import Findings
from inoc_evals.results.rates import Rate

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Okabe and Ito's colours, which people with colour-blindness can tell apart.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7")
MARKERS = ("o", "s", "^", "D")

_SCREEN_DPI = 100
# Letters of the note in the width of a panel, and of names in one line of its legend.
_LETTERS, _BESIDE = 76, 40
_LEGEND_POINTS = 14
# Names along the axis where not all arms are named.
_NAMED = 8
_SETTINGS = {"svg.fonttype": "none", "svg.hashsalt": "inoc_evals", "font.size": 9, "font.family": "DejaVu Sans"}


def draw(found: Findings, stem: Path, title: str) -> tuple[Path, Path]:
    """Write `stem`.png and `stem`.svg, each whole or not at all; the same findings give the same bytes."""
    return saved(lambda empty: _drawn(empty, found, title), stem)


def saved(drawn: Callable[[Figure], Figure], stem: Path) -> tuple[Path, Path]:
    """What is `drawn` on an empty figure as `stem`.png and `stem`.svg."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context(_SETTINGS), catch_warnings():
        # What is no letter of this font is a box in the one picture and itself in the other.
        filterwarnings("ignore", message="Glyph", category=UserWarning)
        picture = drawn(Figure())
        png, svg = stem.with_suffix(".png"), stem.with_suffix(".svg")
        with whole(png) as draft:
            picture.savefig(draft, format="png", dpi=160, metadata={"Software": None})
        with whole(svg) as draft:
            picture.savefig(draft, format="svg", metadata={"Date": None})
    return png, svg


def figure(found: Findings, title: str, described: str = "") -> Figure:
    """The figure itself, for a notebook, which shows it as a picture with the text `described` for those who do not see
    it. It is not registered with pyplot, so that no notebook shows it twice, and needs no display."""
    import matplotlib as mpl

    with mpl.rc_context(_SETTINGS):
        return _drawn(_shown_figure()(described), found, title)


@cache
def _shown_figure() -> Callable[[str], Figure]:
    from matplotlib.figure import Figure

    class ShownFigure(Figure):
        """A notebook has a way to show figures only once somebody has set up pyplot there."""

        def __init__(self, described: str) -> None:
            super().__init__()
            self._described = described

        def _repr_png_(self) -> tuple[bytes, dict[str, str]]:
            picture = BytesIO()
            self.savefig(picture, format="png", dpi=_SCREEN_DPI)
            return picture.getvalue(), {"alt": self._described}

    return ShownFigure


def _drawn(figure: Figure, found: Findings, title: str) -> Figure:
    lines = found.rates
    # A value without ends has an axis of its own.
    panels = list(dict.fromkeys(_panel(line) for line in lines))
    columns = min(3, len(panels))
    rows = math.ceil(len(panels) / columns)
    figure.set_size_inches(3.9 * columns, 3.1 * rows)
    alike = not any(own for *_, own in panels)
    axes = figure.subplots(rows, columns, squeeze=False, sharey=alike)
    for axis, panel in zip(axes.flat, panels, strict=False):
        _draw_panel(axis, [line for line in lines if _panel(line) == panel], found)
        entries = _legend(axis)
        axis.set_title(f"{panel[0]}: {panel[1]}".replace("_", " "), fontsize=10, pad=_LEGEND_POINTS * entries + 4)
    for axis in list(axes.flat)[len(panels) :]:
        axis.set_visible(False)
    if alike:
        for row in axes:
            row[0].set_ylabel("responses with the trait (%)")
    figure.suptitle(title, fontsize=11)
    said = wrap(headline(lines), _LETTERS * columns)
    figure.text(0.01, 0.005, "\n".join(said), fontsize=7, color="#555555")
    figure.tight_layout(rect=(0, 0.04 * len(said) / rows, 1, 1))
    return figure


def _legend(axis: Axes) -> int:
    """Put the legend between the panel and its title, where no point lies; the lines that it takes."""
    names = axis.get_legend_handles_labels()[1]
    beside = len(names) if sum(map(len, names)) <= _BESIDE else 1
    axis.legend(
        fontsize=8,
        frameon=False,
        loc="lower left",
        bbox_to_anchor=(0, 1),
        ncols=beside,
        borderaxespad=0,
        columnspacing=1,
    )
    return math.ceil(len(names) / beside)


def _panel(line: Rate) -> tuple[str, str, str]:
    return line.task, line.category, line.measure if line.method == "open mean" else ""


def _draw_panel(axis: Axes, inside: Sequence[Rate], found: Findings) -> None:
    arms = _in_order(inside)
    place = {arm: number for number, arm in enumerate(arms)}
    crowded = len(arms) > READABLE
    measures = list(dict.fromkeys(line.measure for line in inside))
    unit = 1 if inside[0].method == "open mean" else 100
    for index, measure in enumerate(measures):
        shift = (index - (len(measures) - 1) / 2) * 0.22
        points = [line for line in inside if line.measure == measure and not math.isnan(line.rate.equal)]
        axis.errorbar(
            [place[line.arm] + shift for line in points],
            [unit * line.rate.equal for line in points],
            yerr=[
                [unit * (line.rate.equal - line.rate.low) for line in points],
                [unit * (line.rate.high - line.rate.equal) for line in points],
            ],
            fmt=MARKERS[index % len(MARKERS)],
            color=COLOURS[index % len(COLOURS)],
            capsize=0 if crowded else 3,
            markersize=2 if crowded else 6,
            elinewidth=0.5 if crowded else None,
            label=value_name(found, inside[0].task, measure),
        )
    marked = sorted({round(step * (len(arms) - 1) / (_NAMED - 1)) for step in range(_NAMED)})
    ticks = marked if crowded else range(len(arms))
    axis.set_xticks(ticks, [shorten(arms[number], 28) for number in ticks], rotation=20, ha="right")
    axis.set_xlim(-0.5, len(arms) - 0.5)
    if crowded:
        axis.set_xlabel(f"{len(arms)} arms, by {value_name(found, inside[0].task, measures[0])}", fontsize=8)
    if unit == 100:
        axis.set_ylim(-3, 103)
    axis.grid(axis="y", alpha=0.3)
    axis.spines[["top", "right"]].set_visible(False)


def _in_order(inside: Sequence[Rate]) -> list[str]:
    """The arms of a panel; where they are too many to be named, by the rate of their first measure from low to high."""
    arms = list(dict.fromkeys(line.arm for line in inside))
    if len(arms) <= READABLE:
        return arms
    rates = {line.arm: line.rate.equal for line in inside if line.measure == inside[0].measure}
    return sorted(arms, key=lambda arm: (math.isnan(rates.get(arm, math.nan)), rates.get(arm, math.nan)))
