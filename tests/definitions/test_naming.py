"""[ARM=]X as every command reads it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inoc_evals.definitions.naming import LABEL, name_after, split_named
from inoc_evals.errors import InputError


@pytest.mark.parametrize(
    ("text", "name", "named"),
    [
        ("none=runs/none", "none", "runs/none"),
        ("runs/none", None, "runs/none"),
        ("a=runs/lr=0.1", "a", "runs/lr=0.1"),
        ("runs/lr=0.1", None, "runs/lr=0.1"),
        ("./lr=0.1", None, "./lr=0.1"),
        ("http://h/v1?x=1#m", None, "http://h/v1?x=1#m"),
        ("b=http://h/v1#same=m", "b", "http://h/v1#same=m"),
        ("none-s1.b_2=x", "none-s1.b_2", "x"),
    ],
)
def test_the_first_equals_sign_counts_unless_it_stands_in_a_place(text: str, name: str | None, named: str) -> None:
    assert split_named(text) == (name, named)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "'' names no path; write ARM=PATH"),
        ("a=", "'a=' names no path; write ARM=PATH"),
        ("two words=x", "'two words' cannot name an arm; use letters"),
        ("=x", "'' cannot name an arm"),
        ("-x=y", "'-x' cannot name an arm"),
        ("x" * 101 + "=y", "cannot name an arm"),
    ],
)
def test_what_is_no_arm(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        split_named(text, "PATH")


@given(st.from_regex(LABEL), st.text(min_size=1))
def test_a_good_name_and_anything_behind_it_come_back(name: str, named: str) -> None:
    assert split_named(f"{name}={named}") == (name, named)


@given(st.text())
def test_anything_can_be_called_by_a_name_after_it(named: str) -> None:
    assert LABEL.match(name_after(named))


@pytest.mark.parametrize(
    ("named", "name"),
    [("runs/none/", "none"), ("http://h/v1#org/m", "m"), ("ollama/llama3:8b", "8b"), ("a b", "a-b"), ("/", "model")],
)
def test_the_last_part_gives_the_name(named: str, name: str) -> None:
    assert name_after(named) == name
