"""Training rows by their influence, and the test of their order, as small tables of a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from inoc_evals.definitions.words import printable
from inoc_evals.report import influence_texts as texts
from inoc_evals.report.summary import Column, Table
from inoc_evals.report.terminal import rich_table
from inoc_evals.report.texts import LIKE, headline, interval, number
from inoc_evals.results.influence import Influence, RankedRow
from inoc_evals.results.methods import Method
from inoc_evals.results.retrained import Changes
from inoc_evals.stats.limits import Interval

if TYPE_CHECKING:
    from rich.console import Group, RenderableType

_LISTED, _LETTERS = 10, 26


def tables(found: Influence) -> Iterator[RenderableType]:
    """Both ends of the order, the tags, and how far checkpoints agree."""
    from rich.text import Text

    yield Text(texts.title(found))
    for sentence in texts.how(found):
        yield Text(sentence)
    yield Text("\nfirst", style="bold")
    yield _rows(found.top[:_LISTED])
    # Of few rows the two ends are one list.
    if last := [one for one in found.bottom if one.rank > min(_LISTED, len(found.top))][-_LISTED:]:
        yield Text("\nlast", style="bold")
        yield _rows(last)
    if found.tags:
        yield Text()
        yield _table(texts.TAGS, [texts.of_tag(one) for one in found.tags])
    if found.agreements:
        yield Text()
        yield _table(texts.AGREEMENTS, [texts.of_agreement(one) for one in found.agreements])


def changes_table(changes: Changes) -> Group:
    """The rates of the three arms, both changes, and the difference between these."""
    from rich.console import Group
    from rich.text import Text

    gaps = {each.arm: each for each in changes.differences}
    rows = []
    for rate in changes.rates:
        gap = gaps.get(rate.arm)
        change = "-"
        if gap is not None:
            change = f"{_signed(gap.difference.mean, gap.method)} {interval(gap.difference, gap.method)}"
        rows.append((rate.arm, number(rate.rate.equal, rate.method), interval(rate.rate, rate.method), change))
    columns = (Column("rows", False), *map(Column, (f"{changes.name} %", "95%", "change [95%]")))
    verdict, method = changes.verdict, changes.rates[0].method
    between = interval(Interval(verdict.low, verdict.high), method)
    return Group(
        Text(f"\nTrained again, {changes.rates[0].rate.checkpoints} seeds; {headline(changes.rates)}"),
        Text("changes are from training on all rows, paired by question"),
        rich_table(Table(columns, tuple(rows)), ()),
        Text(
            f"without_top less without_random: {_signed(verdict.mean, method)} {between} {LIKE}; "
            f"that it is below 0: {verdict.answer}"
        ),
    )


def _signed(value: float, method: Method) -> str:
    return ("+" if value >= 0 else "") + number(value, method)


def _rows(listed: Sequence[RankedRow]) -> RenderableType:
    from rich.table import Table as RichTable
    from rich.text import Text

    table = RichTable(box=None, padding=(0, 1), pad_edge=False)
    for place, name in enumerate(texts.ROWS):
        table.add_column(Text(name), justify="right" if place in (0, 2) else "left", no_wrap=True, overflow="ellipsis")
    for one in listed:
        *cells, asked, answer = texts.of_row(one)
        table.add_row(*map(Text, cells), *(Text(_begun(text)) for text in (asked, answer)))
    return table


def _begun(text: str) -> str:
    line = printable(text)
    return line if len(line) <= _LETTERS else f"{line[: _LETTERS - 1]}…"


def _table(names: tuple[str, ...], rows: list[tuple[str, ...]]) -> RenderableType:
    columns = (Column(names[0], False), *map(Column, names[1:]))
    return rich_table(Table(columns, tuple(rows)), ())
