"""Whether a judge can be trusted with a rubric, from what it says about the rubric's own gold examples."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from inoc_evals.definitions.rubric import Gold
from inoc_evals.judging.causes import is_reply
from inoc_evals.judging.distribution import HIGHEST, Verdict
from inoc_evals.judging.gold import Agreement, said, versions_of
from inoc_evals.judging.prompt import Instrument
from inoc_evals.stats.limits import Interval, clopper_pearson

# A judge is fit for a rubric if all of these hold.
AS_EXPECTED = 2 / 3  # share of the examples, at least, rated inside their range or answered with their word
CHANCE = 0.05  # probability, at most, that a judge which answers at random does as well
RANK = 0.5  # rank correlation, at least, of ratings with the middles of the ranges, where there are several
MASS = 0.5  # mean probability, at least, of the answers that the rubric allows
# With fewer examples not even all of them as expected would show that two thirds are: the 95% interval goes below.
FEWEST = 10
_MORE = "; add gold examples"


@dataclass(frozen=True)
class Trust:
    """`as_expected` of `examples` were answered as their authors expect; to `silent` of them no reply of the judge's
    came, so that they say nothing about it. `low` and `high` are the exact 95% interval of the share among the others
    (Clopper and Pearson 1934, doi:10.1093/biomet/26.4.404), 0 and 1 without any, and `chance` is the probability that
    answers drawn at random from all that the rubric allows do as well. `reasons` say what speaks against the judge, and
    `open_reasons` why what there is does not show it fit; without any of both it is fit. `kinds` are the examples that
    are marked and were replied to, by their mark: how many are as expected, of how many."""

    examples: int
    silent: int
    as_expected: int
    low: float
    high: float
    chance: float
    reasons: tuple[str, ...]
    open_reasons: tuple[str, ...]
    kinds: Mapping[str, tuple[int, int]]

    @property
    def fit(self) -> bool:
        """Can the judge be trusted with this rubric?"""
        return not (self.reasons or self.open_reasons)

    @property
    def undecided(self) -> bool:
        """Does what there is neither show the judge fit nor speak against it?"""
        return bool(self.open_reasons) and not self.reasons

    def words(self) -> str:
        """The verdict in a sentence, with what it rests on."""
        replied = self.examples - self.silent
        of = f"{self.as_expected} of {replied} examples are as expected"
        share = f"{of} (95% interval {100 * self.low:.0f} to {100 * self.high:.0f}% of such examples)"
        if not replied:
            share = f"it replied to none of {self.examples} examples"
        elif self.silent:
            share += f", and to {self.silent} of {self.examples} no reply came"
        why = "".join(f"; {reason}" for reason in (*self.reasons, *self.open_reasons))
        if self.fit:
            return f"this judge can be trusted with this rubric: {share}"
        if self.undecided:
            return f"it cannot be said whether this judge can be trusted with this rubric: {share}{why}"
        return f"this judge cannot be trusted with this rubric: {share}{why}"


def trust(instrument: Instrument, gold: Sequence[Gold], verdicts: Sequence[Verdict], found: Agreement) -> Trust:
    """Judge the judge. `found` is the agreement of `verdicts` with `gold`, of which there is one at least."""
    replied = [(one, verdict) for one, verdict in zip(gold, verdicts, strict=True) if is_reply(verdict.cause)]
    right = [as_expected(one, verdict) for one, verdict in replied]
    hits, count = sum(right), len(replied)
    interval = clopper_pearson(hits, count) if count else Interval(0.0, 1.0)
    chance = _chance(instrument, [one for one, _ in replied], hits) if count else 1.0
    against, unshown = [], []
    if (hits + len(gold) - count) / len(gold) < AS_EXPECTED:
        against.append("two thirds at least should be")
    elif hits / len(gold) < AS_EXPECTED:
        unshown.append(f"two thirds of all {len(gold)} at least should be")
    elif chance > CHANCE:
        unshown.append(
            f"answers at random do as well with a probability of {chance:.2f}{_MORE if count >= FEWEST else ''}"
        )
    against += _order(gold, verdicts, found)
    if found.mass < MASS:
        against.append(f"only {found.mass:.2f} of its probability lies on answers of the rubric ({MASS:g} is wanted)")
    if len(versions := versions_of(verdicts)) > 1:
        unshown.append(f"the replies are of several versions of it ({', '.join(versions)}); check it again")
    if count < FEWEST:
        # Of a few examples nothing speaks for a judge, or against it.
        against, unshown = (
            [],
            [*against, *unshown, f"{FEWEST} examples at least are needed to tell{_MORE if len(gold) < FEWEST else ''}"],
        )
    kinds = _kinds([one for one, _ in replied], right)
    silent = len(gold) - count
    limits = interval.low, interval.high
    return Trust(len(gold), silent, hits, *limits, chance, tuple(against), tuple(unshown), kinds)


def _chance(instrument: Instrument, gold: Sequence[Gold], hits: int) -> float:
    from scipy import stats

    guessed = fmean(_guessed(instrument, example) for example in gold)
    return float(stats.binomtest(hits, len(gold), guessed, alternative="greater").pvalue)


def _kinds(gold: Sequence[Gold], right: Sequence[bool]) -> dict[str, tuple[int, int]]:
    marks = sorted({example.kind for example in gold if example.kind is not None})
    answered = {mark: [hit for example, hit in zip(gold, right, strict=True) if example.kind == mark] for mark in marks}
    return {mark: (sum(hits), len(hits)) for mark, hits in answered.items()}


def as_expected(gold: Gold, verdict: Verdict) -> bool:
    """Is the verdict the word, or a rating in the range, that the example expects?"""
    if gold.word is not None:
        return said(verdict) == gold.word.lower()
    low, high, value = gold.low, gold.high, verdict.value
    return low is not None and high is not None and value is not None and low <= value <= high


def _guessed(instrument: Instrument, gold: Gold) -> float:
    """The probability that an answer drawn evenly from all that the rubric allows is as expected."""
    values = [*instrument.words.values()]
    if instrument.kind in ("rating", "reasoned"):
        values += map(float, range(HIGHEST + 1))
    if gold.low is None or gold.high is None:
        return 1 / len(values)
    return sum(value is not None and gold.low <= value <= gold.high for value in values) / len(values)


def _order(gold: Sequence[Gold], verdicts: Sequence[Verdict], found: Agreement) -> list[str]:
    """What speaks against the order in which the judge puts the examples; nothing where they have one place or two."""
    rated = [
        (example.low + example.high, verdict.value)
        for example, verdict in zip(gold, verdicts, strict=True)
        if example.low is not None and example.high is not None and verdict.value is not None
    ]
    if len({middle for middle, _ in rated}) < 3:
        return []
    if math.isnan(found.rank):
        return ["it rates all examples alike"]
    if found.rank < RANK:
        return [
            f"its ratings do not follow the examples' order (rank correlation {found.rank:.2f}, {RANK:g} is wanted)"
        ]
    return []
