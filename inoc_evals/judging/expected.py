"""What ratings are expected to take before they are asked for. Every number here is an assumption, and named as one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from inoc_evals.client.usage import Usage
from inoc_evals.judging.prices import Prices

# How a rating is asked for: the first token read, all answers drawn in one call or each in its own, every answer
# scored.
Way = Literal["first token", "together", "one by one", "scored"]
Span = tuple[int, int]  # the least and the most
# What scoring takes at most, about, on a server of vLLM, which finds nearly all of it in its own cache. The embedded
# model took 4 and 5 for YES and NO, 7 and 34 for three categories, and 5 and 168 for numbers, which it hardly tells
# apart; a judge that is sure of its numbers takes less.
SCORED_CALLS, SCORED_PROMPTS = 8, 170
# Tokens of a plain answer and of one with its reason.
_PLAIN, _REASONED = (1, 8), (20, 300)
# Tokens of what a judge may think before it answers, and has room for.
THOUGHTS = 1024
# Calls, and tokens of prompts and replies, of finding out how a judge answers, at most.
FOUND_OUT = Usage(4, 4 * 20, 4 * _PLAIN[1])
# Tokens of a short response; the longest is what its task allows.
SHORT_RESPONSE = 50


@dataclass(frozen=True)
class ToRate:
    """So many `ratings` of one kind of answer ("reasoned" or not), in a `prompt` of so many tokens; `answers` are drawn
    for each where a judge can only be sampled, as it is known to be with `drawn`. The least of them are those that
    nobody gave yet."""

    ratings: Span
    reasoned: bool
    answers: int
    prompt: Span
    drawn: bool = False


@dataclass(frozen=True)
class Expected:
    """What one judge is expected to take for all its ratings; `cost` is in the currency of the prices, None without a
    price. `thoughts` are the tokens of its replies that come to the most of them where it thinks first, 0 where it is
    known not to, and `thoughts_cost` is what those cost."""

    judge: str
    ratings: Span
    calls: Span
    prompt_tokens: Span
    completion_tokens: Span
    cost: tuple[float, float] | None
    thoughts: int
    thoughts_cost: float | None


def assumed(way: Way, answers: int, prompt: int, longest: int) -> Usage:
    """What one rating takes, with a `prompt` of so many tokens and answers of at most `longest` tokens."""
    if way == "scored":
        return Usage(SCORED_CALLS, SCORED_PROMPTS * prompt, SCORED_PROMPTS)
    if way == "first token":
        return Usage(1, prompt, 1)
    if way == "together":
        return Usage(1, prompt, answers * longest)
    return Usage(answers, answers * prompt, answers * longest)


def ways_of(judge: str, reasoned: bool) -> tuple[Way, ...]:
    """How the judge of this name may be asked, as far as the name tells."""
    from inoc_evals.client.models import has_logprobs

    provider, _, name = judge.partition("/")
    if provider == "openai":
        known = has_logprobs(name)
        return (("together" if reasoned else "first token"),) if known else ("one by one",)
    if provider == "vllm":
        return ("together",) if reasoned else ("first token", "scored")
    if judge.lower().startswith(("http://", "https://")) or provider == "openai-api":
        # It may be a server of vLLM.
        return ("together", "one by one") if reasoned else ("first token", "together", "one by one", "scored")
    return ("one by one",)


def expected(judge: str, work: Sequence[ToRate], prices: Prices | None) -> Expected:
    """What the judge takes for this work."""
    price = None if prices is None else prices.price(judge)
    least, most = [], []
    for each in work:
        short, long = _REASONED if each.reasoned else _PLAIN
        ways = ways_of(judge, each.reasoned)
        # Whoever takes money for tokens lets nobody name those that are to be scored.
        if price is not None and "one by one" in ways:
            ways = tuple(way for way in ways if way != "scored")
        if each.drawn:
            ways = tuple(way for way in ways if way not in ("first token", "scored")) or ways
        low = [_times(assumed(way, each.answers, each.prompt[0], short), each.ratings[0]) for way in ways]
        high = [_times(assumed(way, each.answers, each.prompt[1], long), each.ratings[1]) for way in ways]
        least.append(min(low, key=lambda usage: usage.tokens))
        most.append(max(high, key=lambda usage: usage.tokens))
    thoughts = THOUGHTS * sum(each.ratings[1] * each.answers for each in work) if thinks_perhaps(judge) else 0
    low_usage, high_usage = (sum(usages, Usage()) for usages in (least, most))
    return Expected(
        judge,
        (sum(each.ratings[0] for each in work), sum(each.ratings[1] for each in work)),
        (low_usage.calls, high_usage.calls),
        (low_usage.prompt_tokens, high_usage.prompt_tokens),
        (low_usage.completion_tokens, high_usage.completion_tokens),
        None if price is None else (min(price.of(low_usage), price.of(_from_cache(low_usage))), price.of(high_usage)),
        thoughts,
        None if price is None else price.of(Usage(completion_tokens=thoughts)),
    )


def thinks_perhaps(judge: str) -> bool:
    """May the judge of this name think before it answers, as far as the name tells?"""
    return ways_of(judge, reasoned=False) != ("first token",)


def _from_cache(usage: Usage) -> Usage:
    """The same, where the provider takes all prompts from a cache of its own."""
    return replace(usage, cached_tokens=usage.prompt_tokens)


def _times(usage: Usage, count: int) -> Usage:
    return Usage(count * usage.calls, count * usage.prompt_tokens, count * usage.completion_tokens)
