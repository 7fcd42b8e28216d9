"""What judges were asked and what it took, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from inoc_evals.client.usage import NOTHING, Usage
from inoc_evals.judging.budget import money
from inoc_evals.judging.prices import Prices
from inoc_evals.judging.usage import FINDING_OUT, Judging, Spent, by_judge


def lines(judging: Judging) -> Iterator[str]:
    """A line for each judge, one for each of its rubrics where there are several, and one for all judges of several."""
    judges = by_judge(judging.spent)
    for judge, spent in judges.items():
        models = [name for name in dict.fromkeys(one.model for one in spent) if name and name not in judge]
        named = f" (replies as {', '.join(models)})" if models else ""
        yield f"judge {judge}{named}: {_words(spent, judging.prices)}"
        by_rubric: dict[str, list[Spent]] = {}
        for one in spent:
            by_rubric.setdefault(one.rubric, []).append(one)
        if len(by_rubric.keys() - {FINDING_OUT}) > 1:
            for rubric, of_rubric in by_rubric.items():
                yield f"  {rubric or 'finding out how it answers'}: {_words(of_rubric, judging.prices)}"
    if len(judges) > 1:
        yield f"all judges: {_words(judging.spent, judging.prices)}"


def left_out(judging: Judging, going_on: str) -> Iterator[str]:
    """Where a budget left ratings out: how many, and the command that is `going_on` with them."""
    if judging.unasked:
        yield (
            f"the budget of {judging.budget} is spent: {judging.unasked_ratings:,} ratings were not asked for, and are "
            "missing as over_budget; all that was rated is kept. Go on, with a larger budget or none, with:"
        )
        yield going_on


def words(judging: Judging) -> str:
    """What all judges took, as one phrase."""
    return _words(judging.spent, judging.prices)


def _words(spent: Sequence[Spent], prices: Prices | None) -> str:
    asked, reused = sum(one.asked for one in spent), sum(one.reused for one in spent)
    usage = sum((one.usage for one in spent), NOTHING)
    saved = sum((one.saved for one in spent), NOTHING)
    said = f"{_ratings(asked)} in {_took(usage)}"
    costs = [one.cost(prices) for one in spent if one.usage.calls]
    if prices is not None and costs:
        known = [cost for cost in costs if cost is not None]
        said += f", {money(sum(known))} {prices.currency}" if len(known) == len(costs) else ", no price"
    if estimated := sum(one.estimated for one in spent):
        said += f"; the tokens of {_ratings(estimated)} are estimates, as the server tells none"
    if reused:
        kept = f", which saved {_took(saved)}" if saved.calls else ""
        said += f"; {_ratings(reused)} {'was' if reused == 1 else 'were'} there already{kept}"
    return said


def _ratings(count: int) -> str:
    return f"{count:,} rating{'' if count == 1 else 's'}"


def _took(usage: Usage) -> str:
    cached = f" ({usage.cached_tokens:,} of them cached by the provider)" if usage.cached_tokens else ""
    calls = f"{usage.calls:,} call{'' if usage.calls == 1 else 's'}"
    return f"{calls}, {usage.prompt_tokens:,} prompt{cached} and {usage.completion_tokens:,} completion tokens"
