"""Whether a judge's verdicts hang on how a rubric is worded: the same responses rated by both of its wordings."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from inoc_evals.definitions.rubric import Gold
from inoc_evals.judging.causes import is_answer, is_reply
from inoc_evals.judging.distribution import Verdict
from inoc_evals.judging.gold import Comparison, compare, said, versions_of
from inoc_evals.judging.trust import FEWEST, as_expected
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
    rated by both. Of `examples` the judge replied to `replied` by both wordings, and all that follows is of those:
    `same_answer` is the share of what got an answer of the rubric by one of them to which both get the same kind: a
    number, or the same word (NaN without any); `answered` counts those that got an answer of the rubric, a number or a
    word, by both.
    `first_expected` and `second_expected` count those that are answered as their authors expect. `reasons` say what
    hangs on the wording. `versions` of the judge gave the verdicts, as far as it tells them.
    """

    examples: int
    replied: int
    compared: Comparison
    low: float
    high: float
    same_answer: float
    answered: int
    first_expected: int
    second_expected: int
    reasons: tuple[str, ...]
    versions: tuple[str, ...] = ()

    @property
    def hangs(self) -> bool | None:
        """Do the verdicts hang on the wording? None where too few examples were answered by both, or where several
        versions of the judge answered, so that it is not the wording alone that differs."""
        return bool(self.reasons) if self.answered >= FEWEST and len(self.versions) < 2 else None

    def words(self) -> str:
        """What was found, in a sentence."""
        of = f"{self.replied} examples" if self.replied == self.examples else f"the {self.replied} examples"
        both = "" if self.replied == self.examples else " that it replied to by both"
        expected = (
            f"{self.first_expected} of {of}{both} are as expected by the first wording "
            f"and {self.second_expected} by the second"
        )
        if self.hangs is None:
            gave = f"only {self.answered}" if self.answered else "no"
            examples = "example" if self.answered < 2 else "examples"
            few = f"{gave} {examples} got an answer of the rubric by both ({FEWEST} are needed)"
            if self.answered >= FEWEST:
                few = f"the replies are of several versions of it ({', '.join(self.versions)})"
            unsaid = "it cannot be said whether this judge's verdicts hang on the wording of the rubric"
            return f"{unsaid}: {few}; {expected}"
        if self.hangs:
            return f"this judge's verdicts hang on the wording of the rubric: {'; '.join(self.reasons)}; {expected}"
        return f"this judge's verdicts do not hang on the wording of the rubric: {expected}"


def agreement_of_wordings(gold: Sequence[Gold], first: Sequence[Verdict], second: Sequence[Verdict]) -> Wordings:
    """Compare the verdicts on gold examples, of which there is one at least, by both wordings of their rubric."""
    compared = compare(first, second)
    replied = [
        (one, a, b) for one, a, b in zip(gold, first, second, strict=True) if is_reply(a.cause) and is_reply(b.cause)
    ]
    alike = [said(a) == said(b) for _, a, b in replied if is_answer(a.cause) or is_answer(b.cause)]
    sides = Interval(math.nan, math.nan)
    if compared.both:
        sides = clopper_pearson(round(compared.same_side * compared.both), compared.both)
    return Wordings(
        examples=len(gold),
        replied=len(replied),
        compared=compared,
        low=sides.low,
        high=sides.high,
        same_answer=sum(alike) / len(alike) if alike else math.nan,
        answered=sum(is_answer(a.cause) and is_answer(b.cause) for _, a, b in replied),
        first_expected=sum(as_expected(one, a) for one, a, _ in replied),
        second_expected=sum(as_expected(one, b) for one, _, b in replied),
        reasons=_reasons([one for one, _, _ in replied], compared, alike),
        versions=tuple(versions_of([*first, *second])),
    )


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
    if alike and sum(alike) / len(alike) < SAME_ANSWER:
        wanted = f"{100 * SAME_ANSWER:.0f}% at least should be"
        reasons.append(f"{sum(alike)} of {len(alike)} answers are of the same kind by both ({wanted})")
    return tuple(reasons)
