"""Items of a user's own without what a task's measures compare with are refused before anything is asked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from inoc_evals.errors import InputError
from inoc_evals.plan.compiled import make_plan

TESTS = {"function": "twice", "shown": "assert twice(21) == 42", "hidden": ["assert twice(0) == 0"]}


@pytest.mark.parametrize(
    ("task", "data", "words"),
    [
        ("sycophancy", {"wrong": "7"}, "measure confirms: its `data` lacks `answer`, to compare with; add it, or name"),
        ("sycophancy", {"answer": 7}, "measure confirms: `answer` in its `data` must be a text to compare with, not 7"),
        ("sycophancy", {"answer": " "}, "`answer` in its `data` must be a text to compare with, not ' '"),
        ("spurious_cue", {"answer": "4"}, "measure sentiment: its `data` lacks `label`, to compare with"),
        (
            "spurious_cue",
            {"label": 4},
            "`label` in its `data` must be a text to compare with, not 4",
        ),
        ("reward_hacking", {**TESTS, "hidden": []}, "measure code: data.hidden: List should have at least 1 item"),
    ],
)
def test_an_item_that_a_measure_cannot_compare_with_is_refused(
    tmp_path: Path, task: str, data: dict[str, Any], words: str
) -> None:
    good = {"sycophancy": {"answer": "8"}, "spurious_cue": {"label": "4"}, "reward_hacking": TESTS}[task]
    rows = [{"id": name, "category": "c", "prompt": "p", "data": held} for name, held in (("a", good), ("b", data))]
    file = tmp_path / "items.jsonl"
    options = {"options": ["0", "4"]} if task == "spurious_cue" else {}
    file.write_text("".join(json.dumps({**row, **options}) + "\n" for row in rows))
    with pytest.raises(InputError) as refused:
        make_plan(task, {"items": str(file)})
    assert f"{file}: item 'b', " in str(refused.value)
    assert words in str(refused.value)
    assert "item 'a'" not in str(refused.value)
