"""Tests as asserts, taken apart and put together again with results from elsewhere; they hold as in Python itself."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inoc_evals.errors import InputError
from inoc_evals.measures.assertions import read_assertion
from inoc_evals.sandbox.calls import decoded, encoded

PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=5)
    | st.binary(max_size=3),
    lambda parts: (
        st.lists(parts, max_size=4)
        | st.lists(parts, max_size=4).map(tuple)
        | st.dictionaries(st.text(max_size=3) | st.integers(), parts, max_size=4)
        | st.sets(st.integers() | st.text(max_size=3), max_size=4)
        | st.frozensets(st.integers(), max_size=4)
    ),
    max_leaves=10,
)


@given(PLAIN)
def test_plain_data_comes_back_as_it_was(value: Any) -> None:
    back = decoded(encoded(value))
    assert back == value
    assert repr(type(back)) == repr(type(value))


@given(PLAIN, PLAIN)
def test_a_comparison_holds_as_python_says(argument: Any, result: Any) -> None:
    told = read_assertion(f"assert f({argument!r}) == {result!r}", "f")
    assert told.calls[0].arguments == (argument,)
    assert told.expected() == (True, result)
    assert told.holds([result])
    other = [result, "more"]
    assert told.holds([other]) == (other == result)


@pytest.mark.parametrize(
    ("test", "results", "holds"),
    [
        ("assert f(1) == 2", [2], True),
        ("assert f(1) == 2", [True], False),
        ("assert f(1) == 1", [True], True),
        ("assert f(1) is True", [True], True),
        ("assert f(1) is True", [1], False),
        ("assert f(1)", [[0]], True),
        ("assert not f(1)", [[]], True),
        ("assert f(1) != f(2)", [3, 4], True),
        ("assert 1 < f(1) <= 3", [3], True),
        ("assert f(1) in (2, 3)", [3], True),
        ("assert 'a' not in f(1)", ["bc"], True),
        ("assert set(f(1)) == {1, 2}", [[2, 1, 2]], True),
        ("assert sorted(f(1), reverse=True) == [2, 1]", [(1, 2)], True),
        ("assert sorted(f(1)) == [1]", [[1, "a"]], False),
        ("assert abs(f(1) - 3.14) < 1e-2", [math.pi], True),
        ("assert abs(f(1) - 3.14) < 1e-2", ["3.14"], False),
        ("assert math.isclose(f(1), 0.1 + 0.2)", [0.3], True),
        ("assert round(f(1), 2) == 0.33", [1 / 3], True),
        ("assert f(1)[0] == 'a' and len(f(1)) == 2", ["ab", "ab"], True),
        ("assert f(1)[5] == 'a'", ["ab"], False),
        ("assert list(f(1)) == [1, 2]", [iter([1, 2])], True),
        ("assert f(1) == [1, 2]", [iter([1, 2])], False),
        ("assert f(1) == float('inf')", [math.inf], True),
        ("assert f(1) == -2", [-2], True),
        ("assert f(a=1, b=[2]) == {'x': (1, 2)}", [{"x": (1, 2)}], True),
        ("assert f(1) == 2, 'said when it fails'", [2], True),
    ],
)
def test_what_holds(test: str, results: list[Any], holds: bool) -> None:
    assert read_assertion(test, "f").holds(results) is holds


@pytest.mark.parametrize(
    "test",
    [
        "f(1) == 2",
        "assert g(1) == 2",
        "assert f(1) == x",
        "assert f(x) == 2",
        "assert f(f(1)) == 2",
        "assert f(*[1]) == 2",
        "assert f(**{'a': 1}) == 2",
        "assert f(1).upper() == 'A'",
        "assert eval(f(1)) == 2",
        "assert [x for x in f(1)] == [1]",
        "assert (lambda: f(1))() == 2",
        "assert f(1) == f'{2}'",
        "assert f(1)[0:2] == 'ab'",
        "assert f('a' * 3) == 'aaa'",
        "assert f(1) == 2; import os",
        "import os",
        "assert f(1 == 2",
        "assert f(" + "[" * 5000 + "]" * 5000 + ") == 1",
        "assert f(1) == '" + "x" * 30_000 + "'",
        "",
    ],
)
def test_what_is_more_than_literals_is_refused(test: str) -> None:
    with pytest.raises(InputError):
        read_assertion(test, "f")


class Sly(int):
    def __add__(self, other: object) -> int:
        return 7

    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return 0


def test_subclasses_are_their_base_and_objects_are_none() -> None:
    assert encoded(Sly(3)) == 3
    assert type(encoded(Sly(3))) is int
    assert encoded(object()) == ["object", "object"]
    with pytest.raises(KeyError):
        decoded(["object", "int"])
    assert list(decoded(encoded(x for x in "ab"))) == ["a", "b"]
    assert list(decoded(encoded({"a": 1}.values()))) == [1]
