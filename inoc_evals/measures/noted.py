"""A number that the task's own protocol wrote down: an offer, a rung, a count of steps."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Self

from pydantic import model_validator

from inoc_evals.definitions.fields import NAME, Misplaced, Name, Options, Text
from inoc_evals.measures.declaration import Measure, Measuring
from inoc_evals.measures.reading import Reading
from inoc_evals.measures.scale import Scale

if TYPE_CHECKING:
    from inoc_evals.protocols.trajectory import Trajectory

NOT_NOTED = "not_noted"


class NotedOptions(Options):
    """A number that the task's own task.py noted, under the name `note`. One beyond an end is a fault of that code."""

    note: Name
    low: float | None = None
    high: float | None = None
    unit: Text | None = None
    direction: Text | None = None

    @model_validator(mode="after")
    def _ends(self) -> Self:
        if self.low is not None and self.high is not None and self.low >= self.high:
            raise Misplaced(f"high {self.high:g} is not above low {self.low:g}; correct one", "high")
        return self


def scales(options: NotedOptions) -> Mapping[str, Scale]:
    """A mean between the two ends, or one without ends."""
    bounded = options.low is not None and options.high is not None
    about = (options.unit or "", options.direction or "")
    return {"": Scale(options.low, options.high, "mean" if bounded else "unbounded", *about)}


def ask(options: NotedOptions, trajectory: Trajectory) -> Measuring:
    """The number. A name in its place is the cause why there is none; whatever else is no finite number, and None, has
    the cause "not_noted"."""
    value = trajectory.noted.get(options.note)
    if isinstance(value, str) and re.fullmatch(NAME, value):
        return {"": Reading(None, value)}
    if isinstance(value, int | float) and math.isfinite(value):
        return {"": Reading(float(value))}
    return {"": Reading(None, NOT_NOTED)}
    yield  # a generator that yields nothing


MEASURE = Measure("noted", NotedOptions, scales, ask)
