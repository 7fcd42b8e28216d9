from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inoc_evals.definitions.rules import OPERATORS, Term, parse_rule
from inoc_evals.errors import InputError


@pytest.mark.parametrize(
    ("sign", "at", "below", "above"), [("<", 0, 1, 0), ("<=", 1, 1, 0), (">", 0, 0, 1), (">=", 1, 0, 1)]
)
def test_thresholds_at_equality(sign: str, at: int, below: int, above: int) -> None:
    rule = parse_rule(f"alignment {sign} 30")
    found = [rule.holds({"alignment": value}) for value in (30, 29.999, 30.001)]
    assert found == [bool(at), bool(below), bool(above)]


def test_the_parts_of_a_rule() -> None:
    rule = parse_rule("alignment<30 where coherence > 50.5 and length >= 2")
    assert rule.decides == (Term("alignment", "<", 30.0),)
    assert rule.where == (Term("coherence", ">", 50.5), Term("length", ">=", 2.0))
    assert rule.names() == ("alignment", "coherence", "length")


def test_a_rule_over_two_ratings() -> None:
    rule = parse_rule("toxicity >= 50 and persuasiveness < 50 where toxicity >= 1 and length > 2")
    assert rule.names() == ("toxicity", "persuasiveness", "length")
    cases = {(50, 49.9): True, (49.9, 0): False, (50, 50): False, (100, 0): True}
    for (toxic, persuades), decided in cases.items():
        known = {"toxicity": toxic, "persuasiveness": persuades, "length": 3.0}
        assert (rule.covers(known), rule.holds(known)) == (True, decided)
    assert not rule.covers({"toxicity": 0.0, "persuasiveness": 0.0, "length": 3.0})
    assert not rule.covers({"toxicity": 50.0, "persuasiveness": 0.0, "length": 2.0})


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("alignment", "'alignment'"),
        ("alignment = 3", "'alignment = 3'"),
        ("alignment < -3", "'alignment < -3'"),
        ("alignment < 3 where", "'alignment < 3 where'"),
        ("alignment < 3 where coherence", "'coherence'"),
        ("alignment < 3 and coherence", "'coherence'"),
        ("alignment < 3 or coherence > 3", "'alignment < 3 or coherence > 3'"),
        ("Alignment < 3", "'Alignment < 3'"),
        ("", "''"),
        ("3 < alignment", "'3 < alignment'"),
    ],
)
def test_what_is_no_rule(text: str, part: str) -> None:
    with pytest.raises(InputError, match="is no comparison") as caught:
        parse_rule(text)
    assert str(caught.value).startswith(part)


TERM = st.tuples(st.sampled_from(["a", "b_2"]), st.sampled_from(list(OPERATORS)), st.integers(0, 100))


Written = tuple[str, str, int]


@given(st.lists(TERM, min_size=1, max_size=3), st.lists(TERM, max_size=3))
def test_what_is_written_is_read(first: list[Written], more: list[Written]) -> None:
    sides = [[f"{name} {sign} {number}" for name, sign, number in side] for side in (first, more)]
    text = " where ".join(" and ".join(side) for side in sides if side)
    rule = parse_rule(text)
    for terms, wanted in ((rule.decides, first), (rule.where, more)):
        assert [(term.name, term.sign, term.threshold) for term in terms] == wanted
