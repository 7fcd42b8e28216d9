"""Free text, and items that begin in the middle of a conversation."""

from __future__ import annotations

from pathlib import Path

import pytest

from inoc_evals.definitions.conditions import Condition
from inoc_evals.definitions.document import load_items
from inoc_evals.definitions.item import Item, render_items
from inoc_evals.errors import InputError
from inoc_evals.protocols.declaration import Settings
from inoc_evals.protocols.driving import drive_plainly
from inoc_evals.protocols.requests import Completion, Generate, Generated, Message
from inoc_evals.protocols.respond import Respond, ask

TURNS = [
    {"role": "user", "content": "I like {animal}s."},
    {"role": "assistant", "content": "So do I."},
    {"role": "user", "content": "Why?"},
]


def test_every_answer_is_a_trajectory() -> None:
    item = Item(id="a", category="c", prompt="Why?")
    replies = [[Generated((Completion("One."), Completion("Two", "max_tokens")))]]
    settings = Settings(Respond(name="respond"), choices=2)
    trajectories, asked = drive_plainly(ask(item, Condition(system_prompt=""), settings), replies)
    assert asked == [[Generate((Message("system", ""), Message("user", "Why?")), 2)]]
    assert [(each.response, each.truncated) for each in trajectories] == [("One.", False), ("Two", True)]


def test_a_conversation_ends_with_the_question_and_a_trigger_stands_beside_it() -> None:
    (item,) = render_items(
        [Item.model_validate({"id": "a", "category": "c", "messages": TURNS, "template": True})], {"animal": "owl"}
    )
    (request,) = next(ask(item, Condition(trigger="zap"), Settings(Respond(name="respond"))))
    assert isinstance(request, Generate)
    assert [(message.role, message.content) for message in request.messages] == [
        ("user", "I like owls."),
        ("assistant", "So do I."),
        ("user", "zap Why?"),
    ]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ('"prompt": "x", "messages": [{"role": "user", "content": "y"}]', r"1:\d+: .*either `prompt` or `messages`"),
        ('"messages": [{"role": "assistant", "content": "y"}]', r"1:\d+: .*last message must be the user's question"),
        ('"messages": [{"role": "robot", "content": "y"}]', r"1:\d+: messages.0.role is 'robot'"),
        ('"messages": []', r"1:\d+: messages"),
        ('"messages": "y"', r"1:\d+: messages must be a list"),
        ('"messages": [{"role": "user", "content": " "}]', r"1:\d+: the messages.0.content is blank"),
        ('"prompt": "x", "options": ["a", "b"], "forms": {"c": ["d"]}', r"1:\d+: 'c' is no option of this item"),
        ('"category": "c"', r"1: 'prompt' is missing; add it"),
    ],
)
def test_wrong_items_are_told_with_their_place(tmp_path: Path, fields: str, message: str) -> None:
    file = tmp_path / "items.jsonl"
    others = "" if '"category"' in fields else '"category": "c", '
    file.write_text(f'{{"id": "a", {others}{fields}}}\n')
    with pytest.raises(InputError, match=message):
        load_items(file)
