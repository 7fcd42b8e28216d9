"""Which account counts what judges are asked now: that of a run, in its folder, or one in memory for this process."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

from inoc_evals.judging.account import FILE, Account, Begins
from inoc_evals.judging.budget import VARIABLE as BUDGET_IN
from inoc_evals.judging.budget import Budget
from inoc_evals.judging.costs import Costs, costs_of
from inoc_evals.judging.prices import VARIABLE as PRICES_IN
from inoc_evals.judging.prices import Prices
from inoc_evals.judging.usage import Judging, less

_open: list[Account] = []
_own: list[Account] = []


def current() -> Account:
    """The account of what judges are asked now: that of the run, else one in memory for this process, with the prices
    and the budget that the environment names. Raises InputError for what these are not."""
    if _open:
        return _open[-1]
    if not _own:
        _own.append(Account(None, costs_of(os.environ.get(PRICES_IN) or None, os.environ.get(BUDGET_IN) or None)))
    return _own[0]


@contextmanager
def accounted(path: Path | None, costs: Costs, begins: Begins = "at once") -> Iterator[Account]:
    """All that judges are asked within stands in the account at `path`, without one in memory. Raises what `Account`
    raises."""
    account = Account(path, costs, begins)
    _open.append(account)
    try:
        yield account
    finally:
        _open.remove(account)
        account.close()


def read_account(path: Path) -> Judging | None:
    """What judges took, by the account at `path` or, of a folder of results, by the one in it; None where there is
    none. Raises InputError for a file that is no account."""
    file = path / FILE if path.is_dir() else path
    if not file.is_file():
        return None
    account = Account(file, begins="joins")
    try:
        return account.judging()
    finally:
        account.close()


def handed_on() -> dict[str, Any] | None:
    """What another process needs to write into the account of this run, as plain JSON; None where there is none in a
    file."""
    if not _open or _open[-1].path is None:
        return None
    account = _open[-1]
    prices, budget = account.costs.prices, account.costs.budget
    return {
        "path": str(account.path),
        "prices": None if prices is None else prices.model_dump(exclude_none=True),
        "budget": None if budget is None else [budget.amount, budget.unit],
    }


def taken_over(handed: Mapping[str, Any] | None) -> AbstractContextManager[Account | None]:
    """The account that another process has `handed_on`, while the block runs."""
    if handed is None:
        return nullcontext()
    prices = None if handed["prices"] is None else Prices.model_validate(handed["prices"])
    budget = None if handed["budget"] is None else Budget(*handed["budget"])
    return accounted(Path(handed["path"]), Costs(prices, budget), "joins")


@contextmanager
def noted(into: list[Judging]) -> Iterator[None]:
    """Add to `into` what judges take within."""
    account = current()
    before = account.judging()
    try:
        yield
    finally:
        into.append(less(account.judging(), before))
