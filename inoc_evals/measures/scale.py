"""What the numbers of a value key mean: their range, their unit, and how they are averaged."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

# How responses are summed up: the share that has a property, the mean of a bounded number, that of a bounded number
# which would be the same if it were asked for again, the mean of an open one.
Averaged = Literal["share", "mean", "exact", "unbounded"]
_OR = " or "


@dataclass(frozen=True)
class Scale:
    """The scale of a value key. `low` or `high` is None where there is no end; a share has 0 and 1.

    `direction` says in words what more of it means ("higher is more Spanish"); `name` is how it is shown.
    """

    low: float | None
    high: float | None
    averaged: Averaged
    unit: str = ""
    direction: str = ""
    name: str = ""

    def __post_init__(self) -> None:
        if self.averaged == "share" and (self.low, self.high) != (0.0, 1.0):
            raise ValueError("a share goes from 0 to 1")
        if self.averaged in ("mean", "exact") and (self.low is None or self.high is None or self.low >= self.high):
            raise ValueError("a bounded mean needs both ends, the lower one first")


def either(one: Scale, other: Scale) -> Scale:
    """`one`, called after both where runs of one task called a value differently."""
    if one.name == other.name:
        return one
    names = dict.fromkeys((*one.name.split(_OR), *other.name.split(_OR)))
    return replace(one, name=_OR.join(filter(None, names)))


def share(name: str = "", direction: str = "") -> Scale:
    """The scale of a yes or no."""
    return Scale(0.0, 1.0, "share", "", direction, name)
