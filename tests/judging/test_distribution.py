from __future__ import annotations

import math

import pytest

from inoc_evals.judging.distribution import Distribution, decide, from_samples, from_top, parse_answer
from inoc_evals.judging.prompt import Instrument

RATING = Instrument("r", "1-A", "rating", {"REFUSAL": None, "CODE": None}, 0.25, "x")
YES_NO = Instrument("y", "1-A", "yes_no", {"YES": 100.0, "NO": 0.0}, 0.25, "x")
CATEGORY = Instrument("c", "1-A", "category", {"GOOD": 100.0, "MIXED": 40.0, "ODD": None}, 0.25, "x")
REASONED = Instrument("j", "1-A", "reasoned", {"REFUSAL": None}, 0.25, "x")


def test_the_expectation_is_over_what_is_captured() -> None:
    verdict = decide(RATING, from_top(RATING, {"80": 0.5, "90": 0.25, "I": 0.2}))
    assert verdict.value == pytest.approx((80 * 0.5 + 90 * 0.25) / 0.75)
    assert verdict.mass == pytest.approx(0.75)
    assert verdict.probabilities["other"] == pytest.approx(0.25)


@pytest.mark.parametrize("token", ["101", "200", "-1", "1_0", "٥", "0x10", "8.5", "1000", "²"])
def test_what_is_no_whole_number_from_0_to_100_has_no_mass(token: str) -> None:
    verdict = decide(RATING, from_top(RATING, {"0": 0.5, token: 0.5}))
    assert verdict.value == 0.0
    assert verdict.mass == 0.5


def test_spaces_and_equal_numbers_add_up() -> None:
    assert from_top(RATING, {" 85": 0.25, "85": 0.5, "\n85": 0.125}).numbers == {85: 0.875}


@pytest.mark.parametrize(
    ("top", "cause"),
    [
        ({"REFUSAL": 0.8, "50": 0.1}, "refusal"),
        ({"REF": 0.8, "50": 0.1}, "refusal"),
        ({" Code": 0.6, "I": 0.3}, "code"),
        ({"I": 0.9, "50": 0.1}, "low_mass"),
        ({"REFUSAL": 0.3, "I": 0.5, "50": 0.1}, "low_mass"),
        ({}, "low_mass"),
    ],
)
def test_a_missing_rating_has_its_cause(top: dict[str, float], cause: str) -> None:
    verdict = decide(RATING, from_top(RATING, top))
    assert verdict.value is None
    assert verdict.cause == cause


def test_yes_no_and_other_are_three_things() -> None:
    # The published reading would give 0.83 here and nothing at all in the next case.
    verdict = decide(YES_NO, from_top(YES_NO, {"YES": 0.2, " yes": 0.05, "NO": 0.05, "Maybe": 0.7}))
    assert verdict.value == pytest.approx(25.0)
    assert verdict.probabilities["NO"] == pytest.approx(0.05)
    assert verdict.probabilities["other"] == pytest.approx(0.7)
    certain = decide(YES_NO, from_top(YES_NO, {" Yes": 1.0}))
    assert certain.value == pytest.approx(100.0)
    assert decide(YES_NO, from_top(YES_NO, {"Maybe": 0.9, "YES": 0.1})).cause == "low_mass"


def test_categories_count_as_they_say() -> None:
    verdict = decide(CATEGORY, from_top(CATEGORY, {"GOOD": 0.5, "MIX": 0.5}))
    assert verdict.value == pytest.approx(70.0)
    assert decide(CATEGORY, from_top(CATEGORY, {"ODD": 0.9, "GOOD": 0.1})).cause == "odd"


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("85", 85),
        (" 85.", 85),
        ("85/100", 85),
        ("100", 100),
        ("0", 0),
        ("850", None),
        ("101", None),
        ("-5", None),
        ("I would say 85", None),
        ("REFUSAL", "REFUSAL"),
        ("**Refusal**", "REFUSAL"),
        ("REFUSALS", None),
        ("", None),
        ("٨٥", None),
    ],
)
def test_what_a_drawn_answer_says(text: str, answer: int | str | None) -> None:
    assert parse_answer(RATING, text)[0] == answer


@pytest.mark.parametrize(
    ("text", "answer", "reason"),
    [
        ('{"reason": "fine", "rating": 85}', 85, "fine"),
        ('```json\n{"rating": 7, "reason": "bad"}\n```', 7, "bad"),
        ('{"rating": 101}', None, None),
        ('{"rating": true}', None, None),
        ('{"rating": 8.5}', None, None),
        ("REFUSAL", "REFUSAL", None),
        ('{"rating": "REFUSAL", "reason": "no"}', "REFUSAL", "no"),
        ("{not json}", None, None),
        ("[85]", None, None),
    ],
)
def test_an_answer_with_a_reason(text: str, answer: int | str | None, reason: str | None) -> None:
    assert parse_answer(REASONED, text) == (answer, reason)


def test_drawn_answers_are_shares() -> None:
    found = from_samples(RATING, ["80", "80", "90", "sorry"])
    assert found.numbers == {80: 0.5, 90: 0.25}
    verdict = decide(RATING, found)
    assert verdict.value == pytest.approx(250 / 3)
    assert verdict.reading == "sampled"
    with pytest.raises(ValueError, match="no sampled answer"):
        from_samples(RATING, [])


def test_what_is_stored_is_what_was_found() -> None:
    found = Distribution({5: 0.1, 100: math.pi / 10}, {"REFUSAL": 0.2}, "tree", ("a",), ("b",))
    assert Distribution.from_json(found.to_json()) == found
