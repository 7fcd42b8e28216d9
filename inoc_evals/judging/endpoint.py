"""An OpenAI-compatible server as a judge's transport: retries with backoff, and a clear cause for what stays failed."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from inoc_evals.post import FIRST_WAIT_S, Failure, connected, post, wait_before

if TYPE_CHECKING:
    import aiohttp

TRIES = 7
TIMEOUT_S = 120.0
_MAX_IDS = 128  # vLLM's limit for logprob_token_ids


class JudgeError(Exception):
    """A call that stays failed; `cause` is what an unrated response is counted under."""

    def __init__(self, cause: str, message: str) -> None:
        super().__init__(message)
        self.cause = cause


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
        reply = await self._chat(prompt, max_tokens=1, temperature=0, logprobs=True, top_logprobs=20)
        choice = reply["choices"][0]
        content = (choice.get("logprobs") or {}).get("content")
        if not content:
            empty = not (choice.get("message") or {}).get("content")
            raise JudgeError("judge_empty" if empty else "judge_malformed", "the reply has no log probabilities")
        return str(content[0].get("token")), top_tokens(content[0])

    async def probe(self, prompt: str) -> Sequence[str] | None:
        """The tokens of a short greedy reply; None if the server gives no log probabilities."""
        try:
            reply = await self._chat(prompt, max_tokens=4, temperature=0, logprobs=True, top_logprobs=5)
        except JudgeError as error:
            if error.cause == "judge_refused_400":
                return None
            raise
        content = (reply["choices"][0].get("logprobs") or {}).get("content") or []
        return [str(entry.get("token")) for entry in content if isinstance(entry, dict)] or None

    async def sample(self, prompt: str, count: int, max_tokens: int, temperature: float) -> list[str]:
        """`count` replies. A server that gives fewer choices than asked for is asked again."""
        texts: list[str] = []
        while len(texts) < count:
            wanted = count - len(texts) if temperature > 0 else 1
            extra = {"n": wanted} if wanted > 1 else {}
            reply = await self._chat(prompt, max_tokens=max_tokens, temperature=temperature, **extra)
            found = [(choice.get("message") or {}).get("content") or "" for choice in reply["choices"]]
            if not any(text.strip() for text in found):
                raise JudgeError("judge_empty", "the reply is empty")
            texts += found[:wanted]
        return texts

    async def tokenize(self, messages: Sequence[Mapping[str, str]], *, generation: bool) -> tuple[int, ...] | None:
        """Tokens of a chat as vLLM renders it; None where the server has no such path."""
        body = {"model": self.model, "messages": list(messages), "add_generation_prompt": generation}
        return await self._tokens(body)

    async def tokenize_text(self, text: str) -> tuple[int, ...] | None:
        """Tokens of a plain text without special tokens; None where the server has no such path."""
        return await self._tokens({"model": self.model, "prompt": text, "add_special_tokens": False})

    async def _tokens(self, body: Mapping[str, Any]) -> tuple[int, ...] | None:
        root = self.url.rstrip("/").removesuffix("/v1")
        try:
            reply = await self._post(f"{root}/tokenize", body)
        except JudgeError as error:
            if error.cause in ("judge_refused_404", "judge_refused_405", "judge_refused_400", "judge_malformed"):
                return None
            raise
        tokens = reply.get("tokens")
        return tuple(tokens) if isinstance(tokens, list) else None

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
            reply = await self._post(f"{self.url.rstrip('/')}/completions", body)
            try:
                choices = sorted(reply["choices"], key=lambda choice: choice["index"])
                for index, choice in zip(indices, choices, strict=True):
                    top = choice["logprobs"]["top_logprobs"][0]
                    named = {int(name.removeprefix("token_id:")): float(value) for name, value in top.items()}
                    found[index] |= {token: named[token] for token in tokens}
            except (KeyError, TypeError, ValueError, IndexError):
                message = "the server does not give the log probabilities of named tokens"
                raise JudgeError("judge_malformed", message) from None

        await asyncio.gather(*(one(tokens, indices) for tokens, indices in groups.items()))
        return found

    async def _chat(self, prompt: str, **options: Any) -> dict[str, Any]:
        body = {"model": self.model, "messages": [{"role": "user", "content": prompt}], **options}
        reply = await self._post(f"{self.url.rstrip('/')}/chat/completions", body)
        choices = reply.get("choices")
        if not isinstance(choices, list) or not choices or not all(isinstance(choice, dict) for choice in choices):
            raise JudgeError("judge_malformed", "the reply has no choices")
        return reply

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
            if not reply.again:
                raise failure
            asked_s = reply.wait_s
        if failure.cause in ("judge_unreachable", "judge_timeout"):
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
        usage = reply.get("usage")
        usage = usage if isinstance(usage, dict) else {}
        self.usage = Usage(
            self.usage.calls + 1,
            self.usage.prompt_tokens + int(usage.get("prompt_tokens") or 0),
            self.usage.completion_tokens + int(usage.get("completion_tokens") or 0),
        )


def top_tokens(entry: Mapping[str, Any]) -> dict[str, float]:
    """Token text -> probability from one entry of `logprobs.content`. Raises JudgeError "judge_malformed".

    vLLM may list the sampled token twice, and masked tokens with -9999; both must not count.
    """
    listed = entry.get("top_logprobs")
    if not isinstance(listed, list) or not listed:
        raise JudgeError("judge_malformed", "the reply has no list of likely tokens")
    found: dict[str, float] = {}
    for one in listed:
        token, log = (one.get("token"), one.get("logprob")) if isinstance(one, dict) else (None, None)
        if not isinstance(token, str) or isinstance(log, bool) or not isinstance(log, (int, float)) or math.isnan(log):
            raise JudgeError("judge_malformed", "a likely token has no text or no log probability")
        if log > 1e-3:
            raise JudgeError("judge_malformed", "a log probability is above zero")
        found.setdefault(token, math.exp(min(0.0, log)))
    if sum(found.values()) > 1.01:
        raise JudgeError("judge_malformed", "the probabilities sum to more than one")
    return found
