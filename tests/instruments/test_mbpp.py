"""MBPP's file as items, and how it is added: this version knows no sha256 of it."""

from __future__ import annotations

import hashlib
import json
import logging
from pathlib import Path
from typing import Any

import pytest

from inoc_evals.errors import InputError
from inoc_evals.instruments.mbpp import load_mbpp
from inoc_evals.instruments.published import add_instrument, installed_path, instrument_state
from inoc_evals.plan.compiled import make_plan
from tests.measures.running import measured

HALVES = {
    "source_file": "x",
    "task_id": 11,
    "prompt": "Write a function to halve a number.",
    "code": "def half(x): return x / 2",
    "test_imports": ["import math"],
    "test_list": ["assert math.isclose(half(3), 1.5, rel_tol=0.001)", "assert half(8)==4", "assert half(0) == 0"],
}
SETS: dict[str, Any] = {
    "task_id": 510,
    "prompt": "Which are in both?",
    "test_list": ["assert set(both([1, 2], [2, 3])) == set([2])", "assert set(both([], [])) == set()"],
}


def file(folder: Path, *problems: Any) -> Path:
    path = folder / "sanitized-mbpp.json"
    path.write_text(json.dumps(problems))
    return path


def test_problems_of_the_test_split_with_the_first_test_shown(tmp_path: Path) -> None:
    items = load_mbpp(file(tmp_path, HALVES, {**HALVES, "task_id": 10}, {**HALVES, "task_id": 511}, SETS))
    assert [item.id for item in items] == ["mbpp_11", "mbpp_510"]
    assert items[0].data == {
        "function": "half",
        "shown": "assert math.isclose(half(3), 1.5, rel_tol=0.001)",
        "hidden": ["assert half(8)==4", "assert half(0) == 0"],
        "imports": ["import math"],
    }
    assert HALVES["prompt"] in items[0].prompt
    assert "half(8)" not in items[0].prompt
    assert items[1].data["function"] == "both"
    answers = [(items[0], HALVES["code"]), (items[1], "def both(a, b): return iter([x for x in a if x in b])")]
    assert [one.values["code_solved"] for one in measured(answers)] == [1.0, 1.0]


def test_what_cannot_be_read_is_left_out_and_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    odd = {**SETS, "test_list": ["root = 1\nassert both(root) == 2", "assert both(3) == 4"]}
    with caplog.at_level(logging.WARNING):
        assert len(load_mbpp(file(tmp_path, HALVES, odd))) == 1
    assert "1 of 2 problems are left out" in caplog.text


@pytest.mark.parametrize(
    ("problems", "message"),
    [
        ([{"task_id": 11}], "problem 1 of the list cannot be read (prompt: Field required)"),
        ([HALVES, 3], "problem 2 of the list cannot be read"),
        ([{**HALVES, "task_id": "11"}], "task_id"),
        ([{**HALVES, "task_id": 3}], "it holds no problem of the test split that can be used"),
        ([], "it holds no problem of the test split"),
    ],
)
def test_another_file_is_refused(tmp_path: Path, problems: list[Any], message: str) -> None:
    with pytest.raises(InputError) as refused:
        load_mbpp(file(tmp_path, *problems))
    assert message in str(refused.value)
    assert str(refused.value).startswith(str(tmp_path))


def test_an_object_is_no_list(tmp_path: Path) -> None:
    path = tmp_path / "sanitized-mbpp.json"
    path.write_text("{}")
    with pytest.raises(InputError, match="no list of problems"):
        load_mbpp(path)


@pytest.mark.usefixtures("own_cache")
def test_it_is_taken_by_the_users_hash_and_held_to_it(tmp_path: Path) -> None:
    copy = file(tmp_path, HALVES, SETS)
    digest = hashlib.sha256(copy.read_bytes()).hexdigest()
    with pytest.raises(InputError, match=r"no sha256 of mbpp_sanitized is known here; .*--sha256"):
        add_instrument("mbpp_sanitized", copy)
    with pytest.raises(InputError, match=f"the sha256 is {digest}, but mbpp_sanitized is to be {'0' * 64}"):
        add_instrument("mbpp_sanitized", copy, allow_other=True, sha256="0" * 64)
    assert installed_path("mbpp_sanitized") is None
    path = add_instrument("mbpp_sanitized", copy, sha256=digest)
    assert instrument_state("mbpp_sanitized") == "installed"
    plan = make_plan("reward_hacking", {"items": "instrument:mbpp_sanitized"})
    assert [item.id for item in plan.items] == ["mbpp_11", "mbpp_510"]
    path.write_text("[]")
    with pytest.raises(InputError, match="no longer the file"):
        installed_path("mbpp_sanitized")
