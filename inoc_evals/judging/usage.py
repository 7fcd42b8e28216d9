"""What judges were asked and what it took, by judge, replying model and rubric; and the same as data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from math import fsum
from typing import Any

from inoc_evals.client.usage import NOTHING, Usage
from inoc_evals.judging.budget import Budget
from inoc_evals.judging.prices import Prices

# Where no rubric is applied: the calls that find out how a judge answers.
FINDING_OUT = ""


@dataclass(frozen=True)
class Spent:
    """What a judge took under one rubric (`FINDING_OUT`: under none). `model` is what its server calls the model that
    replied.

    Of `asked` ratings, `usage` is what they took, tries that failed included. `reused` ratings were there already, or
    the same was being asked, and took nothing; `saved` is what they took when they were asked, as far as it was noted.
    The tokens of `estimated` ratings are ours by the length of the prompt, because the server told none.
    """

    judge: str
    model: str
    rubric: str
    asked: int = 0
    reused: int = 0
    estimated: int = 0
    usage: Usage = NOTHING
    saved: Usage = NOTHING

    def __add__(self, other: Spent) -> Spent:
        return Spent(
            self.judge,
            self.model,
            self.rubric,
            self.asked + other.asked,
            self.reused + other.reused,
            self.estimated + other.estimated,
            self.usage + other.usage,
            self.saved + other.saved,
        )

    def cost(self, prices: Prices | None) -> float | None:
        """In the currency of the prices; None where there is no price."""
        price = None if prices is None else prices.price(self.judge, self.model)
        return None if price is None else price.of(self.usage)


@dataclass(frozen=True)
class Judging:
    """All that judges took, and by which prices it is counted. `budget` is how much they might take, in words, and
    `unasked` are the ratings that were left out for it, by judge."""

    spent: tuple[Spent, ...]
    prices: Prices | None = None
    budget: str | None = None
    unasked: Mapping[str, int] = field(default_factory=dict)

    @property
    def unasked_ratings(self) -> int:
        """Those of all judges."""
        return sum(self.unasked.values())

    @property
    def usage(self) -> Usage:
        """Of all judges."""
        return sum((one.usage for one in self.spent), NOTHING)

    @property
    def cost(self) -> float | None:
        """What judges with a price cost in all; None where none has one."""
        costs = [cost for one in self.spent if (cost := one.cost(self.prices)) is not None]
        return sum(costs) if costs else None

    @property
    def unpriced(self) -> tuple[str, ...]:
        """The judges that were asked and have no price, where there are prices."""
        if self.prices is None:
            return ()
        lacking = (one.judge for one in self.spent if one.usage.calls and one.cost(self.prices) is None)
        return tuple(dict.fromkeys(lacking))


def added(spent: Iterable[Spent]) -> tuple[Spent, ...]:
    """One for each judge, model and rubric."""
    found: dict[tuple[str, str, str], Spent] = {}
    for one in spent:
        key = one.judge, one.model, one.rubric
        found[key] = found[key] + one if key in found else one
    return tuple(found[key] for key in sorted(found))


def spent_of(budget: Budget, spent: Iterable[Spent], prices: Prices | None) -> float:
    """How much of a budget was taken, in its unit."""
    prices_of = ((one, None if prices is None else prices.price(one.judge, one.model)) for one in spent)
    return fsum(budget.of(one.usage, price) for one, price in prices_of)


def by_judge(spent: Iterable[Spent]) -> dict[str, tuple[Spent, ...]]:
    """What each judge took, by rubric."""
    found: dict[str, list[Spent]] = {}
    for one in spent:
        found.setdefault(one.judge, []).append(one)
    return {judge: tuple(of_judge) for judge, of_judge in found.items()}


def of_judge(judging: Judging, judge: str) -> Judging:
    """The part of one judge."""
    spent = tuple(one for one in judging.spent if one.judge == judge)
    unasked = {name: count for name, count in judging.unasked.items() if name == judge}
    return replace(judging, spent=spent, unasked=unasked)


def plain(judging: Judging) -> dict[str, Any]:
    """The same as plain JSON, which `stored` reads back."""
    return {
        "judges": [
            {
                "judge": one.judge,
                "model": one.model,
                "rubric": one.rubric,
                "asked": one.asked,
                "reused": one.reused,
                "estimated": one.estimated,
                **asdict(one.usage),
                "cost": one.cost(judging.prices),
                "saved": asdict(one.saved),
            }
            for one in judging.spent
        ],
        **asdict(judging.usage),
        "cost": judging.cost,
        "currency": None if judging.prices is None else judging.prices.currency,
        "prices": None if judging.prices is None else judging.prices.model_dump(exclude_none=True)["judges"],
        "no_price": list(judging.unpriced),
        "budget": judging.budget,
        "unasked": dict(judging.unasked),
    }


def stored(document: object) -> Judging | None:
    """What `plain` has written; None for anything else, as files of others may hold it."""
    fields = document if isinstance(document, Mapping) else {}
    listed = fields.get("judges")
    if not isinstance(listed, list):
        return None
    spent = [_spent(one) for one in listed if isinstance(one, Mapping)]
    budget = fields.get("budget")
    prices = _prices(fields.get("currency"), fields.get("prices"))
    left = fields.get("unasked")
    unasked = {str(judge): _whole(count) for judge, count in left.items()} if isinstance(left, Mapping) else {}
    return Judging(added(spent), prices, budget if isinstance(budget, str) else None, unasked)


def merged(parts: Sequence[Judging]) -> Judging | None:
    """What several runs took, as `together`; None where none asked a judge."""
    return together(parts) if parts else None


def together(parts: Sequence[Judging]) -> Judging:
    """What one or several took. Where their prices differ there is no sum of money."""
    tables = [part.prices for part in parts if part.prices is not None]
    prices = tables[0] if tables and all(table == tables[0] for table in tables) else None
    budgets = {part.budget for part in parts}
    budget = budgets.pop() if len(budgets) == 1 else None
    unasked: Counter[str] = Counter()
    for part in parts:
        unasked.update(part.unasked)
    return Judging(added(one for part in parts for one in part.spent), prices, budget, dict(unasked))


def less(after: Judging, before: Judging) -> Judging:
    """What was taken between two looks at one account."""
    earlier = {(one.judge, one.model, one.rubric): one for one in before.spent}
    spent = []
    for one in after.spent:
        was = earlier.get((one.judge, one.model, one.rubric))
        if was != one:
            spent.append(one if was is None else _minus(one, was))
    unasked = {judge: count - before.unasked.get(judge, 0) for judge, count in after.unasked.items()}
    return replace(after, spent=tuple(spent), unasked={judge: count for judge, count in unasked.items() if count})


def _minus(one: Spent, was: Spent) -> Spent:
    counts = {name: getattr(one, name) - getattr(was, name) for name in ("asked", "reused", "estimated")}
    return replace(one, **counts, usage=one.usage - was.usage, saved=one.saved - was.saved)


def _spent(fields: Mapping[str, Any]) -> Spent:
    return Spent(
        str(fields.get("judge") or ""),
        str(fields.get("model") or ""),
        str(fields.get("rubric") or ""),
        _whole(fields.get("asked")),
        _whole(fields.get("reused")),
        _whole(fields.get("estimated")),
        _usage(fields),
        _usage(fields.get("saved")),
    )


def _prices(currency: object, judges: object) -> Prices | None:
    try:
        return Prices.model_validate({"currency": currency, "judges": judges})
    except ValueError:
        return None


def _usage(fields: object) -> Usage:
    given = fields if isinstance(fields, Mapping) else {}
    return Usage(*(_whole(given.get(name)) for name in Usage.__dataclass_fields__))


def _whole(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else 0
