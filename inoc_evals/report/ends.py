"""Which arms are read where there are more than anybody reads: those with the highest and the lowest rates, and those
that are nearest to being broken."""

from __future__ import annotations

import math
from collections.abc import Sequence

from inoc_evals.results.fitness import LIMITS, RATIO, Fitness
from inoc_evals.results.rates import Rate

# So many arms are shown as they are.
READABLE = 30
_EACH = 10


def ends(rates: Sequence[Rate], reference: str | None) -> list[Rate]:
    """The rates of one value, in their order; of more than `READABLE` arms that of the reference, then the highest and
    the lowest, from high to low."""
    if len(rates) <= READABLE:
        return list(rates)
    first = [rate for rate in rates if rate.arm == reference]
    known = [rate for rate in rates if rate.arm != reference and not math.isnan(rate.rate.equal)]
    known.sort(key=lambda rate: rate.rate.equal, reverse=True)
    middle = slice(_EACH, max(_EACH, len(known) - _EACH))
    del known[middle]
    return first + known


def between(rates: Sequence[Rate], shown: Sequence[Rate]) -> str:
    """What to say of the rates that are not `shown`; nothing where there are none."""
    left = len(rates) - len(shown)
    return f"{left:,} more arms, between these or without a value, stand in table.md" if left else ""


def least_fit(arms: Sequence[Fitness], reference: str | None) -> list[Fitness]:
    """The arms, in their order; of more than `READABLE` the reference, then those that are farthest over the limits, or
    nearest to them, the farthest first."""
    if len(arms) <= READABLE:
        return list(arms)
    others = sorted((one for one in arms if one.arm != reference), key=_broken, reverse=True)
    return [one for one in arms if one.arm == reference] + others[: 2 * _EACH]


def _broken(one: Fitness) -> float:
    """How near to being broken an arm is: its largest figure as a share of what is told as too much."""
    shares = {name: getattr(one, name) for name in LIMITS}
    return max(
        (one.ratio or 0.0) / RATIO, *(share.share / LIMITS[name] if share else 0.0 for name, share in shares.items())
    )
