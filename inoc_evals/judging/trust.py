"""Whether a judge can be trusted with a rubric, from what it says about the rubric's own gold examples."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from inoc_evals.definitions.rubric import Gold
from inoc_evals.judging.distribution import HIGHEST, Verdict
from inoc_evals.judging.gold import Agreement, said
from inoc_evals.judging.prompt import Instrument
from inoc_evals.stats.limits import clopper_pearson

# A judge is fit for a rubric if all of these hold.
AS_EXPECTED = 2 / 3  # share of the examples, at least, rated inside their range or answered with their word
CHANCE = 0.05  # probability, at most, that a judge which answers at random does as well
RANK = 0.5  # rank correlation, at least, of ratings with the middles of the ranges, where there are several
MASS = 0.5  # mean probability, at least, of the answers that the rubric allows


@dataclass(frozen=True)
class Trust:
    """`as_expected` of `examples` were answered as their authors expect; `low` and `high` are the exact 95% interval
    of that share (Clopper and Pearson 1934, doi:10.1093/biomet/26.4.404), and `chance` is the probability that answers
    drawn at random from all that the rubric allows do as well. `reasons` say what speaks against the judge; without
    any it is fit. `kinds` are the examples that are marked, by their mark: how many are as expected, of how many."""

    examples: int
    as_expected: int
    low: float
    high: float
    chance: float
    reasons: tuple[str, ...]
    kinds: Mapping[str, tuple[int, int]]

    @property
    def fit(self) -> bool:
        """Can the judge be trusted with this rubric?"""
        return not self.reasons

    def words(self) -> str:
        """The verdict in a sentence, with what it rests on."""
        share = f"{self.as_expected} of {self.examples} examples are as expected"
        interval = f"95% interval {100 * self.low:.0f} to {100 * self.high:.0f}% of such examples"
        if self.fit:
            return f"this judge can be trusted with this rubric: {share} ({interval})"
        return f"this judge cannot be trusted with this rubric: {share} ({interval}); {'; '.join(self.reasons)}"


def trust(instrument: Instrument, gold: Sequence[Gold], verdicts: Sequence[Verdict], found: Agreement) -> Trust:
    """Judge the judge. `found` is the agreement of `verdicts` with `gold`, of which there is one at least."""
    from scipy import stats

    right = list(map(as_expected, gold, verdicts))
    hits = sum(right)
    guessed = fmean(_guessed(instrument, example) for example in gold)
    tested = stats.binomtest(hits, len(gold), guessed, alternative="greater")
    interval = clopper_pearson(hits, len(gold))
    reasons = []
    if hits / len(gold) < AS_EXPECTED:
        reasons.append("two thirds at least should be")
    elif tested.pvalue > CHANCE:
        reasons.append(f"answers at random do as well with a probability of {tested.pvalue:.2f}; add gold examples")
    reasons += _order(gold, verdicts, found)
    captured = fmean(1 - verdict.probabilities.get("other", 1.0) for verdict in verdicts)
    if captured < MASS:
        reasons.append(f"only {captured:.2f} of its probability lies on answers of the rubric ({MASS:g} is wanted)")
    chance = float(tested.pvalue)
    return Trust(len(gold), hits, interval.low, interval.high, chance, tuple(reasons), _kinds(gold, right))


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
