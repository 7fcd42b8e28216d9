"""How an item is presented: system prompt (absent, empty or text), trigger and prefill."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from inoc_evals.definitions.item import Item

Placement = Literal["prefix", "suffix", "system"]
PLACEMENTS = ("prefix", "suffix", "system")
# Where an option of an item stands in its prompt.
OPTION_PLACE = re.compile(r"\{option_([1-9][0-9]?)\}")


@dataclass(frozen=True)
class Condition:
    """`system_prompt` None sends no system message, "" an empty one. `joiner` stands between trigger and text.

    `user_prompt` stands before the first message of the user, with a blank line between, as an inoculation prompt with
    user placement does in training. `prefill` is the beginning of the answer, put into the model's mouth.
    """

    name: str = ""
    system_prompt: str | None = None
    trigger: str | None = None
    placement: Placement = "prefix"
    joiner: str = " "
    user_prompt: str | None = None
    prefill: str | None = None


def system_state(system_prompt: str | None) -> str:
    """ "absent", "empty" or "text": three different conditions."""
    return "absent" if system_prompt is None else "text" if system_prompt else "empty"


def chat(item: Item, condition: Condition) -> list[dict[str, str]]:
    """The messages (role, content) that present `item` under `condition`: what was said before, then its question.

    A system prompt of the item's own follows the run's, after a blank line. A trigger stands beside the question, or in
    the system prompt; a user prompt before the first message of the user, and before a trigger there. The item's
    options stand in the places {option_1}, {option_2} and so on.
    """
    system, question = condition.system_prompt, _with_options(item.prompt, item.options)
    if item.system is not None:
        system = f"{system}\n\n{item.system}" if system else item.system
    if condition.trigger is not None:
        if condition.placement == "prefix":
            question = condition.trigger + condition.joiner + question
        elif condition.placement == "suffix":
            question = question + condition.joiner + condition.trigger
        else:
            system = system + condition.joiner + condition.trigger if system else condition.trigger
    messages = [] if system is None else [{"role": "system", "content": system}]
    before = (item.messages or [])[:-1]
    messages += [{"role": turn.role, "content": _with_options(turn.content, item.options)} for turn in before]
    messages.append({"role": "user", "content": question})
    if condition.user_prompt is not None:
        first = next(message for message in messages if message["role"] == "user")
        first["content"] = f"{condition.user_prompt}\n\n{first['content']}"
    if condition.prefill is not None:
        messages.append({"role": "assistant", "content": condition.prefill})
    return messages


def _with_options(text: str, options: Sequence[str] | None) -> str:
    def named(place: re.Match[str]) -> str:
        number = int(place[1])
        return options[number - 1] if options and number <= len(options) else place[0]

    return OPTION_PLACE.sub(named, text)
