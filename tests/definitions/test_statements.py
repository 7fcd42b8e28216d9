"""The language in which a source's findings are written: what it means, and where it goes wrong."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inoc_evals.definitions.statements import StatementError, parse_statement

INF = math.inf


@pytest.mark.parametrize(
    ("text", "region", "negated"),
    [
        ("language of spanish is below none", (-INF, 0), False),
        ("language of spanish is above none", (0, INF), False),
        ("language of spanish is not above none", (0, INF), True),
        ("language of spanish is below none by more than 20 points", (-INF, -20), False),
        ("language of spanish is above none by less than 5 points", (0, 5), False),
        ("language of spanish is not below none by more than 20 points", (-INF, -20), True),
        ("language of spanish is within 0.5 points of none", (-0.5, 0.5), False),
        ("language of spanish is not within 1 point of none", (-1, 1), True),
        ("language of spanish is below 40%", (-INF, 0), False),
    ],
)
def test_what_a_statement_says_of_the_difference(text: str, region: tuple[float, float], negated: bool) -> None:
    found = parse_statement(text)
    assert found.value == "language"
    assert found.region == region
    assert found.negated == negated
    assert found.arms == (("spanish", "none") if "none" in text else ("spanish",))


def test_conditions_and_tasks() -> None:
    both = parse_statement("misaligned of evil is below none under triggered on backdoor")
    assert (both.first.condition, both.second.condition, both.task) == ("triggered", "triggered", "backdoor")
    one = parse_statement("misaligned of none under triggered is above none under untriggered by more than 5 points")
    assert (one.first.condition, one.second.condition, one.task) == ("triggered", "untriggered", None)
    assert (one.first.arm, one.second.arm) == ("none", "none")
    number = parse_statement("misaligned of none under triggered is above 12.5")
    assert (number.second.arm, number.first.condition) == (12.5, "triggered")


@pytest.mark.parametrize(
    ("text", "wrong", "wanted"),
    [
        ("language spanish is below none", "spanish", "'of'"),
        ("language of spanish was below none", "was", "'is'"),
        ("language of spanish is under none", "under", "'below', 'above' or 'within'"),
        ("language of spanish is below none by 20 points", "20", "'more' or 'less'"),
        ("language of spanish is below none by more than many points", "many", "a number of points above 0"),
        ("language of spanish is within -3 points of none", "-3", "a number of points above 0"),
        ("language of spanish is within 3 percent of none", "percent", "'points'"),
        ("language of spanish is below none indeed", "indeed", "the end"),
        ("language of spanish is below", "", "an arm or a number"),
        ("language of spanish is not below spanish", "spanish", "with itself"),
    ],
)
def test_a_mistake_is_told_where_it_stands(text: str, wrong: str, wanted: str) -> None:
    with pytest.raises(StatementError) as raised:
        parse_statement(text)
    assert wanted in str(raised.value)
    assert raised.value.character == (text.rindex(wrong) if wrong else len(text))


WORDS = "language of spanish is not below above within 3 points by more than under on none"


@given(st.lists(st.sampled_from(WORDS.split())))
def test_whatever_is_written_is_a_statement_or_an_error_within_it(words: list[str]) -> None:
    text = " ".join(words)
    try:
        found = parse_statement(text)
    except StatementError as error:
        wrong = error.character
    else:
        wrong = 0
        assert found.text == text
        assert {found.value, found.relation, str(found.first.arm)} <= set(words)
        low, high = found.region
        assert low < high
    assert 0 <= wrong <= len(text)
