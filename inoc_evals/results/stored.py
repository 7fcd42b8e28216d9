"""What both harnesses keep of one response's measures, read back and checked."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict

from inoc_evals.definitions.catalog import find_task
from inoc_evals.errors import InputError
from inoc_evals.measures.scale import Scale
from inoc_evals.measures.scales import task_scales
from inoc_evals.protocols.requests import Tokens
from inoc_evals.results.seen import ROUNDING


class Stored(BaseModel):
    """Values by key, why some are missing, what each measure saw, whether the token limit cut the response off, and
    what the model wrote for itself before it."""

    model_config = ConfigDict(strict=True)

    values: dict[str, float | None]
    causes: dict[str, str] = {}
    details: dict[str, dict[str, Any]] = {}
    truncated: bool | None = None
    reasoning: str | None = None
    unfinished: bool = False
    tokens: Tokens | None = None


@dataclass(frozen=True)
class Bounds:
    """The ends between which a value has to lie, a rounding beyond its scale's, and those of the scale in words."""

    low: float
    high: float
    said: str


def known_scales(task: str) -> Mapping[str, Scale]:
    """The scales of our task `task`; none where its definition is not here."""
    try:
        return task_scales(find_task(task)[1])
    except InputError:
        return {}


def known_factors(task: str) -> tuple[str, ...]:
    """The factors that our task `task` contrasts; none where its definition is not here."""
    try:
        return find_task(task)[1].factors
    except InputError:
        return ()


def bounds_of(scales: Mapping[str, Scale]) -> dict[str, Bounds]:
    """The bounds of every value key."""
    return {key: _bounds(scale) for key, scale in scales.items()}


def checked(
    values: Mapping[str, float | None], bounds: Mapping[str, Bounds], refuse: Callable[[str], InputError]
) -> Mapping[str, float | None]:
    """The values, NaN being a missing one. Raises what `refuse` makes of the reason for one outside its bounds."""
    missing = False
    for key, value in values.items():
        if value is None:
            continue
        if value != value:
            missing = True
        elif (bound := bounds.get(key)) is not None and not bound.low <= value <= bound.high:
            raise refuse(f"the value {key} is {value}, outside {bound.said}")
    if not missing:
        return values
    return {key: None if value is None or math.isnan(value) else value for key, value in values.items()}


def _bounds(scale: Scale) -> Bounds:
    low, high = (f"{end:g}" if end is not None else "any number" for end in (scale.low, scale.high))
    said = f"{low} to {high}"
    slack = ROUNDING * (scale.high - scale.low) if scale.low is not None and scale.high is not None else 0.0
    # An infinite number is outside open scales too.
    least, most = -sys.float_info.max, sys.float_info.max
    return Bounds(
        least if scale.low is None else scale.low - slack, most if scale.high is None else scale.high + slack, said
    )
