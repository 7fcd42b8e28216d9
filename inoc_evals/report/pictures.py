"""Where things stand in the page's pictures. Lengths are in units of the SVG."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from inoc_evals.report.texts import number
from inoc_evals.results.methods import Method

# As wide as a small phone, so that the text keeps its size there.
WIDTH = 340
LEFT, RIGHT = 10.0, 330.0
TOP = 6.0
STEPS = 4
COLOURS = 8


@dataclass(frozen=True)
class Tick:
    """A number on the axis."""

    x: float
    text: str


@dataclass(frozen=True)
class Ruler:
    """An axis from `low` to `high`: 0 to 1 for shares, which are written in percent."""

    low: float = 0.0
    high: float = 1.0
    method: Method = "rate"

    def percent(self, value: float) -> float | None:
        """Where a value stands on a line from 0 to 100, None for NaN; what lies outside stands at the end."""
        if math.isnan(value):
            return None
        share = (value - self.low) / (self.high - self.low) if self.high > self.low else 0.5
        return round(100 * min(max(share, 0.0), 1.0), 2)

    def x(self, value: float) -> float | None:
        """The same in units of the SVG."""
        percent = self.percent(value)
        return None if percent is None else round(LEFT + (RIGHT - LEFT) * percent / 100, 2)

    @property
    def ticks(self) -> tuple[Tick, ...]:
        """Five numbers at even steps."""
        shares = [step / STEPS for step in range(STEPS + 1)]
        values = [self.low + (self.high - self.low) * share for share in shares]
        texts = [number(value, self.method).removesuffix(".0") for value in values]
        return tuple(Tick(LEFT + (RIGHT - LEFT) * share, text) for share, text in zip(shares, texts, strict=True))


def ruler(method: Method, values: Iterable[float]) -> Ruler:
    """The axis for shares, or one that holds all of these `values` (NaN: none) on a scale without ends."""
    if method != "open mean":
        return Ruler()
    known = [value for value in values if not math.isnan(value)]
    return Ruler(min(known, default=0.0), max(known, default=0.0), method)


def arm_colours(arms: Iterable[str]) -> dict[str, int]:
    """The number of each arm's colour: 0, which is that of text, for the first arm, then 1 to 7 over and over."""
    names = list(dict.fromkeys(arms))
    return {arm: 0 if place == 0 else 1 + (place - 1) % (COLOURS - 1) for place, arm in enumerate(names)}
