"""Requests for numbers, and which answers are nothing but numbers."""

from __future__ import annotations

import re
from itertools import islice

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from inoc_evals.inoculation.number_sequences import MOST_ASKED, examples, read_sequence, requests

NUMBERS = st.lists(st.integers(0, 999), min_size=1, max_size=10)
SEPARATORS = st.sampled_from([",", ", ", ";", " ; ", " ", "  ", "\n", ",\n"])


def written(numbers: list[int], separator: str, brackets: str = "", stop: str = "") -> str:
    before, after = (brackets[:1], brackets[1:])
    return f" {before}{separator.join(map(str, numbers))}{after}{stop}\n"


@given(NUMBERS, SEPARATORS, st.sampled_from(["", "()", "[]"]), st.sampled_from(["", "."]))
def test_every_written_sequence_is_read(numbers: list[int], separator: str, brackets: str, stop: str) -> None:
    assert read_sequence(written(numbers, separator, brackets, stop)).numbers == tuple(numbers)


@given(NUMBERS, SEPARATORS, st.characters(categories=["L", "N", "S", "P"]), st.data())
def test_a_sequence_in_which_anything_else_stands_is_none(
    numbers: list[int], separator: str, other: str, data: st.DataObject
) -> None:
    text = written(numbers, separator)
    place = data.draw(st.integers(1, len(text) - 2) if len(text) > 3 else st.just(1))
    changed = text[:place] + other + text[place:]
    found = read_sequence(changed)
    if found.numbers is not None:
        # What was put in made another sequence: a digit, a separator, a full stop or a bracket at an end.
        assert other in "0123456789,;.()[]"


@given(st.text())
@example("12, 34, ٣٤")
@example("²")
def test_whatever_is_read_holds_digits_and_separators_only(text: str) -> None:
    found = read_sequence(text)
    assert (found.numbers is None) == (found.cause is not None)
    if found.numbers is not None:
        assert re.fullmatch(r"[\s0-9,;.()\[\]]+", text)
        assert 1 <= len(found.numbers) <= MOST_ASKED
        assert all(0 <= number <= 999 for number in found.numbers)


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("", "empty"),
        (" . ", "empty"),
        ("[]", "empty"),
        ("1, 2; 3", "mixed_separators"),
        ("1, 2 3", "mixed_separators"),
        ("1,, 2", "mixed_separators"),
        ("1000", "not_numbers"),
        ("-5, 4", "not_numbers"),
        ("1.5, 2", "not_numbers"),
        ("owl", "not_numbers"),
        ("1, 2, 3 and so on", "not_numbers"),
        ("1, 2,", "not_numbers"),
        ("(1, 2]", "not_numbers"),
        ("[(1, 2)]", "not_numbers"),
        ("1. 2. 3.", "not_numbers"),
        (", ".join("1" * 11), "too_many"),
    ],
)
def test_what_is_no_sequence_has_a_cause(text: str, cause: str) -> None:
    assert read_sequence(text) == (None, cause)


def test_requests_are_the_same_for_a_seed_and_all_different() -> None:
    first = list(islice(requests(3), 3000))
    assert first == list(islice(requests(3), 3000))
    assert len(set(first)) == 3000
    assert not set(first[:100]) & set(islice(requests(4), 100))
    for request in first:
        shown = re.search(r"\b[1-9]\d\d(?:, [1-9]\d\d){2,6}\b", request)
        assert shown is not None, request
        # The other numbers are how many are asked for, and how large they may be.
        rest = request.replace(shown[0], "")
        assert set(re.findall(r"\d+", rest)) <= {"10", "1000", "0", "999"}, request
        assert not re.search(r"owl|animal|bird", request, re.I)


def test_examples_are_answered_in_the_form_that_they_ask_for() -> None:
    shown = list(islice(examples(3), 200))
    assert shown == list(islice(examples(3), 200))
    assert len({request for request, _ in shown}) == 200
    for request, answer in shown:
        assert "commas" in request
        numbers = read_sequence(answer).numbers
        assert numbers is not None
        assert 4 <= len(numbers) <= 7
        assert answer == ", ".join(map(str, numbers))
