"""What both harnesses keep of one response's measures, read back and checked."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict

from inoc_evals.definitions.catalog import find_task
from inoc_evals.errors import InputError
from inoc_evals.measures.scale import Scale
from inoc_evals.measures.scales import task_scales
from inoc_evals.results.seen import ROUNDING


class Stored(BaseModel):
    """Values by key, why some are missing, what each measure saw, and whether the token limit cut the response off."""

    model_config = ConfigDict(strict=True)

    values: dict[str, float | None]
    causes: dict[str, str] = {}
    details: dict[str, dict[str, Any]] = {}
    truncated: bool | None = None


def known_scales(task: str) -> Mapping[str, Scale]:
    """The scales of our task `task`; none where its definition is not here."""
    try:
        return task_scales(find_task(task)[1])
    except InputError:
        return {}


def checked(
    values: Mapping[str, float | None], scales: Mapping[str, Scale], refuse: Callable[[str], InputError]
) -> dict[str, float | None]:
    """The values, NaN being a missing one. Raises what `refuse` makes of the reason for one outside its scale."""
    found = {key: None if value is None or math.isnan(value) else float(value) for key, value in values.items()}
    for key, value in found.items():
        if value is not None and key in scales and not _within(value, scales[key]):
            low, high = (f"{end:g}" if end is not None else "any number" for end in (scales[key].low, scales[key].high))
            raise refuse(f"the value {key} is {value}, outside {low} to {high}")
    return found


def _within(value: float, scale: Scale) -> bool:
    low = -math.inf if scale.low is None else scale.low
    high = math.inf if scale.high is None else scale.high
    slack = ROUNDING * (high - low) if math.isfinite(high - low) else 0.0
    return math.isfinite(value) and low - slack <= value <= high + slack
