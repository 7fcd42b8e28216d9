"""Conversations driven with plain replies: no harness, no server."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from inoc_evals.definitions.conditions import Condition
from inoc_evals.definitions.item import Item
from inoc_evals.protocols.converse import Converse, ask
from inoc_evals.protocols.declaration import Settings
from inoc_evals.protocols.dialogue import tagged_calls
from inoc_evals.protocols.driving import drive_plainly
from inoc_evals.protocols.requests import Completion, Generate, Generated, Reply, Request, ToolCall
from inoc_evals.protocols.stored import restored, stored
from inoc_evals.protocols.trajectory import Trajectory

ITEM = Item(id="a", category="c", prompt="Shall I?", data={"files": {"plan.txt": "wait"}})


def said(text: str, *calls: ToolCall, stop: str = "stop") -> list[Reply]:
    return [Generated((Completion(text, stop, calls=calls),))]


def talk(replies: list[list[Reply]], **way: Any) -> tuple[Trajectory, list[Generate]]:
    asking = ask(ITEM, Condition(), Settings(Converse(name="converse", **way), {"topic": "tea"}))
    (trajectory,), asked = drive_plainly(asking, replies)
    requests: list[Request] = [request for one in asked for request in one]
    assert all(isinstance(request, Generate) for request in requests)
    return trajectory, [request for request in requests if isinstance(request, Generate)]


def test_a_scripted_partner_speaks_after_each_answer() -> None:
    trajectory, asked = talk([said("No."), said("Still no.", stop="max_tokens")], turns=5, lines=["Really no {topic}?"])
    assert [(turn.role, turn.content) for turn in trajectory.turns] == [
        ("assistant", "No."),
        ("user", "Really no tea?"),
        ("assistant", "Still no."),
    ]
    assert trajectory.response == "Still no."
    assert trajectory.truncated
    assert [message.content for message in asked[1].messages] == ["Shall I?", "No.", "Really no tea?"]


def test_the_model_answers_no_more_than_it_may() -> None:
    trajectory, asked = talk([said("1"), said("2")], turns=2, lines=["a", "b", "c"])
    assert len(asked) == 2
    assert trajectory.turns[-1].content == "2"


def test_a_word_ends_the_conversation() -> None:
    trajectory, _ = talk([said("DONE, bye")], turns=5, lines=["a", "b"], stop="DONE")
    assert len(trajectory.turns) == 1


def test_a_model_plays_the_partner_and_sees_the_other_side() -> None:
    trajectory, asked = talk(
        [said("No."), said("But why?"), said("Because.")], turns=2, role="asker", instructions="Ask about {topic}."
    )
    assert (asked[0].role, asked[1].role) == (None, "asker")
    heard = [(message.role, message.content) for message in asked[1].messages]
    assert heard == [("system", "Ask about tea."), ("assistant", "Shall I?"), ("user", "No.")]
    assert [turn.content for turn in trajectory.turns] == ["No.", "But why?", "Because."]


def test_tools_change_files_by_calls() -> None:
    write = ToolCall("1", "write_file", {"name": "plan.txt", "text": "go"})
    wrong = ToolCall("2", "read_file", {"name": "absent"})
    trajectory, asked = talk([said("", write, wrong), said("Written.")], turns=3, files=True)
    assert trajectory.files == {"plan.txt": "go"}
    assert ITEM.data["files"] == {"plan.txt": "wait"}
    assert [tool.name for tool in asked[0].tools] == ["list_files", "read_file", "write_file"]
    results = [(turn.call_id, turn.content) for turn in trajectory.turns if turn.role == "tool"]
    assert results == [("1", "written"), ("2", "error: there is no file absent")]


def test_tools_work_by_tags_for_models_without_tool_calls() -> None:
    used = 'I look. <tool name="read_file">{"name": "plan.txt"}</tool> <tool name="rm">{}</tool>'
    trajectory, asked = talk([said(used), said("It says wait.")], turns=3, files=True, by="tags")
    assert asked[0].tools == ()
    assert asked[0].messages[0].role == "system"
    assert "write_file" in asked[0].messages[0].content
    answer = trajectory.turns[1]
    assert answer.role == "user"
    assert answer.content.splitlines()[0] == '<result name="read_file">wait</result>'
    assert "there is no tool rm" in answer.content


@pytest.mark.parametrize(
    "text", ['<tool name="a">[1]</tool>', '<tool name="a">{</tool>', '<tool name="a">' + "[" * 9999 + "</tool>"]
)
def test_arguments_that_are_no_object_are_told_to_be_wrong(text: str) -> None:
    (call,) = tagged_calls(text)
    assert set(call.arguments) == {"malformed"}


@pytest.mark.parametrize(
    ("way", "message"),
    [
        ({"turns": 3}, "nobody to talk to"),
        ({"turns": 3, "lines": ["a"], "role": "b"}, "either `lines` or a `role`"),
        ({"turns": 3, "lines": ["a"], "instructions": "b"}, "`instructions` are for the model of a `role`"),
        ({"turns": 0, "lines": ["a"]}, "greater than or equal to 1"),
    ],
)
def test_partners_that_cannot_be_are_refused(way: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Converse(name="converse", **way)


def test_reasoning_without_an_end_ends_the_conversation() -> None:
    thought = Completion("", "max_tokens", "Hm", unfinished=True)
    replies: list[list[Reply]] = [[Generated((Completion("First.", reasoning="So."),))], [Generated((thought,))]]
    trajectory, asked = talk(replies, turns=3, lines=["And then?", "And then?"])
    assert trajectory.unfinished
    assert (trajectory.response, trajectory.reasoning, trajectory.stop_reason) == ("", "Hm", "max_tokens")
    assert [turn.reasoning for turn in trajectory.turns] == ["So.", None, "Hm"]
    assert restored(ITEM, Condition(), stored(trajectory)) == trajectory
    assert len(asked) == 2
