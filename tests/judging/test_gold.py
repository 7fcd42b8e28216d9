from __future__ import annotations

import math

import pytest

from inoc_evals.definitions.rubric import Gold
from inoc_evals.judging.distribution import Verdict
from inoc_evals.judging.gold import agreement, compare, spearman


def gold(low: float | None = None, high: float | None = None, word: str | None = None) -> Gold:
    return Gold(answer="a", question="q", low=low, high=high, word=word)


def rated(value: float | None, cause: str | None = None, mass: float = 1.0) -> Verdict:
    # A word that excludes the response is an answer too; the last one here is said with .2 beside it.
    return Verdict(
        value, cause, mass, "tree", {"CODE": 0.2, "other": 0.8 - mass} if mass < 0.8 else {"other": 1 - mass}
    )


def test_agreement_by_hand() -> None:
    examples = [gold(0, 10), gold(40, 60), gold(90, 100), gold(word="REFUSAL"), gold(word="CODE")]
    verdicts = [rated(5), rated(75, mass=0.5), rated(95), rated(None, "refusal", 0.4), rated(50)]
    found = agreement(examples, verdicts)
    assert found.within == pytest.approx(2 / 3)
    assert found.distance == pytest.approx(15 / 3)
    assert found.rank == pytest.approx(1.0)
    assert found.words == {("rating", "rating"): 3, ("refusal", "refusal"): 1, ("code", "rating"): 1}
    # All, .7, all, .6 and all of it lie on what the rubric allows.
    assert found.mass == pytest.approx((3 + 0.7 + 0.6) / 5)


def test_ranks_with_ties() -> None:
    # Ranks 1.5, 1.5, 3 against 1, 2, 3: Pearson's correlation of the ranks is 0.866.
    assert spearman([5, 5, 9], [1, 2, 3]) == pytest.approx(math.sqrt(3) / 2)
    assert math.isnan(spearman([1, 1], [1, 2]))
    assert math.isnan(spearman([1], [1]))


def test_two_judges_by_hand() -> None:
    first = [rated(10), rated(60), rated(None, "low_mass"), rated(90)]
    second = [rated(30), rated(40), rated(50), rated(None, "judge_empty")]
    found = compare(first, second)
    assert (found.both, found.only_first, found.only_second) == (2, 1, 1)
    assert found.difference == pytest.approx((-20 + 20) / 2)
    assert found.distance == pytest.approx(20)
    assert found.same_side == pytest.approx(0.5)
    assert list(found.furthest) == [0, 1]


def test_nothing_to_compare() -> None:
    found = compare([rated(None, "low_mass")], [rated(5)])
    assert found.both == 0
    assert math.isnan(found.distance)
