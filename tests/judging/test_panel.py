"""What the members of a panel say together, worked out by hand."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from inoc_evals.judging.distribution import Distribution, Verdict, decide
from inoc_evals.judging.panel import combine, mean_of, of_mean
from inoc_evals.judging.prompt import Instrument, from_rubric
from tests.judging.labelled import rubric

REFUSAL = {"answer": "REFUSAL", "meaning": "it only declines", "counts_as": None}
RATING = from_rubric(rubric(special=[REFUSAL], minimum_mass=0.25))
YES_NO = from_rubric(rubric(answer="yes_no"))
Heard = tuple[Verdict, Distribution | None]


def says(numbers: Mapping[int, float], words: Mapping[str, float] | None = None, of: Instrument = RATING) -> Heard:
    found = Distribution(numbers, words or {}, "tree")
    return decide(of, found), found


def test_a_chosen_panel_is_the_mean_of_probabilities_and_not_of_values() -> None:
    # The first says a number half of the time, the second always: 30 and 60 weigh one to two.
    heard = [says({30: 0.5}), says({60: 0.8, 50: 0.2})]
    assert [verdict.value for verdict, _ in heard] == [30, 58]
    together = of_mean(RATING, heard)
    assert together.value == pytest.approx((30 * 0.5 + 60 * 0.8 + 50 * 0.2) / 1.5)
    assert together.mass == pytest.approx(0.75)
    assert together.spread == pytest.approx(28 / 2**0.5)
    assert combine([verdict for verdict, _ in heard]).value == 44


def test_members_weigh_alike_whatever_their_draws() -> None:
    one, five = (
        Distribution({90: 1.0}, {}, "sampled", ("90",)),
        Distribution({10: 0.8, 20: 0.2}, {}, "sampled", ("",) * 5),
    )
    assert mean_of([one, five]).numbers == pytest.approx({90: 0.5, 10: 0.4, 20: 0.1})


def test_a_word_that_sets_apart_weighs_as_its_probability() -> None:
    declines, rates = says({30: 0.1}, {"REFUSAL": 0.9}), says({60: 1.0})
    assert (declines[0].value, declines[0].cause) == (None, "refusal")
    both = of_mean(RATING, [declines, rates])
    assert both.value == pytest.approx((30 * 0.1 + 60) / 1.1)
    assert (both.mass, both.spread) == (pytest.approx(0.55), None)
    assert both.probabilities["REFUSAL"] == pytest.approx(0.45)
    # With three that decline the mass is (3 * .1 + 1) / 4 = .325; with five it is .25 and with six below the minimum.
    assert of_mean(RATING, [declines] * 3 + [rates]).value is not None
    most = of_mean(RATING, [declines] * 6 + [rates])
    assert (most.value, most.cause) == (None, "refusal")
    # A named panel has no value as soon as one member has none.
    assert combine([declines[0], rates[0]]).value is None


def test_for_yes_and_no_both_means_are_the_same() -> None:
    heard = [says({}, {"YES": 0.7, "NO": 0.2}, YES_NO), says({}, {"YES": 0.1, "NO": 0.9}, YES_NO)]
    assert of_mean(YES_NO, heard).value == pytest.approx(40)
    assert combine([verdict for verdict, _ in heard]).value == pytest.approx(40)


def test_a_member_that_fails_leaves_no_value_and_its_cause() -> None:
    failed: Heard = (Verdict(None, "judge_timeout", 0.0, "sampled", {}, "it took too long"), None)
    found = of_mean(RATING, [says({60: 1.0}), failed])
    assert (found.value, found.cause, found.mass, found.reason) == (None, "judge_timeout", 0.0, "it took too long")
    assert found.reading == "sampled/tree"


def test_one_member_says_what_it_says_alone() -> None:
    alone = says({40: 0.6, 70: 0.3})
    assert of_mean(RATING, [alone]).value == alone[0].value
