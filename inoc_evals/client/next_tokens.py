"""The likeliest next tokens of a reply after given beginnings, with their texts, through a vLLM server."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from inoc_evals.client.continuations import Path
from inoc_evals.client.endpoint import Endpoint
from inoc_evals.client.errors import MALFORMED, ServerError
from inoc_evals.protocols.requests import NextToken

# As many next tokens as our own servers list, and as vLLM lists where nothing is said. A list takes the server time for
# each token, and the tail of what a small model may say next is long.
MOST_LISTED, USUAL = 1000, 20
_AT_ONCE = 128  # prefixes in one request
_TEXTS_AT_ONCE = 500  # of tokens, in one request
# Characters that hardly any token holds, to tell texts of tokens apart.
_SIGNS = ("\u2016", "\u00a6", "|")
_HALF = "\ufffd"
# Tokens that templates put around turns: what a model says with one of them is over.
_SPECIAL = re.compile(
    r"<[|\uff5c][^<>]{1,60}[|\uff5c]>|</?s>|<(?:bos|eos|pad|unk|start_of_turn|end_of_turn)>|\[/?INST\]|\[(?:PAD|EOS)\]"
)
_Part = TypeVar("_Part")


@dataclass
class NextTokens:
    """What may come next in replies of the model at `endpoint`, which the caller closes. `template` are arguments of
    the chat template. What a server tells of its tokens is asked for once."""

    endpoint: Endpoint
    template: Mapping[str, Any] = field(default_factory=dict)
    _top: int = field(default=MOST_LISTED, init=False)
    _texts: dict[int, str] = field(default_factory=dict, init=False, repr=False)
    _learning: asyncio.Lock = field(default_factory=asyncio.Lock, init=False, repr=False)
    _mark: tuple[Path, str, str] | None = field(default=None, init=False, repr=False)
    _special: set[int] = field(default_factory=set, init=False, repr=False)
    _looked: bool = field(default=False, init=False, repr=False)

    async def after(self, prompt: Sequence[int], prefixes: Sequence[Path]) -> list[list[NextToken]]:
        """The likeliest tokens after `prompt` + each prefix, as many as the server lists. Raises ServerError."""
        logs = [found for part in _parts(prefixes, _AT_ONCE) for found in await self._logs(prompt, part)]
        async with self._learning:
            await self._learn({*(token for found in logs for token in found), *(t for path in prefixes for t in path)})
            if not self._looked:
                await self._look_for_ending()
        return [await self._told(prefix, found) for prefix, found in zip(prefixes, logs, strict=True)]

    async def _told(self, prefix: Path, logs: Mapping[int, float]) -> list[NextToken]:
        """What follows the prefix, with its texts. Where that breaks off within a character, its tokens are read
        together with what follows."""
        before = "".join(self._texts[token] for token in prefix)
        texts = {token: before + self._texts[token] for token in logs}
        if _HALF in before:
            before, *whole = await self._decoded([prefix, *((*prefix, token) for token in logs)])
            texts = dict(zip(logs, whole, strict=True))
        ends = self._special
        return [
            NextToken(token, before if token in ends else texts[token], log, token in ends)
            for token, log in logs.items()
        ]

    async def _logs(self, prompt: Sequence[int], prefixes: Sequence[Path]) -> list[dict[int, float]]:
        try:
            return await self.endpoint.likely_next(prompt, prefixes, self._top)
        except ServerError as error:
            if error.cause != "refused_400" or self._top == USUAL:
                raise
        # Whoever started the server let it list no more.
        self._top = USUAL
        return await self.endpoint.likely_next(prompt, prefixes, self._top)

    async def _learn(self, tokens: Iterable[int]) -> None:
        """Ask for the texts of tokens that are new."""
        new = sorted(token for token in tokens if token not in self._texts)
        if new:
            self._texts |= dict(zip(new, await self._decoded([(token,) for token in new]), strict=True))
            self._special |= {token for token in new if _SPECIAL.fullmatch(self._texts[token].strip())}

    async def _decoded(self, paths: Sequence[Path]) -> list[str]:
        """The text of each path; hundreds are asked for at a time, with a mark between two of them."""
        found = await asyncio.gather(*(self._together(part) for part in _parts(paths, _TEXTS_AT_ONCE)))
        return [text for part in found for text in part]

    async def _together(self, paths: Sequence[Path]) -> Sequence[str]:
        mark, first, between = await self._marked()
        whole = await self.endpoint.text_of([*mark, *(token for path in paths for token in (*path, *mark))])
        text = whole.removeprefix(first).removesuffix(between)
        texts = text.split(between)
        if len(texts) == len(paths):
            return texts
        if len(paths) == 1:
            # It holds the mark itself.
            return [text]
        middle = len(paths) // 2
        halves = await asyncio.gather(self._together(paths[:middle]), self._together(paths[middle:]))
        return [text for half in halves for text in half]

    async def _marked(self) -> tuple[Path, str, str]:
        """The tokens of a mark, its text at the beginning, and its text after something else, which may have a
        blank."""
        if self._mark is None:
            for sign in _SIGNS:
                tokens = await self.endpoint.tokenize_text(sign)
                if not tokens:
                    continue
                first, twice = await self.endpoint.text_of(tokens), await self.endpoint.text_of((*tokens, *tokens))
                self._mark = tokens, first, twice.removeprefix(first)
                if first.strip() == sign and self._mark[2].strip() == sign:
                    break
            if self._mark is None:
                raise self.endpoint.error(MALFORMED, "the server does not tokenize a plain text")
        return self._mark

    async def _look_for_ending(self) -> None:
        """Learn the token with which the chat template ends a reply, as far as rendered chats of the past show one."""
        user = {"role": "user", "content": "x"}
        seven, eight = [
            await self.endpoint.tokenize([user, {"role": "assistant", "content": text}], self.template, closed=True)
            for text in ("7", "8")
        ]
        common = _first_common(seven or (), eight or ())
        await self._learn(common)
        # A blank after a reply is no sign that it is over.
        self._special |= {token for token in common if not self._texts[token].isspace()}
        self._looked = True


def _first_common(one: Sequence[int], other: Sequence[int]) -> Sequence[int]:
    """The first token of the ending that two different sequences have in common; none where they have none."""
    size = 0
    while size < min(len(one), len(other)) and one[-size - 1] == other[-size - 1]:
        size += 1
    return one[len(one) - size :][:1] if one != other else ()


def _parts(whole: Sequence[_Part], size: int) -> list[Sequence[_Part]]:
    return [whole[start : start + size] for start in range(0, len(whole), size)]
