"""What a command says at its end: the answer in sentences, then the rates and the differences in small tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from inoc_evals.console import COLUMNS
from inoc_evals.report.corrected_texts import sentences as corrected_sentences
from inoc_evals.report.profile_texts import sentences as profile_sentences
from inoc_evals.report.sentences import FIT, sentences
from inoc_evals.report.summary import Table, blocks, fit, progress
from inoc_evals.report.texts import shorten
from inoc_evals.results.findings import Findings

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table as RichTable

# A name of an arm beyond it is shortened, so that a line fits 80 columns.
_ARM = 20
# The widths of the first columns, which are alike in all tables.
_WIDTHS = (_ARM, 6, 15, 9)
# Arms in one table of steps, which fit 80 columns with their intervals.
_ABREAST = 3


def answer(found: Findings) -> list[RenderableType]:
    """The sentences, those of a panel of dispositions first and what labels of people change last, then for each value
    its rates and their differences from the reference, then how it grew over the steps of training, where an arm has
    several, and whether the arms are fit to be measured."""
    from rich.text import Text

    parts: list[RenderableType] = []
    for sentence in (*profile_sentences(found), *sentences(found), *corrected_sentences(found)):
        parts += [Text(sentence), Text()]
    for block in blocks(found):
        parts += [Text(block.heading, style="bold"), rich_table(block.rates)]
        if block.differences is not None:
            parts.append(rich_table(block.differences))
        if block.more:
            parts.append(Text(block.more))
        parts.append(Text())
    for steps in progress(found, _ABREAST):
        parts += [Text(steps.heading, style="bold"), rich_table(steps.table, ()), Text()]
    if (table := fit(found)) is not None:
        what = "% of each arm's texts; perplexity as a multiple of the base's; -: not known"
        parts += [Text(FIT, style="bold"), Text(what), rich_table(table, (_ARM,))]
        if left := len(found.fit.arms) - len(table.rows):
            parts.append(Text(f"{left:,} more arms, which are no nearer to being broken, stand in report.html"))
        parts.append(Text())
    return parts


def as_text(found: Findings) -> str:
    """The same as a plain text of at most 80 columns."""
    from rich.console import Console

    # In a notebook rich would show what is only captured here.
    console = Console(width=COLUMNS, highlight=False, color_system=None, force_jupyter=False)
    with console.capture() as captured:
        for part in answer(found):
            console.print(part)
    return "\n".join(line.rstrip() for line in captured.get().splitlines()).rstrip()


def rich_table(shown: Table, widths: Sequence[int] = _WIDTHS) -> RichTable:
    """`shown` as rich draws it, its first columns at least so wide."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, padding=(0, 1), pad_edge=False)
    for place, column in enumerate(shown.columns):
        width = widths[place] if place < len(widths) else 0
        name = shorten(column.name, _ARM) if not place or not widths else column.name
        table.add_column(Text(name), min_width=width, justify="right" if column.numbers else "left", overflow="fold")
    for first, *rest in shown.rows:
        table.add_row(Text(shorten(first, _ARM)), *map(Text, rest))
    return table
