"""What a user says of what judges cost: prices, and a budget."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from inoc_evals.errors import InputError
from inoc_evals.judging.budget import Budget, read_budget
from inoc_evals.judging.prices import Prices, given_prices, without_price


@dataclass(frozen=True)
class Costs:
    """Prices, and how much all judges may take together."""

    prices: Prices | None = None
    budget: Budget | None = None


FREE = Costs()


def costs_of(prices: Path | str | None, budget: str | None, judges: Sequence[str] = ()) -> Costs:
    """What a user says of costs: the file of prices and the budget. Raises InputError, also where a budget in money
    could not hold because one of the `judges` has no price."""
    table = given_prices(None if prices is None else Path(prices))
    limit = None if budget is None else read_budget(budget, table)
    if table is not None and limit is not None and limit.is_money:
        faults = without_price(table, judges)
        if faults:
            raise InputError.of(faults)
    return Costs(table, limit)
