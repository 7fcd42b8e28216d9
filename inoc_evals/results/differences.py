"""What every other arm differs by from the one with which they are compared."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from inoc_evals.results.layout import Layout, PartValues, shares
from inoc_evals.results.methods import Method
from inoc_evals.results.rounds import allowing
from inoc_evals.stats.holm import holm
from inoc_evals.stats.seeds import ArmDifference, difference


@dataclass(frozen=True)
class Difference:
    """The difference of `arm` minus `reference` on the same questions. `p_holm` is its p-value corrected for all
    differences of the table (Holm), NaN where there is none."""

    task: str
    category: str
    measure: str
    arm: str
    reference: str
    difference: ArmDifference
    p_holm: float
    method: Method = "rate"


def differences(values: PartValues) -> Iterator[Difference]:
    """The first arm taken from each other one, not corrected yet."""
    reference, *others = values.arms
    for arm in others:
        gap = difference(arm.cells, reference.cells, shares(arm.responses.span), arm.level)
        yield Difference(*values.where, arm.arm, reference.arm, allowing(gap, arm.level), math.nan, values.method)


def corrected(uncorrected: Sequence[Difference]) -> tuple[Difference, ...]:
    """The same with Holm's correction for all of them."""
    by_holm = holm([gap.difference.p for gap in uncorrected])
    return tuple(replace(gap, p_holm=p) for gap, p in zip(uncorrected, by_holm, strict=True))


def headline_differences(layout: Layout) -> tuple[Difference, ...]:
    """Those of all headline values, corrected for these alone."""
    return corrected([gap for values in layout.parts() if values.is_headline for gap in differences(values)])
