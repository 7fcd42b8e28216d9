"""The profile as a figure for a paper: a row a disposition, changes in standard units with their intervals."""

from __future__ import annotations

from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING

from inoc_evals.report.figure import COLOURS, MARKERS, saved
from inoc_evals.report.profile_plot import Plot, plot
from inoc_evals.report.profile_texts import intervals_speak_of
from inoc_evals.report.texts import shorten
from inoc_evals.results.findings import Findings
from inoc_evals.results.profile import SMALL

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_LETTERS = 110
_NOTE = (
    "Filled: surely changed, p (Holm) at most 0.05 among all changes of the panel. Dotted: 0.2 standard units. "
    "A bar that reaches the edge goes on beyond it."
)


def draw_profile(found: Findings, stem: Path) -> tuple[Path, ...]:
    """Write `stem`.png and `stem`.svg, each whole or not at all, the same bytes for the same findings; nothing without
    a profile, or without standard units."""
    shown = plot(found, found.profile) if found.profile is not None else None
    return () if shown is None else saved(lambda empty: drawn(empty, found, shown), stem)


def drawn(figure: Figure, found: Findings, shown: Plot) -> Figure:
    """The empty figure with the profile in it."""
    axis_height = 0.32 * len(shown.rows) * max(1.0, 0.45 * len(shown.arms) + 0.55)
    figure.set_size_inches(6.4, axis_height + 1.6)
    axis = figure.subplots()
    for place, arm in enumerate(shown.arms):
        _draw(axis, shown, arm, place)
    axis.set_yticks(range(len(shown.rows)), [shorten(row.name, 32) for row in shown.rows])
    axis.set_ylim(len(shown.rows) - 0.5, -0.5)
    axis.set_xlim(-shown.limit, shown.limit)
    axis.set_xticks(shown.numbers, [f"{value:+g}" if value else "0" for value in shown.numbers])
    axis.axvline(0, color="#555555", linewidth=0.8)
    for end in (-SMALL, SMALL):
        axis.axvline(end, color="#999999", linewidth=0.8, linestyle=":")
    assert found.profile is not None  # noqa: S101
    axis.set_xlabel(f"change against {shorten(found.profile.reference, 32)}, in standard units")
    right = axis.twinx()
    right.set_yticks(range(len(shown.rows)), [f"{shorten(row.more, 28)} →" for row in shown.rows], fontsize=7)
    right.set_ylim(axis.get_ylim())
    right.tick_params(length=0, colors="#555555")
    for each in (axis, right):
        each.spines[["top", "right"]].set_visible(False)
    axis.grid(axis="y", alpha=0.3)
    if len(shown.arms) > 1:
        axis.legend(fontsize=8, frameon=False, loc="lower left", bbox_to_anchor=(0, 1), ncols=min(3, len(shown.arms)))
    said = wrap(f"{_NOTE} Bars: {intervals_speak_of(found.profile)}", _LETTERS)
    figure.text(0.01, 0.005, "\n".join(said), fontsize=7, color="#555555")
    figure.tight_layout(rect=(0, 0.13 * len(said) / figure.get_figheight(), 1, 1))
    return figure


def _draw(axis: Axes, shown: Plot, arm: str, place: int) -> None:
    shift = (place - (len(shown.arms) - 1) / 2) * 0.8 / len(shown.arms)
    colour = COLOURS[place % len(COLOURS)]
    named = False
    for number, row in enumerate(shown.rows):
        for dot in (dot for dot in row.dots if dot.arm == arm):
            axis.errorbar(
                [dot.effect],
                [number + shift],
                xerr=[[dot.effect - dot.low], [dot.high - dot.effect]],
                fmt=MARKERS[(place + place // len(COLOURS)) % len(MARKERS)],
                color=colour,
                markerfacecolor=colour if dot.sure else "white",
                markersize=5,
                elinewidth=1,
                label=None if named else shorten(arm, 28),
            )
            named = True
