"""The answer as a few small tables of texts, however they are then shown: on a terminal or in a notebook."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from inoc_evals.report.curves import Chart, Curve, charts
from inoc_evals.report.ends import between, ends, least_fit
from inoc_evals.report.sentences import lead_category
from inoc_evals.report.texts import LIKE, arm_name, excluded, interval, level, number, p_text, percent, times, title
from inoc_evals.results.columns import LEAD
from inoc_evals.results.differences import Difference
from inoc_evals.results.findings import Findings
from inoc_evals.results.progress import StepRate
from inoc_evals.results.rates import Rate

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
    """One value of one task's category: its rates by arm, and what each arm differs by from the reference; `more` says
    how many arms are not among them, if any."""

    heading: str
    rates: Table
    reference: str | None
    differences: Table | None
    more: str = ""


def blocks(found: Findings) -> list[Block]:
    """One block a headline value; of a task with questions out of distribution, or under several conditions, these
    questions or its first condition alone, the others being in the files."""
    made = []
    for rates in _grouped(found):
        contrasts = [each for each in found.differences if _place(each) == _place(rates[0])]
        reference = contrasts[0].reference if contrasts else None
        shown = ends(rates, reference)
        by_arm = {each.arm: each for each in contrasts}
        differences = _differences([by_arm[rate.arm] for rate in shown if rate.arm in by_arm])
        heading = title(found, *_place(rates[0]))
        made.append(Block(heading, _rates(found, shown), reference, differences, between(rates, shown)))
    return made


def fit(found: Findings) -> Table | None:
    """What each arm's responses are like, in percent, and how many times its base's perplexity it has, of several
    checkpoints the largest; of many arms those that are least fit. None where there is no text and no perplexity."""
    if not found.fit.arms:
        return None
    rows = [
        (
            one.arm,
            str(one.responses),
            *map(percent, (one.empty, one.cut, one.looping, one.no_language)),
            times(one.ratio),
        )
        for one in least_fit(found.fit.arms, found.reference)
    ]
    names = ("texts", "empty", "cut off", "looping", "no language", "perplexity")
    return Table((Column(ARM, False), *map(Column, names)), tuple(rows))


@dataclass(frozen=True)
class Steps:
    """How one value of one task's category grew while the checkpoints were trained: a row a step, a column an arm."""

    heading: str
    table: Table


def progress(found: Findings, abreast: int) -> list[Steps]:
    """The curves as tables of at most `abreast` arms each, of the categories that `blocks` shows."""
    places = {_place(rates[0]) for rates in _grouped(found)}
    made = []
    for chart in charts(found):
        if (chart.task, chart.category, chart.measure) not in places:
            continue
        unit = "mean" if chart.method == "open mean" else "%"
        name = f"{title(found, chart.task, chart.category, chart.measure)} by step ({unit}, 95% interval)"
        for start in range(0, len(chart.curves), abreast):
            made.append(Steps(name, _steps(chart, chart.curves[start : start + abreast])))
    return made


def _steps(chart: Chart, curves: Sequence[Curve]) -> Table:
    rows = [(str(step), *(_cell(curve.at(step)) for curve in curves)) for step in chart.steps]
    return Table((Column("step"), *(Column(curve.arm) for curve in curves)), tuple(rows))


def _cell(point: StepRate | None) -> str:
    return "-" if point is None else level(point.rate, point.method)


def _grouped(found: Findings) -> Iterable[Sequence[Rate]]:
    for _, of_task in groupby(found.rates, lambda rate: rate.task):
        rates = list(of_task)
        lead = lead_category(rates)
        # Of a grid the sentences tell what is beside the reference condition, and the page shows all.
        if lead == LEAD or any(each.task == rates[0].task for each in found.grids):
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
