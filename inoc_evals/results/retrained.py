"""What training again without some rows changed, as far as findings tell it."""

from __future__ import annotations

from dataclasses import dataclass

from inoc_evals.results.columns import leading
from inoc_evals.results.differences import Difference
from inoc_evals.results.findings import Findings
from inoc_evals.results.rates import Rate
from inoc_evals.results.verdicts import Verdict


@dataclass(frozen=True)
class Changes:
    """What training without the top rows, and without random ones, gave in the value that is called `name`: the rates
    of the three arms, the differences of the two from training on all rows, and the answer to whether the first is
    below the second."""

    name: str
    rates: tuple[Rate, ...]
    differences: tuple[Difference, ...]
    verdict: Verdict


def changes_of(found: Findings, value: str) -> Changes:
    """The changes of a value in the part of its task that is told first."""
    rates = [rate for rate in found.rates if rate.measure == value]
    part = leading(list(dict.fromkeys(rate.category for rate in rates)))
    return Changes(
        name=found.tasks[rates[0].task].scales[value].name or value,
        rates=tuple(rate for rate in rates if rate.category == part),
        differences=tuple(each for each in found.differences if (each.category, each.measure) == (part, value)),
        verdict=found.verdicts[0],
    )
