"""Sampling until intervals are narrow enough: how wide they are, and which responses would narrow them most.

The method is fixed-width sequential estimation (Chow and Robbins, Ann. Math. Stat. 36, 1965, 457): sampling stops when
every interval is at most so wide, whatever it holds, after a first stage that is never left out. Stopping by the width
is far less harmful than stopping by a result, but of shares the width depends on the mean, and those that happen to
look narrow stop too early. So all intervals are computed at a level above 95%, by which those that are stopped cover
what they promise (Frey, The American Statistician 64, 2010, 242); benchmarks/adaptive.py says what they cover.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Literal

import numpy as np

from inoc_evals.stats import differences, rates, these_questions
from inoc_evals.stats.allowed import Allowed, Taken
from inoc_evals.stats.tables import Table
from inoc_evals.stats.variance import PRIOR_CORRELATION, comparable, components, spread

# By simulation: what is computed at this level covers at least 93% where 95% is said, however often it was looked at.
LEVEL = 0.96
# No estimate of a first look may decide how much is spent: an arm is asked at most so many times what it was asked.
GROWTH = 2.0
# A round aims a little below the width, so that the next look is mostly the last.
AIM = 0.96
_AT_ONCE = 0.1

Goal = Literal["like", "these"]
State = Literal["narrow", "narrow on these questions", "too wide"]


@dataclass(frozen=True)
class Seen:
    """The interval of `arm`, or of its difference from `reference`, at one look. `like` and `these` are its full widths
    (shares of the scale; NaN where there is none) for questions like these and on these questions.

    The others say what makes its variance: `between` questions (for one), `within` them for one response a question, by
    arm, and what is `fixed`, however much is asked: the checkpoints'.
    """

    arm: str
    reference: str | None
    like: float
    these: float
    between: float
    within: tuple[tuple[str, float], ...]
    fixed: float

    def variance(self, taken: Mapping[str, Taken], goal: Goal) -> float:
        """The variance of the estimate if its arms are asked so much."""
        common = min(taken[arm].questions for arm, _ in self.within)
        drawn = sum(within / taken[arm].responses for arm, within in self.within)
        return drawn / common if goal == "these" else self.fixed + (self.between + drawn) / common

    def width(self, goal: Goal) -> float:
        """Its width of that kind now."""
        return self.like if goal == "like" else self.these

    def expected(self, now: Mapping[str, Taken], then: Mapping[str, Taken], goal: Goal) -> float:
        """The width if its arms, asked as `now`, are asked as `then`; NaN where there is none now."""
        before = self.variance(now, goal)
        return self.width(goal) * math.sqrt(self.variance(then, goal) / before) if before > 0 else self.width(goal)


def look(arms: Mapping[str, Table], reference: str, level: float = LEVEL) -> list[Seen]:
    """The interval of each arm, and of each difference from the `reference`, which is one of them. Arms without a
    counted response have no width."""
    found = []
    for arm, table in arms.items():
        like, these = rates.interval(table, level), these_questions.interval(table, level)
        within = ((arm, _within(table)),)
        found.append(Seen(arm, None, _size(like), _size(these), _between(table), within, _of_seeds(table)))
    against = arms[reference]
    for arm, table in arms.items():
        if arm != reference:
            found.append(_difference((arm, table), (reference, against), level))
    return found


def _difference(first: tuple[str, Table], second: tuple[str, Table], level: float) -> Seen:
    common = sorted(set(first[1].questions) & set(second[1].questions))
    if not common:
        return Seen(first[0], second[0], math.nan, math.nan, 0.0, ((first[0], 0.0), (second[0], 0.0)), 0.0)
    a, b = first[1].only(common), second[1].only(common)
    parts = differences.paired(a, b)
    within = ((first[0], _within(a)), (second[0], _within(b)))
    sampling = sum(of_one / _responses(table) for (_, of_one), table in zip(within, (a, b), strict=True))
    between = max(0.0, float(parts.between_gaps) * len(common) - sampling)
    fixed = _of_seeds(a) + _of_seeds(b) if parts.several_seeds else 0.0
    like, these = differences.interval(parts, level), these_questions.difference(a, b, level)
    return Seen(first[0], second[0], _size(like), _size(these), between, within, fixed)


def _size(limits: tuple[float, float]) -> float:
    return limits[1] - limits[0]


def _responses(table: Table) -> float:
    """Counted responses to a question from a checkpoint, the harmonic mean, as the variance of means has it."""
    counts = table.counts[table.present]
    return float(len(counts) / (1 / counts).sum()) if len(counts) else 1.0


def _mean(table: Table) -> float:
    # Half a hit and half a miss more: without a hit a next one is not ruled out.
    counted = int(table.counts.sum())
    return (table.mean * counted + 0.5) / (counted + 1) if counted else 0.5


def _within(table: Table) -> float:
    """The variance of one response from each checkpoint to a question, around the question's own mean: what the
    responses show, averaged with a guess that weighs one question's."""
    guess = (1 - PRIOR_CORRELATION) * float(spread(_mean(table)))
    freedom = float(np.maximum(0, table.counts - 1).sum())
    return (float(table.deviations.sum()) + guess) / (freedom + 1) / max(1, len(table.checkpoints))


def _between(table: Table) -> float:
    """The variance between questions' own means, without what sampling adds."""
    parts = components(table)
    if parts.questions < 2:
        return 0.0
    return max(0.0, float(parts.between_questions) * parts.questions - _within(table) / _responses(table))


def _of_seeds(table: Table) -> float:
    parts = components(table)
    if parts.seeds < 2 or comparable(table) <= 0:
        return 0.0
    return max(0.0, float(parts.between_seeds) - float(spread(_mean(table))) / max(1.0, parts.responses))


def goal_of(seen: Seen, taken: Mapping[str, Taken], width: float, allowed: Allowed) -> Goal:
    """Which of its two intervals can be made so narrow: that for questions like these, or, where the most that is
    allowed would not do, because questions or checkpoints are the limit, the one on these questions."""
    everything = dict.fromkeys(taken, allowed.all)
    return "like" if seen.expected(taken, everything, "like") <= width else "these"


def state_of(seen: Seen, taken: Mapping[str, Taken], width: float, allowed: Allowed) -> State:
    """Is the interval at most `width` wide (a share of the scale)?"""
    if seen.like <= width:
        return "narrow"
    if seen.these <= width and goal_of(seen, taken, width, allowed) == "these":
        return "narrow on these questions"
    return "too wide"


def allocate(
    seen: Sequence[Seen], taken: Mapping[str, Taken], width: float, allowed: Allowed, costs: Mapping[str, int]
) -> dict[str, Taken]:
    """How much each arm is to be asked in all after the next round: what it was asked (`taken`), where that is enough
    or all that is allowed. `costs` are the numbers of its checkpoints.

    An arm is asked at most twice as much as before, or one step, towards what would be enough by what is known now.
    """
    then = enough(seen, taken, width, allowed, costs)
    return {arm: _limited(now, then[arm], allowed.step) for arm, now in taken.items()}


def enough(
    seen: Sequence[Seen], taken: Mapping[str, Taken], width: float, allowed: Allowed, costs: Mapping[str, int]
) -> dict[str, Taken]:
    """How much each arm has to be asked for all intervals to be so narrow, as far as it is allowed, if they are what
    they were `seen` to be.

    Step by step, whatever narrows the intervals that are too wide most for its responses: more responses to the
    questions of one arm, or more questions, to all arms of one interval.
    """
    wide = [
        _Wide(one, goal, one.width(goal) ** 2 / one.variance(taken, goal) / (AIM * width) ** 2)
        for one in seen
        if state_of(one, taken, width, allowed) == "too wide" and not math.isnan(one.like + one.these)
        for goal in (goal_of(one, taken, width, allowed),)
    ]
    then = dict(taken)
    excess = _excess(wide, then)
    while excess > 0:
        best: tuple[float, dict[str, Taken], float] | None = None
        for moved in _moves(wide, then, allowed):
            left = _excess(wide, moved)
            cost = sum((moved[arm].cost - then[arm].cost) * costs[arm] for arm in moved)
            gain = (excess - left) / cost
            if gain > 0 and (best is None or gain > best[0]):
                best = gain, moved, left
        if best is None:
            break
        _, then, excess = best
    return then


@dataclass(frozen=True)
class _Wide:
    """An interval that is too wide; `scale` times the variance is the square of its width over that which is aimed
    at."""

    seen: Seen
    goal: Goal
    scale: float

    @property
    def arms(self) -> tuple[str, ...]:
        return tuple(arm for arm, _ in self.seen.within)


def _excess(wide: Sequence[_Wide], then: Mapping[str, Taken]) -> float:
    """By how much the squares of the expected widths are above that which is aimed at, in all."""
    return sum(max(0.0, one.scale * one.seen.variance(then, one.goal) - 1) for one in wide)


def _moves(wide: Sequence[_Wide], then: Mapping[str, Taken], allowed: Allowed) -> Iterator[dict[str, Taken]]:
    for arm in dict.fromkeys(chain.from_iterable(one.arms for one in wide)):
        steps = max(1, round(then[arm].responses * _AT_ONCE / allowed.step))
        more = min(allowed.most, then[arm].responses + steps * allowed.step)
        if more > then[arm].responses:
            yield {**then, arm: replace(then[arm], responses=more)}
    for arms in dict.fromkeys(one.arms for one in wide):
        common = min(then[arm].questions for arm in arms)
        reach = min(allowed.questions, common + max(1, round(common * _AT_ONCE)))
        if reach > common:
            moved = {arm: replace(then[arm], questions=max(then[arm].questions, reach)) for arm in arms}
            yield {**then, **moved}


def _limited(now: Taken, then: Taken, step: int) -> Taken:
    """What comes first of a way that is too long: new questions, which tell more than more responses to the same."""
    most = int(GROWTH * now.cost)
    if then.cost <= most:
        return then
    questions = max(now.questions, min(then.questions, most // now.responses))
    responses = max(now.responses, min(then.responses, most // questions // step * step))
    if (questions, responses) != (now.questions, now.responses):
        return Taken(questions, responses)
    return (
        replace(now, responses=responses + step)
        if then.responses > responses
        else replace(now, questions=questions + 1)
    )
