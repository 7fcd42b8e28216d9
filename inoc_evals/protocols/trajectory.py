"""What one asking gave: the thing that every measure reads."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from inoc_evals.protocols.reasoning import visible
from inoc_evals.protocols.requests import UNKNOWN, Chosen, Cost, Message, Rendered, Reply, Request, Tokens

if TYPE_CHECKING:
    from inoc_evals.definitions.conditions import Condition
    from inoc_evals.definitions.item import Item


# So many words stand in what a reader of results sees.
_SHOWN = 8


@dataclass(frozen=True)
class FirstWords:
    """What the first word of an answer may be: the probabilities (0..1) of words, "" for an answer without one, and of
    what was `begun` and not finished, the likeliest first. They are lower bounds: `unresolved` is all that no finished
    word has, of which the server's lists did not hold `unseen`. With `only_first` it told the first token alone."""

    shares: Mapping[str, float]
    begun: Mapping[str, float]
    unresolved: float
    unseen: float
    only_first: bool = False
    cost: Cost = field(default_factory=Cost)

    @property
    def shown(self) -> str:
        """The likeliest words and what is not resolved, as a text."""
        words = list(self.shares.items())
        listed = [f"P({word or 'no word'}) = {share:.4g}" for word, share in words[:_SHOWN]]
        if more := len(words) - _SHOWN if len(words) > _SHOWN else 0:
            listed.append(f"{more} others {sum(share for _, share in words[_SHOWN:]):.4g}")
        return ", ".join([*listed, f"not resolved {self.unresolved:.4g}"])


@dataclass(frozen=True)
class Trajectory:
    """One asking of a model: `given` is the conversation that it was handed, `turns` is what came after, in order.

    A last message of the assistant in `given` is the beginning of the first answer (prefill). `chosen` are option
    probabilities by the name of the order in which the options stood ("" for the only one), or of the place in a
    dialogue at which a task's own code asked for them, `words` those of the first word, `files` the files that the
    model left (name -> text), `noted` what a protocol of a task's own wrote down (name -> number, text or None).
    """

    item: Item
    condition: Condition
    given: tuple[Message, ...]
    turns: tuple[Message, ...] = ()
    chosen: Mapping[str, Chosen] = field(default_factory=dict)
    words: FirstWords | None = None
    files: Mapping[str, str] = field(default_factory=dict)
    noted: Mapping[str, Any] = field(default_factory=dict)
    stop_reason: str = "stop"
    rendered: Rendered = UNKNOWN

    @property
    def response(self) -> str:
        """The model's last answer, without a beginning that was put into its mouth; "" where there is none."""
        return self._last.content if self._last else ""

    @property
    def reasoning(self) -> str | None:
        """What the model wrote for itself before its last answer; None where there is none."""
        return self._last.reasoning if self._last else None

    @property
    def unfinished(self) -> bool:
        """Did the reasoning before the last answer never end, so that there is no answer?"""
        return self._last is not None and self._last.unfinished

    @property
    def tokens(self) -> Tokens | None:
        """What the last answer took, its reasoning included; None where nobody tells."""
        return self._last.tokens if self._last else None

    @property
    def _last(self) -> Message | None:
        return next((turn for turn in reversed(self.turns) if turn.role == "assistant"), None)

    @property
    def shown(self) -> str:
        """What a reader of results sees as the response: the last answer, or probabilities."""
        if self.words is not None:
            return self.words.shown
        # After a dialogue, what was said last tells more than what was guessed beside it.
        if self.turns or not self.chosen:
            return self.response
        return "\n".join(
            f"{order}: {listed}" if order else listed
            for order, chosen in self.chosen.items()
            if (listed := ", ".join(f"P({name}) = {share:.4g}" for name, share in chosen.shares().items()))
        )

    @property
    def truncated(self) -> bool:
        """Was the last answer cut off by the limit of tokens?"""
        return self.stop_reason == "max_tokens"

    @property
    def prefill(self) -> str:
        """The beginning of the first answer, which the model was given; "" where there was none."""
        return prefill_of(self.given)

    @property
    def system(self) -> str | None:
        """The system prompt; None where there was none."""
        return system_of(self.given)

    @property
    def question(self) -> str:
        """What the last answer answers: the user's message, or the whole conversation before it where there is more."""
        return question_of(self.given, self.turns)

    @property
    def answer(self) -> str:
        """The last answer as a reader sees it, with its given beginning, as far as that is no reasoning."""
        return visible(prefill_of(self.given, self.turns)) + self.response


def prefill_of(given: Sequence[Message], turns: Sequence[Message] = ()) -> str:
    """The beginning of the last answer that the model was given; of several answers the first had it."""
    several = sum(turn.role == "assistant" for turn in turns) > 1
    return given[-1].content if given and given[-1].role == "assistant" and not several else ""


def system_of(given: Sequence[Message]) -> str | None:
    """The system prompt of a conversation; None where there is none."""
    return next((message.content for message in given if message.role == "system"), None)


def question_of(given: Sequence[Message], turns: Sequence[Message] = ()) -> str:
    """What the last answer of a conversation answers: the user's message, or all that was said before it."""
    last = max((place for place, turn in enumerate(turns) if turn.role == "assistant"), default=0)
    before = [message for message in given if message.role != "system"]
    if prefill_of(given) and last == 0:
        before = before[:-1]
    before += turns[:last]
    if len(before) == 1:
        return before[0].content
    return "\n\n".join(f"{message.role.upper()}: {message.content}" for message in before)


# A protocol: yields lists of requests, is sent lists of replies, returns the trajectories.
Asking = Generator[Sequence[Request], Sequence[Reply], Sequence[Trajectory]]
