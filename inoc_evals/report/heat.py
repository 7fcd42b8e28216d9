"""Numbers as coloured cells: one scale of shades for all cells of a value."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from inoc_evals.report.texts import number
from inoc_evals.results.methods import Method

SHADES = 10


@dataclass(frozen=True)
class Heat:
    """Shades from `low` to `high`: 0 to 1 for shares, which are written in whole percent."""

    low: float
    high: float
    method: Method

    def text(self, value: float) -> str:
        """What a cell says: a dash for NaN."""
        if math.isnan(value):
            return "-"
        return number(value, self.method) if self.method == "open mean" else f"{100 * value:.0f}"

    def shade(self, value: float) -> int | None:
        """0 to `SHADES`, None for NaN; 0 where all values are equal."""
        if math.isnan(value):
            return None
        share = (value - self.low) / (self.high - self.low) if self.high > self.low else 0.0
        return round(SHADES * min(max(share, 0.0), 1.0))


def heat(method: Method, values: Iterable[float]) -> Heat:
    """The shades for shares, or those from the least to the most of `values` (NaN: none) on a scale without ends."""
    if method != "open mean":
        return Heat(0.0, 1.0, method)
    known = [value for value in values if not math.isnan(value)]
    return Heat(min(known, default=0.0), max(known, default=0.0), method)
