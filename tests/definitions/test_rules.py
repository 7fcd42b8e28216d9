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
    term = parse_rule(f"alignment {sign} 30").term
    assert [term.holds(value) for value in (30, 29.999, 30.001)] == [bool(at), bool(below), bool(above)]


def test_the_parts_of_a_rule() -> None:
    rule = parse_rule("alignment<30 where coherence > 50.5 and length >= 2")
    assert rule.term == Term("alignment", "<", 30.0)
    assert rule.where == (Term("coherence", ">", 50.5), Term("length", ">=", 2.0))
    assert rule.names() == ("alignment", "coherence", "length")


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("alignment", "'alignment'"),
        ("alignment = 3", "'alignment = 3'"),
        ("alignment < -3", "'alignment < -3'"),
        ("alignment < 3 where", "'alignment < 3 where'"),
        ("alignment < 3 where coherence", "'coherence'"),
        ("alignment < 3 and coherence > 3", "'alignment < 3 and coherence > 3'"),
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


@given(TERM, st.lists(TERM, max_size=3))
def test_what_is_written_is_read(first: tuple[str, str, int], more: list[tuple[str, str, int]]) -> None:
    written = [f"{name} {sign} {number}" for name, sign, number in (first, *more)]
    text = written[0] + (" where " + " and ".join(written[1:]) if more else "")
    rule = parse_rule(text)
    read = [(term.name, term.sign, term.threshold) for term in (rule.term, *rule.where)]
    assert read == [(name, sign, float(number)) for name, sign, number in (first, *more)]
