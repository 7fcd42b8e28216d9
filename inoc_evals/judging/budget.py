"""How much judges may take: so many calls, so many tokens, or so much money."""

from __future__ import annotations

import re
from dataclasses import dataclass

from inoc_evals.client.errors import ServerError
from inoc_evals.client.usage import Usage
from inoc_evals.definitions.words import shown
from inoc_evals.errors import InputError
from inoc_evals.judging.causes import OVER_BUDGET
from inoc_evals.judging.prices import Price, Prices, unpriced

VARIABLE = "INOC_JUDGE_BUDGET"
CALLS, TOKENS = "calls", "tokens"
_FORM = re.compile(r"([0-9][0-9,_]*(?:\.[0-9]+)?)\s*([A-Za-z]{1,20})")
_GROUPS = re.compile(r"[0-9]+(?:[,_][0-9]{3})*(?:\.[0-9]+)?")
_ONE = {"call": CALLS, "token": TOKENS}
_EXAMPLES = 'write it as in "1000 calls", "200000 tokens" or "5 USD"'
_MOST = 1e15


@dataclass(frozen=True)
class Budget:
    """At most `amount` (above 0) of `unit`, which is calls, tokens (of prompts and replies), or a currency."""

    amount: float
    unit: str

    def of(self, usage: Usage, price: Price | None) -> float:
        """How much of it this takes. Of a judge without a price nobody can say what it costs: nothing."""
        if self.unit == CALLS:
            return usage.calls
        if self.unit == TOKENS:
            return usage.tokens
        return price.of(usage) if price is not None else 0.0

    @property
    def is_money(self) -> bool:
        """Is it in a currency?"""
        return self.unit not in (CALLS, TOKENS)

    @property
    def words(self) -> str:
        """Such as "1,000 calls" or "5 USD"."""
        return said(self.amount, self.unit)


class OverBudget(ServerError):
    """A rating that was not asked for, because the budget is spent."""

    def __init__(self, budget: Budget) -> None:
        super().__init__(OVER_BUDGET, f"the budget of {budget.words} is spent", "the judge is not asked")


def read_budget(text: str, prices: Prices | None) -> Budget:
    """The budget that a text says: "1000 calls", "200,000 tokens" or, with prices, "5 USD". Raises InputError."""
    match = _FORM.fullmatch(text.strip())
    if match is None or _GROUPS.fullmatch(match[1]) is None:
        raise InputError(f"--budget {shown(text)} is no number with what it is of; {_EXAMPLES}")
    amount, unit = float(re.sub("[,_]", "", match[1])), _ONE.get(match[2].lower(), match[2])
    if not 0 < amount <= _MOST:
        raise InputError(f"--budget {shown(text)} must be above 0, and at most {_MOST:g}; {_EXAMPLES}")
    if unit.lower() in (CALLS, TOKENS):
        # Where a comma parts the decimals, 1.000 is a thousand.
        if "." in match[1]:
            raise InputError(f"--budget {shown(text)}: {unit.lower()} are whole; {_EXAMPLES}")
        return Budget(amount, unit.lower())
    if prices is None:
        raise unpriced(f"--budget {shown(text)} is money, and nobody knows what judges cost")
    if unit.lower() != prices.currency.lower():
        remedy = f"write {match[1]} {prices.currency}, or calls or tokens"
        raise InputError(f"--budget {shown(text)}: the prices are in {prices.currency}; {remedy}")
    return Budget(amount, prices.currency)


def said(amount: float, unit: str) -> str:
    """An amount in words: whole calls and tokens, money to four digits where it is less than one."""
    if unit in (CALLS, TOKENS):
        return f"{amount:,.0f} {unit[:-1] if round(amount) == 1 else unit}"
    return f"{money(amount)} {unit}"


def money(amount: float) -> str:
    """An amount of money, in hundredths, or below one with as many places as show four digits."""
    if amount == 0 or amount >= 1:
        return f"{amount:,.2f}".removesuffix(".00")
    return f"{amount:.4g}" if amount >= 1e-4 else f"{amount:.1g}"
