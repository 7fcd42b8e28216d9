"""The responses of one arm, as columns."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

ROUNDING = 1e-6


@dataclass(frozen=True)
class Responses:
    """One entry per response: a value within `span` (None or NaN = excluded), its question and its checkpoint.

    `span` is the lowest and highest possible value: (0, 1) for rates, (0, 100) for ratings. Raises ValueError for
    columns of unequal length, an empty span, or a value outside it by more than rounding.
    """

    values: Sequence[float | None]
    questions: Sequence[str]
    checkpoints: Sequence[str]
    span: tuple[float, float] = (0.0, 1.0)

    def __post_init__(self) -> None:
        if not len(self.values) == len(self.questions) == len(self.checkpoints):
            raise ValueError("values, questions and checkpoints differ in length")
        low, high = self.span
        if not low < high:
            raise ValueError(f"the span {low} to {high} is empty")
        slack = ROUNDING * (high - low)
        given = [v for v in self.values if v is not None and not math.isnan(v)]
        outside = [v for v in given if not low - slack <= v <= high + slack]
        if outside:
            raise ValueError(f"the value {outside[0]} is outside {low} to {high}")

    @property
    def excluded(self) -> int:
        """The number of excluded responses."""
        return sum(value is None or math.isnan(value) for value in self.values)
