"""An OpenAI-compatible server as a judge's transport: retries with backoff, and a clear cause for what stays failed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from inoc_evals.client.post import FIRST_WAIT_S, Failure, connected, post, wait_before
from inoc_evals.judging import replies
from inoc_evals.judging.replies import EMPTY, INCOMPLETE, MALFORMED, JudgeError, Unreadable

if TYPE_CHECKING:
    import aiohttp

TRIES = 7
# A reply that cannot be read may be a gateway's, but a judge that always replies so must not be asked for ever.
READABLE_TRIES = 3
TIMEOUT_S = 120.0
_MAX_IDS = 128  # vLLM's limit for logprob_token_ids
# Causes of a server that has no such path, or another one of that name.
_NO_SUCH_PATH = frozenset({"judge_refused_404", "judge_refused_405", "judge_refused_400", MALFORMED})
_Read = TypeVar("_Read")


@dataclass(frozen=True)
class Usage:
    """Calls and tokens so far."""

    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0


@dataclass
class Endpoint:
    """One model behind `url` (up to and including /v1). Bound to the event loop that first uses it."""

    url: str
    model: str
    key: str | None = field(default=None, repr=False)
    connections: int = 64
    first_wait_s: float = FIRST_WAIT_S
    tries: int = TRIES
    usage: Usage = field(default=Usage(), init=False)
    _session: aiohttp.ClientSession | None = field(default=None, init=False, repr=False)
    _down: bool = field(default=False, init=False)

    async def close(self) -> None:
        """Close the connections; the next call opens new ones."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    def forget(self) -> None:
        """Drop connections that belong to an event loop that has ended."""
        self._session = None
        self._down = False

    async def first_tokens(self, prompt: str) -> tuple[str, Mapping[str, float]]:
        """The likeliest first token and up to twenty first tokens with their probabilities.

        Raises JudgeError "judge_empty" for a reply without a token and "judge_malformed" for one without usable
        log probabilities.
        """
        options = {"max_tokens": 1, "temperature": 0, "logprobs": True, "top_logprobs": 20}
        return await self._chat(prompt, options, replies.first_tokens)

    async def probe(self, prompt: str) -> Sequence[str] | None:
        """The tokens of a short greedy reply; None if the server gives no log probabilities that can be read."""
        options = {"max_tokens": 4, "temperature": 0, "logprobs": True, "top_logprobs": 5}
        try:
            return await self._chat(prompt, options, replies.tokens_said) or None
        except Unreadable:
            return None
        except JudgeError as error:
            if error.cause == "judge_refused_400":
                return None
            raise

    async def sample(self, prompt: str, count: int, max_tokens: int, temperature: float) -> list[str]:
        """`count` replies. A server that gives fewer choices than asked for is asked again."""
        texts: list[str] = []
        while len(texts) < count:
            wanted = count - len(texts) if temperature > 0 else 1
            extra = {"n": wanted} if wanted > 1 else {}
            options = {"max_tokens": max_tokens, "temperature": temperature, **extra}
            texts += await self._chat(prompt, options, partial(replies.texts, wanted=wanted))
        return texts

    async def tokenize(self, messages: Sequence[Mapping[str, str]], *, generation: bool) -> tuple[int, ...] | None:
        """Tokens of a chat as vLLM renders it; None where the server has no such path."""
        body = {"messages": list(messages), "add_generation_prompt": generation}
        return await self._tokenized(body, replies.token_ids)

    async def tokenize_text(self, text: str) -> tuple[int, ...] | None:
        """Tokens of a plain text without special tokens; None where the server has no such path."""
        return await self._tokenized({"prompt": text, "add_special_tokens": False}, replies.token_ids)

    async def token_texts(self, text: str) -> Sequence[str] | None:
        """The texts of the tokens of a plain text; None where the server does not tell them."""
        body = {"prompt": text, "add_special_tokens": False, "return_token_strs": True}
        return await self._tokenized(body, replies.token_texts)

    async def _tokenized(self, body: Mapping[str, Any], read: Callable[[Mapping[str, Any]], _Read]) -> _Read | None:
        root = self.url.rstrip("/").removesuffix("/v1")
        try:
            return await self._ask(f"{root}/tokenize", {"model": self.model, **body}, read)
        except JudgeError as error:
            if error.cause in _NO_SUCH_PATH:
                return None
            raise

    async def next_tokens(
        self, prompt: Sequence[int], prefixes: Sequence[Sequence[int]], wanted: Sequence[Sequence[int]]
    ) -> list[dict[int, float]]:
        """Exact log probabilities of the `wanted` next tokens after `prompt` + each prefix (vLLM only).

        Prefixes that want the same tokens share a request; a request may name 128 tokens.
        """
        found: list[dict[int, float]] = [{} for _ in prefixes]
        groups: dict[tuple[int, ...], list[int]] = {}
        for index, tokens in enumerate(wanted):
            for start in range(0, len(tokens), _MAX_IDS):
                groups.setdefault(tuple(tokens[start : start + _MAX_IDS]), []).append(index)

        async def one(tokens: tuple[int, ...], indices: list[int]) -> None:
            body = {
                "model": self.model,
                "prompt": [[*prompt, *prefixes[index]] for index in indices],
                "max_tokens": 1,
                "temperature": 0,
                "logprobs": 1,
                "logprob_token_ids": list(tokens),
                "return_tokens_as_token_ids": True,
            }
            url = f"{self.url.rstrip('/')}/completions"
            logs = await self._ask(url, body, partial(replies.named_logs, count=len(indices), tokens=tokens))
            for index, named in zip(indices, logs, strict=True):
                found[index] |= named

        await asyncio.gather(*(one(tokens, indices) for tokens, indices in groups.items()))
        return found

    async def _chat(self, prompt: str, options: Mapping[str, Any], read: Callable[[Mapping[str, Any]], _Read]) -> _Read:
        body = {"model": self.model, "messages": [{"role": "user", "content": prompt}], **options}
        return await self._ask(f"{self.url.rstrip('/')}/chat/completions", body, read)

    async def _ask(self, url: str, body: Mapping[str, Any], read: Callable[[Mapping[str, Any]], _Read]) -> _Read:
        """What `read` makes of the reply; a reply that cannot be read is asked for anew. Raises JudgeError."""
        failure = JudgeError(MALFORMED, "no call was made")
        for _ in range(READABLE_TRIES):
            try:
                return read(await self._post(url, body))
            except JudgeError as error:
                if error.cause not in (MALFORMED, EMPTY):
                    raise
                failure = error
        if self.key and self.key in str(failure):
            raise type(failure)(failure.cause, str(failure).replace(self.key, "...")) from None
        raise failure

    async def _post(self, url: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """One call with retries. While the server is known to be away a call is tried only once."""
        failure = JudgeError("judge_unreachable", "no call was made")
        asked_s = 0.0
        for attempt in range(1 if self._down else self.tries):
            if attempt:
                await asyncio.sleep(wait_before(attempt, self.first_wait_s, asked_s))
            reply = await post(self._connected(), url, body, self.key)
            if not isinstance(reply, Failure):
                self._down = False
                self._count(reply)
                return reply
            failure = JudgeError(f"judge_{reply.kind}", reply.message)
            if not reply.again or failure.cause == MALFORMED:
                raise failure
            asked_s = reply.wait_s
        if failure.cause in ("judge_unreachable", "judge_timeout", INCOMPLETE):
            self._down = True
        raise failure

    def _connected(self) -> aiohttp.ClientSession:
        import aiohttp

        if self._session is None:
            # The wait for a free connection is not the server's slowness.
            timeout = aiohttp.ClientTimeout(total=None, sock_connect=10, sock_read=TIMEOUT_S)
            self._session = connected(self.url, self.key, self.connections, timeout)
        return self._session

    def _count(self, reply: Mapping[str, Any]) -> None:
        prompt, completion = replies.used(reply)
        usage = self.usage
        self.usage = Usage(usage.calls + 1, usage.prompt_tokens + prompt, usage.completion_tokens + completion)
