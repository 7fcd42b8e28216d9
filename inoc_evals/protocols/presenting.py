"""An item under a condition as the messages that a model is given."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from inoc_evals.definitions.conditions import chat
from inoc_evals.protocols.requests import Message, Role

if TYPE_CHECKING:
    from inoc_evals.definitions.conditions import Condition
    from inoc_evals.definitions.item import Item


def presented(item: Item, condition: Condition) -> tuple[Message, ...]:
    """The messages that present `item` under `condition`, with system prompt, trigger and prefill."""
    return tuple(Message(cast("Role", turn["role"]), turn["content"]) for turn in chat(item, condition))
