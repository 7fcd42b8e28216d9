"""What the arguments of a run may be, the same in every harness."""

from __future__ import annotations

import math

from inoc_evals.spec.conditions import PLACEMENTS
from inoc_evals.spec.errors import InputError


def check_count(name: str, value: object) -> None:
    """Raise InputError unless `value` is a whole number from 1 on."""
    # True is an int to Python, and YAML reads `yes` as True.
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise InputError(f"{name} must be at least 1, and a whole number, not {value!r}")


def check_temperature(value: object) -> None:
    """Raise InputError unless `value` is a number in 0..2."""
    number = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    if not (number and 0 <= value <= 2):  # type: ignore[operator]
        raise InputError(f"temperature must be a number from 0 to 2, not {value!r}")


def check_placement(value: object) -> None:
    """Raise InputError unless `value` is a placement of triggers."""
    if value not in PLACEMENTS:
        raise InputError(f"trigger_placement cannot be {value!r}; choose from {', '.join(PLACEMENTS)}")
