"""Differences between arms as a table for a terminal, with what they rest on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from inoc_evals.report.texts import LIKE, THESE, interval, note, number, p_text
from inoc_evals.results.findings import Difference, Findings, Rate

if TYPE_CHECKING:
    from rich.table import Table

_HEAD = ("arm - reference", "points", f"95% {LIKE}", f"95% {THESE}", "p", "p (Holm)", "questions")

# An interval is not broken over two lines.
_WIDTHS = {2: 14, 3: 14, 6: 9}


def shared(found: Findings) -> tuple[tuple[Difference, ...], tuple[str, ...]]:
    """The differences of values that both arms have, and a sentence for each arm that lacks one of them."""
    there = {
        (rate.task, rate.category, rate.measure, rate.arm) for rate in found.rates if rate.rate.n or rate.rate.excluded
    }
    tasks = {(task, arm) for task, _, _, arm in there}
    both: list[Difference] = []
    notes: dict[str, None] = {}
    for one in found.differences:
        place = (one.task, one.category, one.measure)
        lacking = [arm for arm in (one.reference, one.arm) if (*place, arm) not in there]
        if not lacking:
            both.append(one)
        elif len(lacking) == 1:
            (arm,) = lacking
            what = " / ".join(place) if (one.task, arm) in tasks else one.task
            notes[f"arm {arm} has no {what.replace('_', ' ')}"] = None
    return tuple(both), tuple(notes)


def comparison(differences: Sequence[Difference], rates: Sequence[Rate]) -> Table:
    """One row for each difference, with the number of questions that both arms have counted responses to, of how many
    that one of them has. What the intervals speak of is said below, from the `rates`."""
    from rich.table import Table
    from rich.text import Text

    table = Table(caption=Text(note(rates)), caption_justify="left", box=None, padding=(0, 1))
    for place, name in enumerate(_HEAD):
        table.add_column(Text(name), justify="right" if place else "left", min_width=_WIDTHS.get(place))
    last: tuple[str, str, str] | None = None
    for one in differences:
        place_of = (one.task, one.category, one.measure)
        if place_of != last:
            table.add_row(Text(" / ".join(place_of).replace("_", " "), style="bold"))
            last = place_of
        gap, method = one.difference, one.method
        cells = (
            f"{one.arm} - {one.reference}",
            number(gap.mean, method),
            interval(gap, method),
            interval(gap.on_these_questions, method),
            p_text(gap.p),
            p_text(one.p_holm),
            f"{gap.questions} of {gap.questions + gap.unpaired}",
        )
        table.add_row(*map(Text, cells))
    return table
