"""The answer as a few small tables of texts, however they are then shown: on a terminal or in a notebook."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from inoc_evals.report.sentences import lead_category
from inoc_evals.report.texts import LIKE, arm_name, excluded, interval, number, p_text, title
from inoc_evals.results.columns import LEAD
from inoc_evals.results.findings import Difference, Findings, Rate

ARM = "arm"


@dataclass(frozen=True)
class Column:
    """Does it hold numbers, which stand below each other by their ends?"""

    name: str
    numbers: bool = True


@dataclass(frozen=True)
class Table:
    """Texts; the first one of each row says what the row is about."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Block:
    """One value of one task's category: its rates by arm, and what each arm differs by from the reference."""

    heading: str
    rates: Table
    reference: str | None
    differences: Table | None


def blocks(found: Findings) -> list[Block]:
    """One block a headline value; of a task with questions out of distribution these alone, the others being in the
    files."""
    made = []
    for rates in _grouped(found):
        contrasts = [each for each in found.differences if _place(each) == _place(rates[0])]
        reference = contrasts[0].reference if contrasts else None
        made.append(Block(title(found, *_place(rates[0])), _rates(found, rates), reference, _differences(contrasts)))
    return made


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


def _rates(found: Findings, rates: Sequence[Rate]) -> Table:
    unit = "mean" if rates[0].method == "open mean" else "%"
    rows = []
    for line in rates:
        rate = line.rate
        causes = f"{excluded(line.causes, '0')} {interval(rate.bounds, line.method)}" if line.causes else "0"
        name = arm_name(found, line.arm, line.measure)
        cells = (name, number(rate.equal, line.method), interval(rate, line.method), str(rate.n))
        rows.append((*cells, "; ".join((causes, *line.cautions))))
    columns = (Column(ARM, False), *map(Column, (unit, "95% interval", "counted")), Column("left out [bounds]", False))
    return Table(columns, tuple(rows))


def _differences(contrasts: Sequence[Difference]) -> Table | None:
    if not contrasts:
        return None
    unit = "change" if contrasts[0].method == "open mean" else "points"
    rows = []
    for each in contrasts:
        gap = each.difference
        signed = ("+" if gap.mean >= 0 else "") + number(gap.mean, each.method)
        rows.append((each.arm, signed, interval(gap, each.method), p_text(each.p_holm)))
    columns = (Column(f"less {contrasts[0].reference}", False), *map(Column, (unit, f"95% {LIKE}", "p (Holm)")))
    return Table(columns, tuple(rows))
