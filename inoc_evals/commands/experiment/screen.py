"""The last screen of an experiment: what its results say; that of the demo fits 40 lines of 80 columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from inoc_evals.definitions.words import printable
from inoc_evals.report.forecast_texts import sentences as forecast_sentences
from inoc_evals.report.frontier_texts import sentences as frontier_sentences
from inoc_evals.report.sentences import sentences
from inoc_evals.report.survival_texts import comparison, stays
from inoc_evals.report.terminal import answer
from inoc_evals.report.texts import heading, interval, many, number, value_name
from inoc_evals.report.verdicts import remedy
from inoc_evals.results.columns import leading
from inoc_evals.results.findings import Findings
from inoc_evals.results.rates import Rate
from inoc_evals.results.row import ResponseRow
from inoc_evals.results.source import Source

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

# What fits beside each other.
_TRAITS, _ARMS, _LETTERS = 2, 6, 24


def last_screen(found: Findings, source: Source) -> list[RenderableType]:
    """The answer in sentences and tables, and the answer to each statement of the source. Of few arms and one task with
    one or two traits the first request follows, with each arm's response."""
    told = _small(found, source) if _is_small(found) else answer(found)
    return [*told, *_frontier(found), *_verdicts(found), *_forecast(found)]


def _frontier(found: Findings) -> list[RenderableType]:
    """What the frontier says, and how surely the order of the first comparison stays."""
    from rich.text import Text

    if found.frontier is None:
        return []
    said = [f"{comparison(found, one)}: {stays(one)}." for one in found.survival[:1]]
    return [Text(), *map(Text, (*frontier_sentences(found), *said))]


def _forecast(found: Findings) -> list[RenderableType]:
    from rich.text import Text

    return [] if found.forecast is None else [Text(), *map(Text, forecast_sentences(found.forecast))]


def _is_small(found: Findings) -> bool:
    return (
        len(found.tasks) == 1
        and len(found.arms) <= _ARMS
        and all(len(values.headline) <= _TRAITS for values in found.tasks.values())
        and all(len(value_name(found, rate.task, rate.measure)) <= _LETTERS for rate in found.rates)
        and all(rate.method != "open mean" for rate in found.rates)
    )


def _small(found: Findings, source: Source) -> list[RenderableType]:
    from rich.text import Text

    category = leading(list(dict.fromkeys(rate.category for rate in found.rates)))
    rates = [rate for rate in found.rates if rate.category == category]
    rows = [row for row in source.rows if (row.condition or row.category) == category]
    items = list(dict.fromkeys(row.item for row in rows))
    asked = tuple(found.about.asked_for) if found.about is not None else ()
    of_kind = f" ({heading(category)})" if category else ""
    parts: list[RenderableType] = [
        Text(f"Evaluated without the prompt of training, on {many(len(items), 'request')}{of_kind}:"),
        *map(Text, sentences(found, asked)),
        Text(),
        _table(found, rates),
    ]
    if responses := _responses(found.arms, rows, items[0]) if items else None:
        parts += [Text("\nThe first of the requests, and each arm's answer:"), responses]
    return parts


def _table(found: Findings, rates: Sequence[Rate]) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, padding=(0, 2, 0, 0))
    keys = dict.fromkeys((rate.task, rate.measure) for rate in rates)
    for name in ("arm", *(f"{value_name(found, *key)} % [95%]" for key in keys)):
        table.add_column(Text(name), no_wrap=True)
    asked_for = found.about.asked_for if found.about is not None else {}
    by_arm: dict[str, list[Text]] = {}
    for rate in rates:
        asked = asked_for.get(rate.arm, ())
        role = "" if not asked else " asked for" if rate.measure in asked else " should stay"
        text = f"{number(rate.rate.equal)} {interval(rate.rate)}{role}"
        by_arm.setdefault(rate.arm, []).append(Text(text, style="bold" if rate.measure in asked else ""))
    for arm, cells in by_arm.items():
        table.add_row(Text(arm), *cells)
    return table


def _responses(arms: Sequence[str], rows: Sequence[ResponseRow], item: str) -> Table | None:
    """The first response of each arm to an item, a line each; None where the request is not known."""
    from rich.table import Table
    from rich.text import Text

    rows = [row for row in rows if row.item == item]
    said = {row.arm: row.response for row in reversed(rows)}
    request = next((row.asked.question for row in rows if row.asked.question), None)
    if request is None:
        return None
    table = Table.grid()
    table.add_column(no_wrap=True, overflow="ellipsis")
    width = max(map(len, ("request", *arms)))
    for speaker, text in {"request": request, **{arm: said.get(arm, "") for arm in arms}}.items():
        line = printable(" ".join(text.split())) or "(nothing)"
        table.add_row(Text(f"{speaker:<{width}}  {line}"))
    return table


def _verdicts(found: Findings) -> list[RenderableType]:
    """A line for each statement of the source, and below an undecided one what would decide it."""
    from rich.text import Text

    if found.about is None or not found.verdicts:
        return []
    lines = [f"\nWhat {found.about.source} found:"]
    for each in found.verdicts:
        lines.append(f"{each.answer:<12} {each.that}")
        lines += [f"{'':<12} {told}" for told in [remedy(each)] if told]
    return [Text("\n".join(lines))]
