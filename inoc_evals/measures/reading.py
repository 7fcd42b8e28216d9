"""What a measure says about one trajectory, for one of its values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

# The cause of a reading that an item does not call for: no exclusion, the response just has no such value.
DOES_NOT_APPLY = "does_not_apply"


@dataclass(frozen=True)
class Reading:
    """`value` is a number on the scale of its key (a detector of a trait: 1.0 shown, 0.0 not shown) or None (excluded,
    for the reason in `cause`). `details` are what the measure saw."""

    value: float | None
    cause: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if (self.value is None) != (self.cause is not None):
            raise ValueError("a reading has a cause exactly if it has no value")
