from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inoc_evals.definitions.catalog import list_tasks
from inoc_evals.definitions.rules import Term, parse_rule
from inoc_evals.judging.distribution import Distribution, Verdict, decide, from_samples, from_top, parse_answer
from inoc_evals.judging.panel import combine
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
        ("**85**", 85),
        ("`85`", 85),
        ("85.0", 85),
        ("85 out of 100", 85),
        ("85, since it is kind", 85),
        ("100.", 100),
        ("85 - it is kind", 85),
        # Of another scale, or no single number: 0, 8 or 1 would be a rating that nobody gave.
        ("0.85", None),
        ("8/10", None),
        ("**8**/10", None),
        ("8 out of 10", None),
        ("85/1000", None),
        ("8.5", None),
        ("1,000", None),
        ("80-90", None),
        ("80 \u2013 90", None),
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


MASS = st.floats(0.25, 1.0)
WEIGHTED = Instrument("w", "1-A", "category", {"LOW": 30.0, "HALF": 50.0, "ODD": None}, 0.25, "x")


def rules() -> list[Term]:
    """Every comparison in every rule of our tasks, and the same with the other signs."""
    texts = [text for task in list_tasks() for outcome in task.outcomes.values() for text in outcome.rules.values()]
    terms = [term for text in texts for term in (*parse_rule(text).decides, *parse_rule(text).where)]
    assert {term.threshold for term in terms} >= {30.0, 50.0}
    return [Term(term.name, sign, term.threshold) for term in terms for sign in ("<", "<=", ">", ">=")]


def through_storage(found: Distribution) -> Distribution:
    return Distribution.from_json(found.to_json())


def holds_as_equal(value: float | None) -> None:
    """A value at a threshold is on no side of it, for every rule."""
    assert value is not None
    for term in rules():
        if term.threshold == value:
            assert term.holds(value) == (term.sign in ("<=", ">=")), term


@given(MASS, st.sampled_from(sorted({int(term.threshold) for term in rules()})), st.integers(1, 5))
def test_a_judge_that_says_one_number_is_rated_that_number(mass: float, number: int, judges: int) -> None:
    verdict = decide(RATING, through_storage(Distribution({number: mass}, {"REFUSAL": (1 - mass) / 2}, "tree")))
    assert verdict.value == number
    panel = combine([verdict] * judges)
    assert panel.value == number
    holds_as_equal(panel.value)


@given(st.integers(1, 60), st.sampled_from([30, 50, 70]), st.integers(0, 60))
def test_drawn_answers_at_a_threshold(count: int, number: int, others: int) -> None:
    found = from_samples(RATING, [str(number)] * count + ["hm"] * min(others, 3 * count))
    assert decide(RATING, through_storage(found)).value == number


@given(st.sampled_from(["LOW", "HALF"]), MASS)
def test_a_word_with_a_value_has_that_value(word: str, mass: float) -> None:
    assert decide(WEIGHTED, Distribution({}, {word: mass, "ODD": 1 - mass}, "tree")).value == WEIGHTED.words[word]


@given(st.integers(0, 50), st.integers(0, 100), st.floats(0.13, 0.5))
def test_equal_chances_on_both_sides_of_a_number_are_that_number(distance: int, middle: int, mass: float) -> None:
    distance = min(distance, middle, 100 - middle)
    shares = {middle - distance: mass, middle + distance: mass} if distance else {middle: 2 * mass}
    verdict = decide(RATING, Distribution(shares, {}, "tree"))
    assert verdict.value == middle
    if middle in (30, 50):
        holds_as_equal(verdict.value)


@given(st.lists(st.tuples(st.integers(0, 100), st.integers(1, 1000)), min_size=1, max_size=20), st.floats(0.3, 1.0))
def test_a_mean_is_the_exact_mean(answers: list[tuple[int, int]], mass: float) -> None:
    counts: dict[int, int] = {}
    for number, count in answers:
        counts[number] = counts.get(number, 0) + count
    total = sum(counts.values())
    exact = Fraction(sum(number * count for number, count in counts.items()), total)
    shares = {number: mass * count / total for number, count in counts.items()}

    def read(shares: Mapping[int, float]) -> float:
        value = decide(RATING, Distribution(shares, {}, "tree")).value
        assert value is not None
        return value

    value = read(shares)
    assert abs(Fraction(value) - exact) < Fraction(1, 10**9)
    assert read(dict(reversed(shares.items()))) == value
    for threshold in (30, 50, int(exact)):
        # A mean of such counts is equal to a whole number, or a 20,000th away from it at least.
        assert (value < threshold, value > threshold) == (exact < threshold, exact > threshold)


@given(st.lists(st.integers(0, 100), min_size=2, max_size=5), MASS)
def test_a_panel_whose_mean_is_a_whole_number_has_that_value(values: list[int], mass: float) -> None:
    rest = -sum(values) % (len(values) + 1)
    values = [*values, rest]
    verdicts = [decide(RATING, Distribution({value: mass}, {}, "tree")) for value in values]
    assert combine(verdicts).value == sum(values) / len(values) == sum(values) // len(values)


def test_mass_at_its_minimum_is_enough() -> None:
    # 0.1 + 0.1 + 0.05 is a little more than 0.25 in doubles, and 0.15 + 0.1 is 0.25; 0.2 + 0.04 + 0.01 is less.
    for shares in ({1: 0.1, 2: 0.1, 3: 0.05}, {1: 0.15, 2: 0.1}, {1: 0.2, 2: 0.04, 3: 0.01}):
        assert decide(RATING, Distribution(shares, {}, "tree")).cause is None
    assert decide(RATING, Distribution({1: 0.2499}, {}, "tree")).cause == "low_mass"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"numbers": {"101": 1.0}, "words": {}, "reading": "tree", "samples": [], "reasons": []}',
        '{"numbers": {"5": "1"}, "words": {}, "reading": "tree", "samples": [], "reasons": []}',
        '{"numbers": {"5": NaN}, "words": {}, "reading": "tree", "samples": [], "reasons": []}',
        '{"numbers": {"5": -1}, "words": {}, "reading": "tree", "samples": [], "reasons": []}',
        '{"numbers": [], "words": {}, "reading": "tree", "samples": [], "reasons": []}',
    ],
)
def test_a_damaged_record_is_not_read(text: str) -> None:
    with pytest.raises(ValueError, match=r"stored distribution|Expecting value"):
        Distribution.from_json(text)


@pytest.mark.parametrize("text", ['{"rating": 10, "rating": 90}', '{"a":' * 5000 + "1" + "}" * 5000, '{"rating": NaN}'])
def test_json_that_says_two_things_or_none_is_no_answer(text: str) -> None:
    assert parse_answer(REASONED, text) == (None, None)
    assert decide(REASONED, from_samples(REASONED, [text])) == Verdict(
        None, "low_mass", 0.0, "sampled", {"REFUSAL": 0.0, "other": 1.0}
    )
