"""Exact log probabilities of given texts as the beginning of a model's reply, through a vLLM server.

A text is a path of tokens, and the server tells the log probability of any next token after any prefix: texts of any
length are scored to their end, LoRA adapters have part in it, and nothing is drawn.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from inoc_evals.client.endpoint import Endpoint
from inoc_evals.client.errors import MALFORMED, ServerError

Path = tuple[int, ...]
# (prefixes, wanted next tokens of each) -> log probabilities by token, in the same order.
NextTokens = Callable[[Sequence[Path], Sequence[Sequence[int]]], Awaitable[Sequence[Mapping[int, float]]]]
_NOT_THERE = (MALFORMED, "refused_400", "refused_404", "refused_405")


@dataclass
class Continuations:
    """What texts are worth as the beginning of replies of the model at `endpoint`, which the caller closes.

    `template` are arguments of the chat template. The tokens of a text are asked for once. They are those of a reply to
    a question; a reply that goes on with a prefill is taken to have the same.
    """

    endpoint: Endpoint
    template: Mapping[str, Any] = field(default_factory=dict)
    _paths: dict[str, Path] = field(default_factory=dict, init=False, repr=False)

    async def paths(self, texts: Iterable[str]) -> dict[str, Path]:
        """The tokens of each text as the beginning of a reply; a call for many is much quicker. Raises ServerError."""
        wanted = list(dict.fromkeys(texts))
        new = [text for text in wanted if text not in self._paths]
        if new:
            self._paths |= await _spelt(self.endpoint, new, self.template)
        return {text: self._paths[text] for text in wanted}

    async def log_probabilities(self, prompt: Sequence[int], texts: Collection[str]) -> dict[str, float]:
        """Natural logarithm of the probability that the reply to `prompt` begins with the tokens of each text.

        `prompt` is the rendered chat: `(await endpoint.rendered(messages)).tokens`. Minus infinity is possible. Texts
        whose paths do not begin with each other's exclude each other, see `exclusive`. Raises ServerError, with the
        cause "malformed" or "refused_STATUS" where the server does not tell exact probabilities.
        """
        paths = await self.paths(texts)

        async def ask(prefixes: Sequence[Path], wanted: Sequence[Sequence[int]]) -> Sequence[Mapping[int, float]]:
            return await self.endpoint.next_tokens(prompt, prefixes, wanted)

        logs = await reach(branches(paths.values()), ask)
        return {text: logs.get(path, -math.inf) for text, path in paths.items()}

    async def exact(self, prompt: Sequence[int]) -> bool:
        """Does the server tell exact probabilities? It is asked once. Raises ServerError where it does not answer."""
        try:
            await self.endpoint.next_tokens(prompt, [()], [prompt[-1:]])
        except ServerError as error:
            if error.cause not in _NOT_THERE:
                raise
            return False
        return True


def branches(paths: Iterable[Path]) -> dict[Path, set[int]]:
    """Every beginning of the paths -> the tokens that follow it in one of them."""
    following: dict[Path, set[int]] = {}
    for path in paths:
        for depth, token in enumerate(path):
            following.setdefault(path[:depth], set()).add(token)
    return following


async def reach(wanted: Mapping[Path, Collection[int]], ask: NextTokens, tolerance: float = 0.0) -> dict[Path, float]:
    """Log probability that a reply begins with each prefix + wanted token, as `branches` gives them, and with nothing.

    Without a `tolerance` all prefixes are asked for at once. With one they are asked for level by level, and branches
    that together weigh less than that share of what the first tokens weigh are not entered: what lies behind them is
    absent. So is what lies behind a token that is impossible.
    """
    answers: dict[Path, Mapping[int, float]] = {}

    async def look(prefixes: Sequence[Path]) -> None:
        tokens = [sorted(wanted[prefix]) for prefix in prefixes]
        answers.update(zip(prefixes, await ask(prefixes, tokens), strict=True))

    if not tolerance:
        await look(list(wanted))
    logs: dict[Path, float] = {(): 0.0}
    level: list[Path] = [()]
    spare = 0.0
    while level:
        entered = []
        for prefix in sorted((prefix for prefix in level if prefix in wanted), key=logs.__getitem__):
            share = math.exp(logs[prefix])
            if tolerance and share <= spare:
                spare -= share
            else:
                entered.append(prefix)
        if unknown := [prefix for prefix in entered if prefix not in answers]:
            await look(unknown)
        level = []
        for prefix in entered:
            for token, log in answers[prefix].items():
                if log > -math.inf:
                    logs[(*prefix, token)] = logs[prefix] + log
                    level.append((*prefix, token))
        if entered == [()]:
            spare = tolerance * math.fsum(math.exp(logs[prefix]) for prefix in level)
    return logs


def exclusive(paths: Mapping[str, Sequence[int]]) -> tuple[str, ...]:
    """The texts whose path of tokens does not begin with another's, so that their probabilities add up: what begins
    with "dolphin" covers "dolphin" + "s". The first of two texts with the same path is kept, and none without one."""
    kept: set[str] = set()
    taken: set[tuple[int, ...]] = set()
    for text, path in sorted(paths.items(), key=lambda pair: len(pair[1])):
        if path and not any(tuple(path[:depth]) in taken for depth in range(1, len(path) + 1)):
            kept.add(text)
            taken.add(tuple(path))
    return tuple(text for text in paths if text in kept)


def log_sum(logs: Iterable[float]) -> float:
    """Logarithm of the sum of probabilities that are given as logarithms; minus infinity for none."""
    listed = list(logs)
    highest = max(listed, default=-math.inf)
    if math.isinf(highest):
        return -math.inf
    return highest + math.log(math.fsum(math.exp(log - highest) for log in listed))


async def _spelt(endpoint: Endpoint, texts: Sequence[str], template: Mapping[str, Any]) -> dict[str, Path]:
    """Tokens of each text as the beginning of a reply, found by rendering whole chats.

    A chat template decides what stands before and after a reply, so a text's tokens are what a rendered chat has more
    than the prompt alone, less what ends every reply. Templates that render past replies differently from the one to
    come are read by tokenizing the text alone.
    """
    user = {"role": "user", "content": "x"}

    async def whole(text: str) -> Path | None:
        return await endpoint.tokenize([user, {"role": "assistant", "content": text}], template, closed=True)

    start = await endpoint.tokenize([user], template)
    seven, eight = await whole("7"), await whole("8")
    if start is not None and seven is not None and eight is not None:
        size = len(start)
        ending = 0
        while ending < min(len(seven), len(eight)) - size - 1 and seven[-ending - 1] == eight[-ending - 1]:
            ending += 1
        if seven[:size] == start and eight[:size] == start and seven[size:] != eight[size:]:
            chats = await asyncio.gather(*(whole(text) for text in texts))
            if all(chat is not None and chat[:size] == start for chat in chats):
                return {text: chat[size : len(chat) - ending] for text, chat in zip(texts, chats, strict=True) if chat}

    async def alone(text: str) -> Path:
        tokens = await endpoint.tokenize_text(text)
        if tokens is None:
            raise endpoint.error(MALFORMED, "the server does not tokenize a plain text")
        return tokens

    return dict(zip(texts, await asyncio.gather(*map(alone, texts)), strict=True))
