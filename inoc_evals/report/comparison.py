"""Differences between arms as tables for a terminal, with what they rest on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from inoc_evals.report.texts import LIKE, THESE, interval, note, number, p_text, title
from inoc_evals.results.findings import Difference, Findings

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

_HEAD = ("arm - reference", "points", f"95% {LIKE}", f"95% {THESE}", "p (Holm)", "questions")
# An interval is not broken over two lines, and all of it fits 80 columns.
_WIDTHS = {"points": 6, f"95% {LIKE}": 16, f"95% {THESE}": 16, "p (Holm)": 8, "questions": 9}
_NAME = 20


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
            what = title(found, *place) if (one.task, arm) in tasks else one.task.replace("_", " ")
            notes[f"arm {arm} has no {what}"] = None
    return tuple(both), tuple(notes)


def comparison(differences: Sequence[Difference], found: Findings) -> list[RenderableType]:
    """A small table for each value, one row for each difference, with the number of questions that both arms have
    counted responses to, of how many that one of them has. What the intervals speak of is said below, from the
    rates of `found`."""
    from rich.text import Text

    parts: list[RenderableType] = []
    for place, of_value in groupby(differences, lambda each: (each.task, each.category, each.measure)):
        parts += [Text(title(found, *place), style="bold"), _table(of_value), Text()]
    return [*parts, Text(note(found.rates))]


def _table(differences: Iterable[Difference]) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column(Text(_HEAD[0]), min_width=_NAME, overflow="fold")
    for name in _HEAD[1:]:
        table.add_column(Text(name), justify="right", width=_WIDTHS[name])
    for each in differences:
        gap, method = each.difference, each.method
        cells = (
            f"{each.arm} - {each.reference}",
            number(gap.mean, method),
            interval(gap, method),
            interval(gap.on_these_questions, method),
            p_text(each.p_holm),
            f"{gap.questions} of {gap.questions + gap.unpaired}",
        )
        table.add_row(*map(Text, cells))
    return table
