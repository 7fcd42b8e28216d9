"""What a command says at its end: the answer in sentences, then the rates and the differences in small tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from inoc_evals.console import COLUMNS
from inoc_evals.report.sentences import LEAD, lead_category, sentences
from inoc_evals.report.texts import LIKE, excluded, interval, number, p_text, shorten, title
from inoc_evals.results.findings import Difference, Findings, Rate

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

# A name of an arm beyond it is shortened, so that a line fits 80 columns.
_ARM = 20
_NUMBER, _INTERVAL, _COUNT = 6, 15, 9


def answer(found: Findings) -> list[RenderableType]:
    """The sentences, the rates, and the differences from the reference; of a task with questions out of distribution
    these alone, the others being in the files."""
    from rich.text import Text

    parts: list[RenderableType] = []
    for sentence in sentences(found):
        parts += [Text(sentence), Text()]
    for rates in _grouped(found):
        first = rates[0]
        parts.append(Text(title(found, *_place(first)), style="bold"))
        parts.append(_rates(rates))
        contrasts = [each for each in found.differences if _place(each) == _place(first)]
        if contrasts:
            parts.append(_differences(contrasts))
        parts.append(Text())
    return parts


def as_text(found: Findings) -> str:
    """The same as a plain text of at most 80 columns."""
    from rich.console import Console

    console = Console(width=COLUMNS, highlight=False, color_system=None)
    with console.capture() as captured:
        for part in answer(found):
            console.print(part)
    return "\n".join(line.rstrip() for line in captured.get().splitlines()).rstrip()


def _grouped(found: Findings) -> Iterable[Sequence[Rate]]:
    for _, of_task in groupby(found.rates, lambda rate: rate.task):
        rates = list(of_task)
        lead = lead_category(rates)
        if lead == LEAD:
            rates = [rate for rate in rates if rate.category == lead]
        for _, of_value in groupby(rates, _place):
            yield list(of_value)


def _place(line: Rate | Difference) -> tuple[str, str, str]:
    return line.task, line.category, line.measure


def _table(columns: Sequence[tuple[str, int, bool]]) -> Table:
    """Columns of (name, least width, whether it holds numbers)."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, padding=(0, 1), pad_edge=False)
    for name, width, numbers in columns:
        table.add_column(Text(name), min_width=width, justify="right" if numbers else "left", overflow="fold")
    return table


def _rates(rates: Sequence[Rate]) -> Table:
    from rich.text import Text

    unit = "mean" if rates[0].method == "open mean" else "%"
    table = _table(
        (
            ("arm", _ARM, False),
            (unit, _NUMBER, True),
            ("95% interval", _INTERVAL, True),
            ("counted", _COUNT, True),
            ("left out [bounds]", 0, False),
        )
    )
    for line in rates:
        rate = line.rate
        causes = f"{excluded(line.causes, '0')} {interval(rate.bounds, line.method)}" if line.causes else "0"
        cells = (shorten(line.arm, _ARM), number(rate.equal, line.method), interval(rate, line.method), str(rate.n))
        table.add_row(*map(Text, (*cells, "; ".join((causes, *line.cautions)))))
    return table


def _differences(contrasts: Sequence[Difference]) -> Table:
    from rich.text import Text

    unit = "change" if contrasts[0].method == "open mean" else "points"
    table = _table(
        (
            (f"less {shorten(contrasts[0].reference, _ARM - 5)}", _ARM, False),
            (unit, _NUMBER, True),
            (f"95% {LIKE}", _INTERVAL, True),
            ("p (Holm)", _COUNT, True),
        )
    )
    for each in contrasts:
        gap = each.difference
        signed = ("+" if gap.mean >= 0 else "") + number(gap.mean, each.method)
        table.add_row(*map(Text, (shorten(each.arm, _ARM), signed, interval(gap, each.method), p_text(each.p_holm))))
    return table
