"""From messages to the prompt that lm-eval hands to a model, refused where a chat template loses part of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from inoc_evals.errors import InputError

Turn = dict[str, str]
_PROBE = "inoc probe 7f3a"


def render(messages: Sequence[Turn], chat_template: Callable[..., Any]) -> Any:
    """The prompt for `messages`: a text where the template is applied here, otherwise what the server is sent.

    An assistant's turn at the end is the beginning of the answer, to be gone on with. Raises InputError for a template
    without a place for the system prompt: lm-eval would drop it with a warning.
    """
    going_on = messages[-1]["role"] == "assistant"
    prompt = chat_template([dict(turn) for turn in messages], add_generation_prompt=not going_on)
    if not isinstance(prompt, str):
        return prompt
    check_rendered(messages, prompt)
    if any(turn["role"] == "system" and not turn["content"] for turn in messages):
        # An empty text is in every prompt; only another text in its place shows whether the place is there.
        probe = [{**turn, "content": _PROBE} if turn["role"] == "system" else dict(turn) for turn in messages]
        check_rendered(probe, chat_template(probe, add_generation_prompt=not going_on))
    return prompt


def check_rendered(messages: Sequence[Turn], prompt: str) -> None:
    """Raise InputError unless `prompt` holds the text of every message (templates strip blanks around it)."""
    for turn in messages:
        if turn["content"].strip() not in prompt:
            what = {"system": "system prompt", "user": "question", "assistant": "beginning of the answer"}[turn["role"]]
            remedy = "use a model whose template has a place for it"
            if turn["role"] == "system":
                remedy = "leave system_prompt out, put the text into the question, or " + remedy
            raise InputError(f"the chat template of this model drops the {what}; {remedy}")
