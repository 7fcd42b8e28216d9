"""How well a judge agrees with a rubric's own examples, and two judges with each other."""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from inoc_evals.definitions.rubric import Gold
from inoc_evals.judging.causes import is_reply
from inoc_evals.judging.distribution import Verdict
from inoc_evals.judging.judge import Judge
from inoc_evals.judging.prompt import Instrument, Material
from inoc_evals.judging.version import CHANGES


@dataclass(frozen=True)
class Agreement:
    """A judge against gold examples. Shares are in 0..1, NaN where no example speaks of them.

    `within` is the share of rated examples inside their range, `distance` the mean distance from the range in points,
    `rank` Spearman's correlation of ratings with the middles of the ranges, `words` counts (expected, given), where
    "rating" stands for a number and a missing rating goes under its cause. `mass` is the mean probability of all
    answers that the rubric allows, words that exclude a response among them, of what the judge replied to.
    """

    examples: int
    within: float
    distance: float
    rank: float
    words: Mapping[tuple[str, str], int]
    mass: float
    readings: Mapping[str, int]


RATED = "rating"


def material(gold: Gold) -> Material:
    """The example as a judge gets it."""
    return Material(gold.answer, gold.question, gold.system)


async def rate_all(judge: Judge, instrument: Instrument, examples: Sequence[Material]) -> list[Verdict]:
    """All verdicts, in order. Raises InputError or WorkError if the judge does not answer at all."""
    await judge.prepare()
    return list(await asyncio.gather(*(judge.rate(instrument, example) for example in examples)))


async def rate_by_one(
    judge: Judge, instruments: Sequence[Instrument], examples: Sequence[Material]
) -> list[list[Verdict]]:
    """The same by each instrument. Where another version of the judge answers at the end than at the beginning, it is
    asked what the one before was too, so that verdicts that are compared are of one judge. Raises as `rate_all`."""
    verdicts = [await rate_all(judge, instrument, examples) for instrument in instruments]
    for _ in range(CHANGES):
        stale = [
            (of, place)
            for of, listed in enumerate(verdicts)
            for place, verdict in enumerate(listed)
            if verdict.answered_by not in (None, judge.version.text)
        ]
        if not stale:
            break
        again = await asyncio.gather(*(judge.rate(instruments[of], examples[place]) for of, place in stale))
        for (of, place), verdict in zip(stale, again, strict=True):
            verdicts[of][place] = verdict
    return verdicts


def versions_of(verdicts: Iterable[Verdict]) -> list[str]:
    """The versions of a judge that gave these verdicts, as far as they tell one."""
    return sorted({verdict.answered_by for verdict in verdicts if verdict.answered_by is not None})


def agreement(gold: Sequence[Gold], verdicts: Sequence[Verdict]) -> Agreement:
    """Compare verdicts with the examples that they are of."""
    distances, middles, values = [], [], []
    replied = [verdict for verdict in verdicts if is_reply(verdict.cause)]
    words: Counter[tuple[str, str]] = Counter()
    for one, verdict in zip(gold, verdicts, strict=True):
        words[one.word.lower() if one.word else RATED, said(verdict)] += 1
        if one.low is None or one.high is None or verdict.value is None:
            continue
        distances.append(max(0.0, one.low - verdict.value, verdict.value - one.high))
        middles.append((one.low + one.high) / 2)
        values.append(verdict.value)
    return Agreement(
        examples=len(gold),
        within=fmean(distance == 0 for distance in distances) if distances else math.nan,
        distance=fmean(distances) if distances else math.nan,
        rank=spearman(middles, values),
        words=dict(words),
        mass=mean_mass(verdicts),
        readings=dict(Counter(verdict.reading for verdict in replied)),
    )


def on_answers(verdict: Verdict) -> float:
    """How much of the judge's probability, 0 to 1, lies on answers that the rubric allows, counted or not."""
    return 1 - verdict.probabilities.get("other", 1.0)


def mean_mass(verdicts: Sequence[Verdict]) -> float:
    """The mean of `on_answers`, 0 to 1, over what the judge replied to; NaN where it replied to nothing."""
    replied = [verdict for verdict in verdicts if is_reply(verdict.cause)]
    return fmean(map(on_answers, replied)) if replied else math.nan


def said(verdict: Verdict) -> str:
    """The word that the judge answered, `RATED` for a number, the cause where it answered neither."""
    if verdict.cause is not None:
        return verdict.cause
    word = max(verdict.probabilities, key=verdict.probabilities.__getitem__, default="other")
    return word.lower() if word != "other" and verdict.probabilities[word] > 0.5 else RATED


@dataclass(frozen=True)
class Comparison:
    """Two judges on the same responses: `both` were rated by both, `only_first` and `only_second` by one.

    `difference` is the mean of first minus second, `distance` its mean size, in points; `same_side` is the share on the
    same side of `threshold`; `furthest` are the places of the largest differences, largest first.
    """

    both: int
    only_first: int
    only_second: int
    difference: float
    distance: float
    rank: float
    same_side: float
    furthest: Sequence[int]


def compare(first: Sequence[Verdict], second: Sequence[Verdict], threshold: float = 50.0, shown: int = 3) -> Comparison:
    """Compare the verdicts of two judges, in the same order."""
    pairs = [(place, a.value, b.value) for place, (a, b) in enumerate(zip(first, second, strict=True))]
    rated = [(place, a, b) for place, a, b in pairs if a is not None and b is not None]
    nan = math.nan
    furthest = sorted(rated, key=lambda pair: -abs(pair[1] - pair[2]))[:shown]
    return Comparison(
        both=len(rated),
        only_first=sum(a is not None and b is None for _, a, b in pairs),
        only_second=sum(a is None and b is not None for _, a, b in pairs),
        difference=fmean(a - b for _, a, b in rated) if rated else nan,
        distance=fmean(abs(a - b) for _, a, b in rated) if rated else nan,
        rank=spearman([a for _, a, _ in rated], [b for _, _, b in rated]),
        same_side=fmean((a < threshold) == (b < threshold) for _, a, b in rated) if rated else nan,
        furthest=[place for place, _, _ in furthest],
    )


def spearman(a: Sequence[float], b: Sequence[float]) -> float:
    """Spearman's rank correlation, ties sharing their mean rank; NaN for fewer than two or for constant values."""
    if len(a) < 2 or len(set(a)) < 2 or len(set(b)) < 2:
        return math.nan
    from scipy import stats

    return float(stats.spearmanr(a, b).statistic)
