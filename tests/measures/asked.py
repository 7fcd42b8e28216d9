"""Trajectories of one answer, and a task's measures on them with plain replies in the judge's place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from inoc_evals.definitions.conditions import Condition
from inoc_evals.definitions.item import Item
from inoc_evals.definitions.task import Task
from inoc_evals.measures.measuring import Bound, Measured, bind, measure
from inoc_evals.measures.outcome import task_rules
from inoc_evals.measures.rating import task_instruments
from inoc_evals.protocols.driving import drive_plainly
from inoc_evals.protocols.requests import Judged, Message, Request
from inoc_evals.protocols.trajectory import Trajectory


def answered(text: str, question: str = "q", prefill: str = "", data: Mapping[str, Any] | None = None) -> Trajectory:
    given = (Message("user", question), *([Message("assistant", prefill)] if prefill else []))
    item = Item(id="a", category="c", prompt=question, data=dict(data or {}))
    return Trajectory(item, Condition(prefill=prefill or None), given, (Message("assistant", text),))


def bound(task: Task, rule: str | None = None, parameters: Mapping[str, str] | None = None) -> tuple[Bound, ...]:
    given = parameters or {}
    return bind(task, given, task_instruments(task, given), task_rules(task, rule))


def measured(
    task: Task, text: str, *replies: Judged, rule: str | None = None
) -> tuple[Measured, list[Sequence[Request]]]:
    """The values of an answer where one list of `replies` is sent, and what was asked for."""
    return drive_plainly(measure(bound(task, rule), answered(text)), [replies] if replies else [])
