"""An arm's variation on top of what a task asks of every arm."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from inoc_evals.definitions.arms import Variation
from inoc_evals.errors import InputError


def varied(arguments: Mapping[str, Any], arm: str, variation: Variation, option: str) -> dict[str, Any]:
    """The arguments of a task for an arm: those of all arms, which `option` set, and those that its variation sets.

    A variation takes the place of the task's own defaults. A system prompt of an item's own follows the arm's, after a
    blank line, as it does a run's. Raises InputError where the run sets the same for all arms: neither could win
    without a word.
    """
    twice = [name for name in variation.arguments() if arguments.get(name) is not None]
    if twice:
        raise InputError(
            f"arm {arm} sets {' and '.join(twice)}, and {option} does so for all arms; keep one of the two"
        )
    return {**arguments, **variation.arguments()}
