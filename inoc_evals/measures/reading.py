"""What a detector says about one response."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Detail = float | str | None


@dataclass(frozen=True)
class Reading:
    """`value` is 1.0 (trait shown), 0.0 (not shown) or None (excluded, for the reason in `cause`)."""

    value: float | None
    cause: str | None = None
    details: Mapping[str, Detail] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if (self.value is None) != (self.cause is not None):
            raise ValueError("a reading has a cause exactly if it has no value")
