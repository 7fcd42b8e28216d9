"""How a run deals with a model that thinks before it answers: what is kept of it, and how much room it gets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from inoc_evals.errors import InputError

Reasoning = Literal["keep", "drop", "judge"]
KEEP, DROP, JUDGE = REASONING = ("keep", "drop", "judge")
SWITCH = "enable_thinking"
# Where nobody says otherwise. With the longest answers of our tasks it fits a server of 4,096 tokens.
ROOM = 2048


@dataclass(frozen=True)
class Thinking:
    """`reasoning` is stored apart from the answer ("keep"), not stored ("drop"), or shown to judges too ("judge").
    `enable` is the chat template's own argument of that name, None where it is left to the template. `tokens` are added
    to the limit of an answer, None for `ROOM` where the model thinks."""

    reasoning: str = KEEP
    enable: bool | None = None
    tokens: int | None = None

    def template(self, *, choosing: bool = False) -> dict[str, Any]:
        """The arguments of the chat template. For the beginning of an answer to be what comes next, a model must not
        think first: `choosing`, it is told so unless the user says otherwise."""
        enable = False if choosing and self.enable is None else self.enable
        return {} if enable is None else {SWITCH: enable}

    def room(self, thinks: bool, max_tokens: int, prompt_tokens: int = 0, limit: int | None = None) -> int:
        """How many tokens beside the `max_tokens` of an answer a request may take for reasoning.

        `thinks` says whether the model is known to do so; `limit` is what prompt and reply may have together. Raises
        InputError where what the user asked for does not fit.
        """
        if self.tokens is None and not thinks:
            return 0
        if limit is None:
            return self.tokens or ROOM
        free = max(0, limit - prompt_tokens - max_tokens)
        if self.tokens is not None and self.tokens > free:
            what = f"reasoning_tokens {self.tokens} and max_tokens {max_tokens} do not fit beside a prompt of"
            remedy = "ask for fewer, or start it with a larger --max-model-len"
            raise InputError(f"{what} {prompt_tokens} tokens into the {limit} of the server; {remedy}")
        return min(self.tokens or ROOM, free)

    def said(self) -> list[object]:
        """What the user says of how much is thought."""
        return [each for each in (self.enable, self.tokens) if each is not None]

    def record(self) -> Mapping[str, Any]:
        """What is stored of it with the results."""
        return {"reasoning": self.reasoning, SWITCH: self.enable, "reasoning_tokens": self.tokens}
