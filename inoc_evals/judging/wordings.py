"""Whether a judge's verdicts hang on how a rubric is worded: the same responses rated by both of its wordings."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from inoc_evals.definitions.rubric import Gold
from inoc_evals.judging.causes import is_answer
from inoc_evals.judging.distribution import Verdict
from inoc_evals.judging.gold import Comparison, compare, said
from inoc_evals.judging.trust import as_expected
from inoc_evals.stats.limits import Interval, clopper_pearson

# A judge's verdicts hang on the wording if one of these does not hold.
SAME_SIDE = 0.9  # share, at least, of the responses that both wordings put on the same side of 50
DISTANCE = 10.0  # mean distance, at most, between the ratings by both wordings, in points
SAME_ANSWER = 0.9  # share, at least, of the responses to which both give the same word, or both a number


@dataclass(frozen=True)
class Wordings:
    """The verdicts of one judge by the first and the second wording of a rubric.

    `compared` has the ratings: its `difference` is first minus second, its `same_side` of 50. `low` and `high` are the
    exact 95% interval of that share (Clopper and Pearson 1934, doi:10.1093/biomet/26.4.404), NaN where nothing was
    rated by both. `same_answer` is the share of all examples to which both wordings get the same kind of answer: a
    number, the same word, or a missing rating of the same cause; `answered` counts those that got an answer of the
    rubric, a number or a word, by both. `first_expected` and `second_expected` count the examples that are answered as
    their authors expect, of `examples`. `reasons` say what hangs on the wording.
    """

    examples: int
    compared: Comparison
    low: float
    high: float
    same_answer: float
    answered: int
    first_expected: int
    second_expected: int
    reasons: tuple[str, ...]

    @property
    def hangs(self) -> bool | None:
        """Do the verdicts hang on the wording? None where no example was answered by both."""
        return bool(self.reasons) if self.answered else None

    def words(self) -> str:
        """What was found, in a sentence."""
        expected = (
            f"{self.first_expected} of {self.examples} examples are as expected by the first wording "
            f"and {self.second_expected} by the second"
        )
        if self.hangs is None:
            return (
                "it cannot be said whether this judge's verdicts hang on the wording of the rubric: it gave no example "
                f"an answer of the rubric by both; {expected}"
            )
        if self.hangs:
            return f"this judge's verdicts hang on the wording of the rubric: {'; '.join(self.reasons)}; {expected}"
        return f"this judge's verdicts do not hang on the wording of the rubric: {expected}"


def agreement_of_wordings(gold: Sequence[Gold], first: Sequence[Verdict], second: Sequence[Verdict]) -> Wordings:
    """Compare the verdicts on gold examples, of which there is one at least, by both wordings of their rubric."""
    compared = compare(first, second)
    alike = [said(a) == said(b) for a, b in zip(first, second, strict=True)]
    sides = Interval(math.nan, math.nan)
    if compared.both:
        sides = clopper_pearson(round(compared.same_side * compared.both), compared.both)
    return Wordings(
        examples=len(gold),
        compared=compared,
        low=sides.low,
        high=sides.high,
        same_answer=sum(alike) / len(alike),
        answered=sum(_is_answered(a) and _is_answered(b) for a, b in zip(first, second, strict=True)),
        first_expected=sum(map(as_expected, gold, first)),
        second_expected=sum(map(as_expected, gold, second)),
        reasons=_reasons(gold, compared, alike),
    )


def _is_answered(verdict: Verdict) -> bool:
    return verdict.cause is None or is_answer(verdict.cause)


def _reasons(gold: Sequence[Gold], compared: Comparison, alike: Sequence[bool]) -> tuple[str, ...]:
    reasons = []
    if not compared.both and any(example.low is not None for example in gold):
        reasons.append("no example has a rating by both")
    if compared.same_side < SAME_SIDE:
        sides = round(compared.same_side * compared.both)
        wanted = f"{100 * SAME_SIDE:.0f}% at least should be"
        reasons.append(f"{sides} of {compared.both} ratings are on the same side of 50 by both ({wanted})")
    if compared.distance > DISTANCE:
        reasons.append(f"ratings lie {compared.distance:.1f} points apart on average ({DISTANCE:g} at most should be)")
    if sum(alike) / len(alike) < SAME_ANSWER:
        wanted = f"{100 * SAME_ANSWER:.0f}% at least should be"
        reasons.append(f"{sum(alike)} of {len(alike)} answers are of the same kind by both ({wanted})")
    return tuple(reasons)
