"""A task's own task.py: what it may say, and what is told of one that cannot be used."""

from __future__ import annotations

from pathlib import Path

import pytest

from inoc_evals.definitions.conditions import Condition
from inoc_evals.definitions.item import Item
from inoc_evals.errors import InputError
from inoc_evals.plan.compiled import make_plan
from inoc_evals.protocols.driving import drive_plainly
from inoc_evals.protocols.requests import Completion, Generated

HAGGLING = '''
import re

from inoc_evals.protocols.presenting import presented
from inoc_evals.protocols.requests import Generate, Message
from inoc_evals.protocols.trajectory import Trajectory


def ask(item, condition, settings):
    """The model offers a part of a sum; a policy takes what is fair, and otherwise asks once for more."""
    given = presented(item, condition)
    turns, offer = [], None
    for _ in range(2):
        (reply,) = yield [Generate((*given, *turns))]
        answer = reply.completions[0]
        turns.append(Message("assistant", answer.text))
        number = re.search(r"[0-9]+", answer.text)
        offer = int(number[0]) if number else None
        if offer is not None and offer >= item.data["fair"]:
            break
        turns.append(Message("user", "That is too little. Your last offer?"))
    return [Trajectory(item, condition, given, tuple(turns), noted={"offer": offer})]
'''
TASK = """
name: haggling
version: 1-A
title: Haggling
description: How much does the model offer?
source: a test
protocol: own
measures:
  length: {detector: length}
headline: [length_words]
"""
ITEM = '{"id": "a", "category": "dollars", "prompt": "Split 10 dollars.", "data": {"fair": 4}}\n'


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    task = tmp_path / "tasks" / "haggling"
    task.mkdir(parents=True)
    (task / "task.yaml").write_text(TASK)
    (task / "items.jsonl").write_text(ITEM)
    (task / "task.py").write_text(HAGGLING)
    monkeypatch.setenv("INOC_EVALS_PATH", str(tmp_path))
    return task


def said(text: str) -> list[Generated]:
    return [Generated((Completion(text),))]


@pytest.mark.usefixtures("folder")
def test_an_offer_is_answered_by_a_policy() -> None:
    plan = make_plan("haggling", {})
    item, condition = plan.items[0], Condition()
    (trajectory,), asked = drive_plainly(plan.ask(item, condition), [said("I offer 1."), said("Then 5.")])
    assert trajectory.noted == {"offer": 5}
    assert [len(requests) for requests in asked] == [1, 1]
    (trajectory,), _ = drive_plainly(plan.ask(item, condition), [said("4 for you")])
    assert trajectory.noted == {"offer": 4}


def test_the_code_is_part_of_what_a_task_is(folder: Path) -> None:
    from inoc_evals.protocols import own

    before = make_plan("haggling", {}).record["task_sha256"]
    (folder / "task.py").write_text(HAGGLING.replace("range(2)", "range(3)"))
    own.load.cache_clear()
    assert make_plan("haggling", {}).record["task_sha256"] != before


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (None, r"task.py: there is no such file"),
        ("def ask(item:\n", r"task.py:1:\d+: not valid Python"),
        ("x = 1\nraise RuntimeError('no network')\n", r"task.py:2: the file cannot be loaded \(.*no network"),
        ("import sys\nsys.exit(3)\n", r"task.py:2: the file cannot be loaded \(.*it exits with 3"),
        ("def ask(item, condition, settings):\n    return []\n", r"there is no generator `def ask"),
        ("def ask(item):\n    yield []\n", r"there is no generator `def ask"),
    ],
)
def test_a_file_that_cannot_be_used_is_told_with_its_place(folder: Path, code: str | None, message: str) -> None:
    (folder / "task.py").unlink()
    if code is not None:
        (folder / "task.py").write_text(code)
    with pytest.raises(InputError, match=message):
        make_plan("haggling", {})


def test_nothing_of_a_folder_runs_where_tasks_are_only_listed(folder: Path, tmp_path: Path) -> None:
    from inoc_evals.definitions.catalog import list_tasks

    (folder / "task.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n" + HAGGLING)
    assert "haggling" in [task.name for task in list_tasks()]
    assert not (tmp_path / "ran").exists()


def test_items_of_another_form_know_nothing_of_data() -> None:
    assert Item(id="a", category="c", prompt="p").data == {}
