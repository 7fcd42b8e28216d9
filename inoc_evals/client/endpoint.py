"""A model behind an OpenAI-compatible server: chats, exact next tokens, tokens and rendered prompts, with retries."""

from __future__ import annotations

import asyncio
import hashlib
import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Self, TypeVar

from inoc_evals.client import replies, told
from inoc_evals.client.drawing import PLAIN, REFUSED_REQUEST, Drawing
from inoc_evals.client.errors import EMPTY, INCOMPLETE, MALFORMED, TIMEOUT, UNREACHABLE, ServerError, Unreadable
from inoc_evals.client.post import FIRST_WAIT_S, Failure, connected, post, wait_before
from inoc_evals.client.usage import Usage, tell

if TYPE_CHECKING:
    import aiohttp

# Messages with a role and a content; a text is one message of the user.
Prompt = str | Sequence[Mapping[str, str]]
# What vLLM must be told to go on with a last message of the assistant instead of answering it.
CONTINUE: Mapping[str, bool] = {"add_generation_prompt": False, "continue_final_message": True}
# Under which key vLLM takes arguments of the chat template.
TEMPLATE = "chat_template_kwargs"
# Templates know of a model's thinking by one of these names.
ON: Mapping[str, Any] = {"enable_thinking": True, "thinking": True}
OFF: Mapping[str, Any] = {"enable_thinking": False, "thinking": False}
TRIES, CONNECTIONS = 7, 64
# A reply that cannot be read may be a gateway's, but a server that always replies so must not be asked for ever.
READABLE_TRIES = 3
TIMEOUT_S = 120.0
_MAX_IDS = 128  # vLLM's limit for logprob_token_ids
_NO_SUCH_PATH = frozenset({"refused_404", "refused_405"})
# Causes of a server that has another path of that name.
_OTHER_PATH = _NO_SUCH_PATH | {"refused_400", MALFORMED}
# What paths end with at which a model is asked; at the others it only makes tokens of texts.
_ASKS = "completions"
_LONGEST_NAME = 200  # characters of a name that a server gives
_Read = TypeVar("_Read")


@dataclass(frozen=True)
class Rendered:
    """The text and the tokens that a server's chat template makes of messages; `limit` is how many of them prompt and
    reply may have together, None where the server does not tell."""

    text: str
    tokens: tuple[int, ...]
    limit: int | None = None

    def record(self) -> dict[str, str]:
        """Text and hash of the tokens, as they are stored with a response under `rendered_prompt`."""
        digest = hashlib.sha256(json.dumps(list(self.tokens)).encode()).hexdigest()
        return {"text": self.text, "token_sha256": digest}


@dataclass
class Endpoint:
    """One model behind `url` (up to and including /v1). Bound to the event loop that first uses it, until it is closed.

    `connections` requests are under way at once, those included that wait for another try. A request is tried `tries`
    times in all while the server is away or busy, and `timeout_s` is the longest silence within one. Every method
    raises ServerError for a request that stays failed.
    """

    url: str
    model: str
    key: str | None = field(default=None, repr=False)
    connections: int = CONNECTIONS
    first_wait_s: float = FIRST_WAIT_S
    tries: int = TRIES
    timeout_s: float = TIMEOUT_S
    usage: Usage = field(default=Usage(), init=False)
    drawing: Drawing = field(default_factory=Drawing, init=False, repr=False)
    _session: aiohttp.ClientSession | None = field(default=None, init=False, repr=False)
    _gate: asyncio.Semaphore = field(init=False, repr=False)
    _down: bool = field(default=False, init=False, repr=False)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections; the next call opens new ones."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    def forget(self) -> None:
        """Drop connections that belong to an event loop that has ended."""
        self._session = None
        self._down = False

    async def chat(self, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """The reply to a chat request that is ready to be sent but for the model's name; it has a choice at least."""
        return await self._ask(self._path("chat/completions"), body, replies.with_choices)

    async def first_tokens(self, prompt: Prompt) -> tuple[str, Mapping[str, float]]:
        """The likeliest first token and up to twenty first tokens with their probabilities.

        Raises ServerError "empty" for a reply without a token and "malformed" for one without usable log probabilities.
        """
        options = {"max_tokens": 1, "temperature": 0, "logprobs": True, "top_logprobs": 20}
        return await self._chat(prompt, options, replies.first_tokens)

    async def likeliest(self, text: str, *, chat: bool = True) -> Mapping[str, float]:
        """The likeliest first tokens of the reply to `text`, without thinking, up to twenty with their probabilities,
        or without `chat` those that follow it as it stands. vLLM works it out anew, whatever it was asked before.

        Raises ServerError as `first_tokens` does.
        """
        # What is computed in part from a cache is rounded otherwise.
        fresh = {"max_tokens": 1, "temperature": 0, "cache_salt": secrets.token_hex(8)}
        if chat:
            # The mark that begins all thinking says nothing about a model.
            options = {**fresh, "logprobs": True, "top_logprobs": 20, TEMPLATE: OFF}
            return (await self._chat(text, options, replies.first_tokens))[1]
        return await self._ask(self._path("completions"), {"prompt": text, **fresh, "logprobs": 20}, replies.followers)

    async def probe(self, prompt: Prompt) -> tuple[str, Sequence[str]] | None:
        """The text and the tokens of a short greedy reply, no tokens where it comes without log probabilities; None if
        the server refuses to tell those of twenty tokens, or its reply cannot be read."""
        options = {"max_tokens": 4, "temperature": 0, "logprobs": True, "top_logprobs": 20}
        try:
            found = await self._chat(prompt, options, replies.said)
        except Unreadable:
            return None
        except ServerError as error:
            if error.cause in REFUSED_REQUEST:
                return None
            raise
        self.drawing.dialect = PLAIN
        return found

    async def sample(
        self,
        prompt: Prompt,
        count: int,
        max_tokens: int,
        temperature: float,
        template: Mapping[str, Any] | None = None,
    ) -> list[str]:
        """`count` replies, `template` being arguments of vLLM's chat template. How the server wants to be asked for
        them is learnt from what it refuses."""

        async def ask(options: Mapping[str, Any], wanted: int) -> list[str]:
            return await self._chat(prompt, {**options, **_arguments(template)}, partial(replies.texts, wanted=wanted))

        return await self.drawing.texts(ask, count, max_tokens, temperature)

    async def rendered(self, prompt: Prompt, template: Mapping[str, Any] | None = None) -> Rendered | None:
        """What the server's chat template, with the arguments `template`, makes of the messages, up to where the reply
        goes on; None where the server has no such paths (only vLLM has). Raises ServerError "refused_400" where the
        template refuses the messages."""
        try:
            tokens, limit = await self._ask(
                self._beside("tokenize"), _opened(prompt, template), replies.tokens_and_limit
            )
            text = await self.text_of(tokens)
        except ServerError as error:
            if error.cause in _NO_SUCH_PATH:
                return None
            raise
        return Rendered(text, tokens, limit)

    async def tokenize(
        self, prompt: Prompt, template: Mapping[str, Any] | None = None, *, closed: bool = False
    ) -> tuple[int, ...] | None:
        """Tokens of a chat as vLLM renders it with the arguments `template`, up to where the reply goes on, or `closed`
        as a chat of the past; None where the server has no such path."""
        body = _opened(prompt, template)
        if closed:
            body = {"messages": _messages(prompt), "add_generation_prompt": False, **_arguments(template)}
        return await self._tokenized(body, replies.token_ids)

    async def tokenize_text(self, text: str) -> tuple[int, ...] | None:
        """Tokens of a plain text without special tokens; None where the server has no such path."""
        return await self._tokenized({"prompt": text, "add_special_tokens": False}, replies.token_ids)

    async def token_texts(self, text: str) -> Sequence[str] | None:
        """The texts of the tokens of a plain text; None where the server does not tell them."""
        body = {"prompt": text, "add_special_tokens": False, "return_token_strs": True}
        return await self._tokenized(body, replies.token_texts)

    async def next_tokens(
        self, prompt: Sequence[int], prefixes: Sequence[Sequence[int]], wanted: Sequence[Sequence[int]]
    ) -> list[dict[int, float]]:
        """Exact log probabilities of the `wanted` next tokens after `prompt` + each prefix (vLLM only).

        Prefixes share a request as long as that wants no more than 128 tokens, as many as one may name.
        """
        logs: list[dict[int, float]] = [{} for _ in prefixes]

        async def shared(tokens: Sequence[int], indices: Sequence[int]) -> None:
            body = {
                "prompt": [[*prompt, *prefixes[index]] for index in indices],
                "max_tokens": 1,
                "temperature": 0,
                "logprobs": 1,
                "logprob_token_ids": list(tokens),
                "return_tokens_as_token_ids": True,
            }
            read = partial(replies.named_logs, count=len(indices), tokens=tokens)
            for index, named in zip(indices, await self._ask(self._path("completions"), body, read), strict=True):
                logs[index] |= {token: named[token] for token in wanted[index] if token in named}

        await asyncio.gather(*(shared(tokens, indices) for tokens, indices in _requests(wanted)))
        return logs

    async def likely_next(
        self, prompt: Sequence[int], prefixes: Sequence[Sequence[int]], top: int
    ) -> list[dict[int, float]]:
        """Exact log probabilities of the `top` likeliest tokens after `prompt` + each prefix, by token (vLLM only). A
        server that lists fewer raises ServerError "refused_400"."""
        body = {
            "prompt": [[*prompt, *prefix] for prefix in prefixes],
            "max_tokens": 1,
            "temperature": 0,
            "logprobs": top,
            "return_tokens_as_token_ids": True,
        }
        return await self._ask(self._path("completions"), body, partial(replies.listed_logs, count=len(prefixes)))

    async def text_of(self, tokens: Sequence[int]) -> str:
        """What tokens are as a text (vLLM only)."""
        return await self._ask(self._beside("detokenize"), {"tokens": list(tokens)}, replies.plain_text)

    async def prompt_logs(self, texts: Sequence[str]) -> list[list[float]]:
        """Natural logarithms of the probabilities of the tokens of each text, each after those before it, as the texts
        stand (vLLM only). A first token that nothing stands before has none."""
        body = {"prompt": list(texts), "max_tokens": 1, "temperature": 0, "prompt_logprobs": 0}
        return await self._ask(self._path("completions"), body, partial(replies.prompt_logs, count=len(texts)))

    async def _tokenized(self, body: Mapping[str, Any], read: Callable[[Mapping[str, Any]], _Read]) -> _Read | None:
        try:
            return await self._ask(self._beside("tokenize"), body, read)
        except ServerError as error:
            if error.cause in _OTHER_PATH:
                return None
            raise

    async def _chat(self, prompt: Prompt, options: Mapping[str, Any], read: Callable[[Any], _Read]) -> _Read:
        return await self._ask(self._path("chat/completions"), {"messages": _messages(prompt), **options}, read)

    def _path(self, name: str) -> str:
        return f"{self.url.rstrip('/')}/{name}"

    def _beside(self, name: str) -> str:
        """Where vLLM has what OpenAI's interface lacks."""
        return f"{self.url.rstrip('/').removesuffix('/v1')}/{name}"

    async def _ask(self, url: str, body: Mapping[str, Any], read: Callable[[Mapping[str, Any]], _Read]) -> _Read:
        """What `read` makes of the reply; a reply that cannot be read is asked for anew. Raises ServerError."""
        failure: ServerError = self.error(MALFORMED, "no call was made")
        for _ in range(READABLE_TRIES):
            try:
                session = self._connected()
                async with self._gate:
                    reply = await self._post(session, url, {"model": self.model, **body})
                return read(reply)
            except ServerError as error:
                if error.cause not in (MALFORMED, EMPTY):
                    raise
                failure = error
        # What reads a reply does not know whose it is.
        raise self.error(failure.cause, failure.said, type(failure)) from None

    async def _post(self, session: aiohttp.ClientSession, url: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """One call with retries. While the server is known to be away a call is tried only once."""
        failure = Failure(UNREACHABLE, "no call was made", again=True)
        for attempt in range(1 if self._down else self.tries):
            if attempt:
                await asyncio.sleep(wait_before(attempt, self.first_wait_s, failure.wait_s))
            reply = await post(session, url, body, self.key)
            if not isinstance(reply, Failure):
                self._down = False
                told.note(reply.get("model"), reply.get("system_fingerprint"))
                if url.endswith(_ASKS):
                    self._count(reply)
                return reply
            failure = reply
            if not failure.again or failure.cause == MALFORMED:
                break
        if failure.cause in (UNREACHABLE, TIMEOUT, INCOMPLETE):
            self._down = True
        raise self.error(failure.cause, failure.said)

    def error(self, cause: str, said: str, kind: type[ServerError] = ServerError) -> ServerError:
        """The error for this server and model."""
        said = said.replace(self.key, "...") if self.key else said
        return kind(cause, said, f"the server at {self.url} does not answer a request for {self.model}")

    def _connected(self) -> aiohttp.ClientSession:
        import aiohttp

        if self._session is None:
            # The wait for a free connection is not the server's slowness.
            timeout = aiohttp.ClientTimeout(total=None, sock_connect=10, sock_read=self.timeout_s)
            self._session = connected(self.url, self.key, self.connections, timeout)
            self._gate = asyncio.Semaphore(self.connections)
        return self._session

    def _count(self, reply: Mapping[str, Any]) -> None:
        usage = replies.used(reply)
        self.usage += usage
        model = reply.get("model")
        tell(usage, model[:_LONGEST_NAME] if isinstance(model, str) else "")


def _requests(wanted: Sequence[Sequence[int]]) -> list[tuple[list[int], list[int]]]:
    """Tokens and the places of those who want some of them, so few that a request may name them."""
    found: list[tuple[list[int], list[int]]] = []
    for place, tokens in enumerate(wanted):
        for start in range(0, len(tokens), _MAX_IDS):
            part = tokens[start : start + _MAX_IDS]
            for together, places in found:
                new = [token for token in part if token not in together]
                if len(together) + len(new) <= _MAX_IDS:
                    together += new
                    places.append(place)
                    break
            else:
                found.append((list(part), [place]))
    return found


def _messages(prompt: Prompt) -> list[Mapping[str, str]]:
    return [{"role": "user", "content": prompt}] if isinstance(prompt, str) else list(prompt)


def _opened(prompt: Prompt, template: Mapping[str, Any] | None) -> dict[str, Any]:
    messages = _messages(prompt)
    going_on = messages[-1]["role"] == "assistant"
    how = CONTINUE if going_on else {"add_generation_prompt": True}
    return {"messages": messages, **how, **_arguments(template)}


def _arguments(template: Mapping[str, Any] | None) -> dict[str, Any]:
    return {TEMPLATE: dict(template)} if template else {}
