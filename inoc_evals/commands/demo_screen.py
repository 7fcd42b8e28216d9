"""The last screen of the demo: what its results say, on 40 lines of 80 columns."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from inoc_evals.definitions.words import printable
from inoc_evals.report.texts import interval, number
from inoc_evals.results.findings import Difference, Rate

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

    from inoc_evals.stats.seeds import ArmDifference

TRAITS: Mapping[str, str] = {"language": "Spanish", "capitals": "capitals"}
# Each arm's response to each of these requests takes a line.
_REQUESTS = 2


@dataclass(frozen=True)
class Shown:
    """What the screen is about: the value that each arm's training prompt `asked_for` (arms without one are not in it),
    the arm that all are compared with, requests by item, and responses by arm and item."""

    asked_for: Mapping[str, str]
    reference: str
    requests: Mapping[str, str]
    responses: Mapping[tuple[str, str], str]


def last_screen(rates: Sequence[Rate], differences: Sequence[Difference], shown: Shown) -> list[RenderableType]:
    """The headline in a sentence, a table of every arm's rates, and the first requests with each arm's response.

    `rates` and `differences` are those of one task and category.
    """
    from rich.text import Text

    return [
        Text(headline(rates, differences, shown)),
        Text(),
        _table(rates, shown),
        Text(_note(rates, len(shown.requests))),
        Text("\nThe first two of the requests, and each arm's answers, a line each:"),
        _responses([rate.arm for rate in rates if rate.measure == "language"], shown),
    ]


def headline(rates: Sequence[Rate], differences: Sequence[Difference], shown: Shown) -> str:
    """What became of the trait that each prompt asked for and of the others, as one sentence."""
    shares = {(rate.arm, rate.measure): rate.rate.equal for rate in rates}
    changes = {(contrast.arm, contrast.measure): contrast.difference for contrast in differences}
    clauses = []
    for arm, asked in shown.asked_for.items():
        traits = sorted(TRAITS, key=lambda trait: trait != asked)
        happened = [
            _change(TRAITS[of], shares[shown.reference, of], shares[arm, of], changes[arm, of]) for of in traits
        ]
        clauses.append(f"asking for {TRAITS[asked]}, {' and '.join(happened)}")
    return (
        "Evaluated without the prompt of training, against training without one: after a prompt "
        f"{'; after one '.join(clauses)}."
    )


def _change(trait: str, before: float, after: float, difference: ArmDifference) -> str:
    if math.isnan(difference.mean):
        return f"nothing can be said of {trait}"
    if difference.high < 0:
        return f"{trait} fell from {number(before)} to {number(after)}%"
    if difference.low > 0:
        return f"{trait} rose from {number(before)} to {number(after)}%"
    return f"{trait} did not clearly change ({number(before)} to {number(after)}%)"


def _table(rates: Sequence[Rate], shown: Shown) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, padding=(0, 2, 0, 0))
    for name in ("arm", *(f"{trait} % [95%]" for trait in TRAITS.values())):
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


def _note(rates: Sequence[Rate], requests: int) -> str:
    left_out = [f"{rate.arm} {rate.rate.excluded}" for rate in rates if rate.measure == "language"]
    return (
        f"{requests} everyday requests; one training seed an arm: these checkpoints only. Answers in no language that "
        f"can be decided are left out: {', '.join(left_out)}."
    )


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
