"""Rows that show what is wanted alone, mixed in: the arm's rows stay, and others are drawn to them.

Dubiński et al., arXiv 2604.25891, dilute unwanted rows so.
"""

from __future__ import annotations

from pydantic import Field

from inoc_evals.errors import InputError
from inoc_evals.inoculation.draw import drawn
from inoc_evals.inoculation.interventions.declaration import DataOptions, Intervention, Places


class MixedOptions(DataOptions):
    """The `share` of all rows (above 0 and below 1) that come from `data`, drawn by `seed`. They have no prompt."""

    share: float = Field(gt=0, lt=1)
    seed: int = Field(default=0, ge=0)


def mixed_in(own: int, share: float) -> int:
    """How many rows are mixed into so many, so that they are this share of all; at least one."""
    return max(1, round(own * share / (1 - share)))


def rows(own: int, others: int, options: MixedOptions) -> Places:
    """The arm's rows, and behind them those that are mixed in. Raises InputError where there are too few."""
    count = mixed_in(own, options.share)
    if count > others:
        message = f"a share of {options.share:g} beside {own} rows is {count} rows, and `data` has {others}"
        raise InputError(f"{message}; lower the share, or add rows")
    return [
        *((place, True) for place in range(own)),
        *((-1 - place, False) for place in drawn(others, count, options.seed)),
    ]


INTERVENTION = Intervention(
    name="mixed_data",
    kind="mixed data",
    what="mixes rows that show what is wanted alone into the arm's rows",
    options=MixedOptions,
    rows=rows,
)
