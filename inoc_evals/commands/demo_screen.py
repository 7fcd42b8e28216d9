"""The last screen of the demo: what its results say, on 40 lines of 80 columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from inoc_evals.definitions.words import printable
from inoc_evals.report.sentences import sentences
from inoc_evals.report.texts import interval, number, value_name
from inoc_evals.results.findings import Findings, Rate

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

TRAITS = ("language", "capitals")
# Each arm's response to each of these requests takes a line.
_REQUESTS = 2


@dataclass(frozen=True)
class Shown:
    """What the screen is about: the value that each arm's training prompt `asked_for` (arms without one are not in it),
    requests by item, and responses by arm and item."""

    asked_for: Mapping[str, str]
    requests: Mapping[str, str]
    responses: Mapping[tuple[str, str], str]


def last_screen(found: Findings, rates: Sequence[Rate], shown: Shown) -> list[RenderableType]:
    """The answer in sentences, a table of every arm's rates, and the first requests with each arm's response.

    `rates` are those of one task and category that the table shows, in its order.
    """
    from rich.text import Text

    return [
        Text(f"Evaluated without the prompt of training, on {len(shown.requests)} everyday requests:"),
        *map(Text, sentences(found, tuple(shown.asked_for))),
        Text(),
        _table(found, rates, shown),
        Text("\nThe first two of the requests, and each arm's answers, a line each:"),
        _responses([rate.arm for rate in rates if rate.measure == "language"], shown),
    ]


def _table(found: Findings, rates: Sequence[Rate], shown: Shown) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, padding=(0, 2, 0, 0))
    keys = dict.fromkeys((rate.task, rate.measure) for rate in rates)
    for name in ("arm", *(f"{value_name(found, *key)} % [95%]" for key in keys)):
        table.add_column(Text(name), no_wrap=True)
    by_arm: dict[str, list[Text]] = {}
    for rate in rates:
        asked = shown.asked_for.get(rate.arm)
        role = "" if asked is None else " asked for" if asked == rate.measure else " should stay"
        text = f"{number(rate.rate.equal)} {interval(rate.rate)}{role}"
        by_arm.setdefault(rate.arm, []).append(Text(text, style="bold" if asked == rate.measure else ""))
    for arm, cells in by_arm.items():
        table.add_row(Text(arm), *cells)
    return table


def _responses(arms: Sequence[str], shown: Shown) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table.grid()
    table.add_column(no_wrap=True, overflow="ellipsis")
    speakers = ("request", *arms)
    width = max(map(len, speakers))
    for speaker in speakers:
        for place, item in enumerate(list(shown.requests)[:_REQUESTS], start=1):
            text = shown.requests[item] if speaker == "request" else shown.responses.get((speaker, item), "")
            line = printable(" ".join(text.split())) or "(nothing)"
            table.add_row(Text(f"{speaker:<{width}} {place}  {line}"))
    return table
