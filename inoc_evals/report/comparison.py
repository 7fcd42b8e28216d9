"""Differences between arms as tables for a terminal, with what they rest on."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from inoc_evals.report.corrected_texts import basis, gap_sentences
from inoc_evals.report.texts import LIKE, THESE, interval, many, note, number, p_text, title
from inoc_evals.results.corrected import CorrectedDifference
from inoc_evals.results.differences import Difference
from inoc_evals.results.findings import Findings

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

_HEAD = ("arm - reference", "points", f"95% {LIKE}", f"95% {THESE}", "p (Holm)", "questions")
# An interval is not broken over two lines, and all of it fits 80 columns.
_WIDTHS = {"points": 6, f"95% {LIKE}": 16, f"95% {THESE}": 16, "p (Holm)": 8, "questions": 9}
_NAME = 20
BY_LABELS = "By labels: corrected for the judge's error by labels of people; what those leave open is in the intervals."


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
    counted responses to, of how many that one of them has; below it, and in words below the table, what labels of
    people make of it. What the intervals speak of is said at the end, from the rates of `found`, and what the
    corrections rest on."""
    from rich.text import Text

    parts: list[RenderableType] = []
    corrected = found.corrected
    gaps = corrected.differences if corrected is not None else ()
    for place, of_value in groupby(differences, _place):
        parts += [Text(title(found, *place), style="bold"), _table(list(of_value), gaps), Text()]
        for said in gap_sentences(corrected, place) if corrected is not None else ():
            parts += [Text(said), Text()]
    parts.append(Text(note(found.rates)))
    if corrected is not None:
        told = (BY_LABELS, *basis(corrected)) if corrected.differences else basis(corrected)
        parts += [Text(), *map(Text, told)]
    return parts


def _place(line: Difference | CorrectedDifference) -> tuple[str, str, str]:
    return line.task, line.category, line.measure


def _table(differences: Sequence[Difference], by_people: Sequence[CorrectedDifference]) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column(Text(_HEAD[0]), min_width=_NAME, overflow="fold")
    for name in _HEAD[1:]:
        table.add_column(Text(name), justify="right", width=_WIDTHS[name])
    for each in differences:
        gap = each.difference
        asked = f"{gap.questions} of {gap.questions + gap.unpaired}"
        table.add_row(*map(Text, (f"{each.arm} - {each.reference}", *_numbers(each), asked)))
        own = [gap for gap in by_people if (*_place(gap), gap.arm) == (*_place(each), each.arm)]
        for corrected in own:
            labels = many(sum(corrected.difference.labels), "label")
            # An outcome of several ratings may be corrected by labels of each.
            of = f" of {corrected.rated}" if len(own) > 1 else ""
            questions = str(corrected.difference.questions)
            table.add_row(*map(Text, (f"  by {labels}{of}", *_numbers(corrected), questions)))
    return table


def _numbers(line: Difference | CorrectedDifference) -> tuple[str, ...]:
    gap, method = line.difference, line.method
    ends = (interval(gap, method), interval(gap.on_these_questions, method))
    return (number(gap.mean, method), *ends, p_text(line.p_holm))
