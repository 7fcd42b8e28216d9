"""A response that knows more than its text: lm-eval hands on texts only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from inoc_evals.protocols.requests import Completion, Tokens, mean_tokens


class Reply(str):
    """The text of an answer. `truncated` says whether the limit of tokens cut it off; `reasoning` stands apart from it,
    and where that is `unfinished` there is no answer. `tokens` are None where the server does not tell."""

    __slots__ = ("reasoning", "tokens", "truncated", "unfinished")
    truncated: bool | None
    reasoning: str | None
    unfinished: bool
    tokens: Tokens | None

    def __new__(
        cls,
        text: str,
        truncated: bool | None,
        reasoning: str | None = None,
        unfinished: bool = False,
        tokens: Tokens | None = None,
    ) -> Reply:
        """`text` as it came from the server, or what of it is the answer."""
        found = super().__new__(cls, text)
        found.truncated, found.reasoning, found.unfinished, found.tokens = truncated, reasoning, unfinished, tokens
        return found

    @property
    def completion(self) -> Completion:
        """The same as what a protocol is sent."""
        stop = "unknown" if self.truncated is None else "max_tokens" if self.truncated else "stop"
        return Completion(str(self), stop, self.reasoning, unfinished=self.unfinished, tokens=self.tokens)


def reply_of(said: Completion) -> Reply:
    """A completion as lm-eval takes it."""
    cut = None if said.stop_reason == "unknown" else said.stop_reason == "max_tokens"
    return Reply(said.text, cut, said.reasoning, said.unfinished, said.tokens)


def whole(text: str) -> str:
    """A response as one text again, with its reasoning in marks at its beginning."""
    if not isinstance(text, Reply) or (text.reasoning is None and not text.unfinished):
        return str(text)
    return f"<think>{text.reasoning or ''}" + ("" if text.unfinished else f"</think>{text}")


def reasoning_told(choice: Mapping[str, Any]) -> str | None:
    """What a server tells of the reasoning before an answer; None where it tells nothing."""
    message = choice.get("message")
    named = (message.get(name) for name in ("reasoning_content", "reasoning")) if isinstance(message, Mapping) else ()
    return next((text for text in named if isinstance(text, str) and text), None)


def tokens_each(outputs: Mapping[str, Any]) -> Tokens | None:
    """What each of a reply's choices took, as the mean of all."""
    used, count = outputs.get("usage"), len(outputs["choices"])
    if not isinstance(used, Mapping) or not isinstance(output := used.get("completion_tokens"), int) or not count:
        return None
    details = used.get("completion_tokens_details")
    thought = details.get("reasoning_tokens") if isinstance(details, Mapping) else None
    return mean_tokens(output, thought if isinstance(thought, int) else None, count)
