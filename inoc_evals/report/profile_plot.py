"""What the picture of a profile shows, on the page and on paper alike: a row a disposition, a dot an arm."""

from __future__ import annotations

import math
from dataclasses import dataclass

from inoc_evals.report.profile_texts import in_units, name, told, ways
from inoc_evals.report.texts import shorten
from inoc_evals.results.findings import Findings
from inoc_evals.results.profile import Disposition, Profile

# So many arms have dots; of more, those with the surest changes.
SHOWN = 7
# What the axis shows at least, and of wide intervals at most, in standard units.
_LEAST, _MOST = 0.5, 2.0
_NUMBERS = 3


@dataclass(frozen=True)
class Dot:
    """One arm's change in standard units; the ends of its interval are the change where there is none. `sure` is it
    where the disposition is surely changed."""

    arm: str
    effect: float
    low: float
    high: float
    sure: bool
    aloud: str


@dataclass(frozen=True)
class Row:
    """One disposition, with what more of it means."""

    name: str
    more: str
    dots: tuple[Dot, ...]


@dataclass(frozen=True)
class Plot:
    """The dispositions, the arms in their order, and the axis from -`limit` to `limit` with its `numbers`."""

    rows: tuple[Row, ...]
    arms: tuple[str, ...]
    others: int
    limit: float
    numbers: tuple[float, ...]

    @property
    def aloud(self) -> str:
        """The picture in words."""
        said = "; ".join(
            f"{row.name}: {', '.join(dot.aloud for dot in row.dots) or 'no standard units'}" for row in self.rows
        )
        return f"Changes in standard units: {said}"


def plot(found: Findings, profile: Profile) -> Plot | None:
    """The picture of a profile; None where no change has standard units."""
    surest = {
        arm: min((change.difference.p for _, change in profile.of(arm)), default=math.inf)
        for arm in found.arms
        if arm != profile.reference and profile.of(arm)
    }
    chosen = sorted(surest, key=lambda arm: surest[arm])[:SHOWN]
    arms = tuple(arm for arm in found.arms if arm in chosen)
    rows = tuple(_row(each, arms) for each in profile.dispositions)
    dots = [dot for row in rows for dot in row.dots]
    if not dots:
        return None
    widest = max(max(abs(dot.low), abs(dot.high)) for dot in dots)
    limit = max(_LEAST, min(widest, max(_MOST, 1.5 * max(abs(dot.effect) for dot in dots))))
    return Plot(rows, arms, len(surest) - len(arms), 1.05 * limit, _numbers(limit))


def _row(disposition: Disposition, arms: tuple[str, ...]) -> Row:
    dots = []
    by_arm = {change.arm: change for change in disposition.changes}
    for arm in arms:
        change = by_arm.get(arm)
        if change is None or change.standard.effect is None:
            continue
        standard = change.standard
        effect = change.standard.effect
        low, high = (effect if end is None else end for end in (standard.low, standard.high))
        aloud = f"{shorten(arm, 60)} {in_units(change)}, {told(disposition, change)}"
        dots.append(Dot(arm, effect, low, high, change.state == "changed", aloud))
    return Row(name(disposition), ways(disposition)[1], tuple(dots))


def _numbers(limit: float) -> tuple[float, ...]:
    """Round numbers along the axis, a few on either side of 0."""
    size = 10.0 ** math.floor(math.log10(limit / _NUMBERS))
    step = next(each * size for each in (1, 2, 5, 10) if limit / (each * size) <= _NUMBERS + 1e-9)
    last = math.floor(limit / step + 1e-9)
    return tuple(round(place * step, 12) for place in range(-last, last + 1))
