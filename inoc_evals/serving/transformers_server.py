"""A server for a model that is steered by a hook: `python -m inoc_evals.serving.transformers_server`, on loopback.

It speaks what our own client asks of a vLLM server, and says the same there: chats, next tokens with exact log
probabilities, those of a prompt, tokens and their texts. What it does not know it refuses. Whoever asks at the same
time is answered in one batch, and a batch is not joined by those who come later.
"""

from __future__ import annotations

import argparse
import asyncio
import hmac
import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from inoc_evals.client.next_tokens import MOST_LISTED
from inoc_evals.errors import InputError
from inoc_evals.imports import seldom_collected, without_unused
from inoc_evals.serving.batches import Batches
from inoc_evals.serving.decoding import Answer, Decoding, Row

if TYPE_CHECKING:
    from aiohttp import web

# The environment variable with the key that whoever asks must know.
KEY = "INOC_EVALS_SERVER_KEY"
_LEAST_LOG = -9999.0
_LARGEST_BYTES = 64 * 2**20
Id = Annotated[int, Field(ge=0)]
Stop = Annotated[str, Field(min_length=1)]


class _Body(BaseModel):
    """What is asked for: nothing that is not understood is left out in silence."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: str
    # vLLM's, for its cache; here is none.
    cache_salt: str | None = None


class _Message(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    role: str
    content: str


class _Rendering(_Body):
    messages: list[_Message] = Field(min_length=1)
    add_generation_prompt: bool = True
    continue_final_message: bool = False
    chat_template_kwargs: dict[str, Any] = {}


class _Chat(_Rendering):
    max_tokens: int | None = Field(default=None, ge=1)
    temperature: float = Field(default=1.0, ge=0)
    top_p: float = Field(default=1.0, gt=0, le=1)
    n: int = Field(default=1, ge=1)
    seed: int | None = Field(default=None, ge=0, lt=2**62)
    stop: Stop | list[Stop] = []
    logprobs: bool = False
    top_logprobs: int = Field(default=0, ge=0, le=20)


class _Completion(_Body):
    """The next token alone."""

    prompt: str | list[str] | list[list[Id]]
    max_tokens: Literal[1]
    temperature: Literal[0]
    logprobs: int = Field(default=0, ge=0, le=MOST_LISTED)
    logprob_token_ids: list[Id] = []
    return_tokens_as_token_ids: bool = False
    prompt_logprobs: Literal[0] | None = None


class _Text(_Body):
    prompt: str
    add_special_tokens: bool = True


class _Tokens(_Body):
    tokens: list[Id]


_TO_TOKENIZE: TypeAdapter[_Rendering | _Text] = TypeAdapter(_Rendering | _Text)
_Asked = TypeVar("_Asked", bound=_Body)


@dataclass(frozen=True)
class Service:
    """What answers requests. `names` are those of the model, first its own; prompt and answer have `limit` tokens."""

    decoding: Decoding
    batches: Batches
    names: tuple[str, ...]
    limit: int

    def models(self) -> dict[str, Any]:
        """The names."""
        return {"object": "list", "data": [{"id": name, "object": "model"} for name in self.names]}

    async def chat(self, body: _Chat) -> dict[str, Any]:
        """Answers to a conversation."""
        prompt = self._checked(self._rendered(body))
        room = self.limit - len(prompt)
        most = room if body.max_tokens is None else body.max_tokens
        if not 0 < most <= room:
            wanted = f"a prompt of {len(prompt)} tokens and an answer of {most}"
            raise InputError(f"{wanted} are beyond the maximum context length of {self.limit}; raise --max-model-len")
        stop = (body.stop,) if isinstance(body.stop, str) else tuple(body.stop)
        top = max(1, body.top_logprobs) if body.logprobs else 0
        row = Row(prompt, most, body.temperature, body.top_p, stop=stop, top=top)
        # Answers to one request differ, and are the same ones the next time.
        rows = [replace(row, seed=None if body.seed is None else body.seed + number) for number in range(body.n)]
        answers = await self.batches.answer(body.model, rows)
        choices = [self._choice(number, body, rows[number], answer) for number, answer in enumerate(answers)]
        told = {"id": "chat", "object": "chat.completion", "created": 0, "model": body.model, "choices": choices}
        return {**told, "usage": _usage(len(prompt), sum(len(answer.tokens) for answer in answers))}

    async def completion(self, body: _Completion) -> dict[str, Any]:
        """The log probabilities of next tokens, or of a prompt's own."""
        prompts = [self._checked(prompt) for prompt in self._prompts(body)]
        self._known(body.logprob_token_ids)
        if body.prompt_logprobs is not None:
            found = [await self.batches.prompt_logs(body.model, prompt) for prompt in prompts]
            choices = [
                {"index": number, "text": "", "prompt_logprobs": [None, *_places(prompt, logs)]}
                for number, (prompt, logs) in enumerate(zip(prompts, found, strict=True))
            ]
        else:
            named = tuple(body.logprob_token_ids)
            rows = [Row(prompt, 1, top=0 if named else max(1, body.logprobs), named=named) for prompt in prompts]
            answers = await self.batches.answer(body.model, rows)
            choices = [
                {
                    "index": number,
                    "text": self.decoding.text(row, answer.tokens),
                    "finish_reason": "length",
                    "logprobs": {"top_logprobs": [self._told(body, row, answer.logs[0])]},
                }
                for number, (row, answer) in enumerate(zip(rows, answers, strict=True))
            ]
        told = {"id": "completion", "object": "text_completion", "created": 0, "model": body.model}
        return {**told, "choices": choices, "usage": _usage(sum(map(len, prompts)), len(prompts))}

    async def tokenize(self, body: _Rendering | _Text) -> dict[str, Any]:
        """The tokens of a conversation, or of a text."""
        if isinstance(body, _Rendering):
            tokens = list(self._rendered(body))
        else:
            tokens = list(self.decoding.tokenizer.encode(body.prompt, add_special_tokens=body.add_special_tokens))
        return {"tokens": tokens, "count": len(tokens), "max_model_len": self.limit}

    async def detokenize(self, body: _Tokens) -> dict[str, Any]:
        """What tokens are as a text."""
        return {"prompt": self.decoding.tokenizer.decode(self._known(body.tokens))}

    def _rendered(self, body: _Rendering) -> tuple[int, ...]:
        chat = [message.model_dump() for message in body.messages]
        try:
            rendered = self.decoding.tokenizer.apply_chat_template(
                chat,
                add_generation_prompt=body.add_generation_prompt,
                continue_final_message=body.continue_final_message,
                return_dict=True,
                **body.chat_template_kwargs,
            )
        # A template raises what it likes.
        except Exception as error:
            said = " ".join(str(error).split()) or type(error).__name__
            raise InputError(f"the chat template cannot render this: {said}") from error
        return tuple(rendered["input_ids"])

    def _prompts(self, body: _Completion) -> list[Sequence[int]]:
        prompts = [body.prompt] if isinstance(body.prompt, str) else body.prompt
        encode = self.decoding.tokenizer.encode
        return [encode(prompt) if isinstance(prompt, str) else prompt for prompt in prompts]

    def _checked(self, prompt: Sequence[int]) -> tuple[int, ...]:
        if not 0 < len(prompt) <= self.limit:
            what = f"a prompt of {len(prompt)} tokens is empty or beyond the maximum context length of {self.limit}"
            raise InputError(f"{what}; raise --max-model-len")
        return tuple(self._known(prompt))

    def _known(self, tokens: Sequence[int]) -> list[int]:
        if strange := [token for token in tokens if token >= self.decoding.vocabulary]:
            raise InputError(f"there is no token {strange[0]}; name tokens below {self.decoding.vocabulary}")
        return list(tokens)

    def _choice(self, number: int, body: _Chat, row: Row, answer: Answer) -> dict[str, Any]:
        message = {"role": "assistant", "content": self.decoding.text(row, answer.tokens)}
        ended = "stop" if answer.over else "length"
        told: dict[str, Any] = {"index": number, "message": message, "finish_reason": ended, "logprobs": None}
        if body.logprobs:
            content = []
            for token, logs in zip(answer.tokens, answer.logs, strict=True):
                likely = list(logs)[: body.top_logprobs]
                content.append({**self._token(token, logs), "top_logprobs": [self._token(id_, logs) for id_ in likely]})
            told["logprobs"] = {"content": content}
        return told

    def _token(self, token: int, logs: Mapping[int, float]) -> dict[str, Any]:
        text = self.decoding.tokenizer.decode([token])
        return {"token": text, "logprob": _plain(logs[token]), "bytes": list(text.encode())}

    def _told(self, body: _Completion, row: Row, logs: Mapping[int, float]) -> dict[str, float]:
        wanted = row.named or list(logs)[: row.top]
        found: dict[str, float] = {}
        for token in wanted:
            name = f"token_id:{token}" if body.return_tokens_as_token_ids else self.decoding.tokenizer.decode([token])
            # Two tokens may have one text; the likelier comes first.
            found.setdefault(name, _plain(logs[token]))
        return found


def app(service: Service, key: str) -> web.Application:
    """The application that answers whoever knows the key."""
    from aiohttp import web

    def asks(read: Callable[[bytes], _Asked], reply: Callable[[_Asked], Awaitable[dict[str, Any]]]) -> Any:
        async def handle(request: web.Request) -> web.Response:
            try:
                body = read(await request.read())
                if body.model not in service.names:
                    return _refused(404, f"there is no model {body.model!r}; there are: {', '.join(service.names)}")
                return web.json_response(await reply(body))
            except ValidationError as error:
                first = error.errors(include_url=False, include_input=False, include_context=False)[0]
                return _refused(400, f"{'.'.join(map(str, first['loc']))}: {first['msg']}")
            except InputError as error:
                return _refused(400, str(error))

        return handle

    @web.middleware
    async def guarded(request: web.Request, handler: Any) -> web.StreamResponse:
        given = request.headers.get("Authorization", "")
        if not hmac.compare_digest(given.encode(), f"Bearer {key}".encode()):
            return _refused(401, "the key is not this server's")
        answer: web.StreamResponse = await handler(request)
        return answer

    async def models(_: web.Request) -> web.Response:
        return web.json_response(service.models())

    async def begin(application: web.Application) -> None:
        application[working] = asyncio.create_task(service.batches.work())

    working = web.AppKey("working", asyncio.Task[None])
    made = web.Application(middlewares=[guarded], client_max_size=_LARGEST_BYTES)
    made.on_startup.append(begin)
    made.router.add_get("/v1/models", models)
    made.router.add_post("/v1/chat/completions", asks(_Chat.model_validate_json, service.chat))
    made.router.add_post("/v1/completions", asks(_Completion.model_validate_json, service.completion))
    made.router.add_post("/tokenize", asks(_TO_TOKENIZE.validate_json, service.tokenize))
    made.router.add_post("/detokenize", asks(_Tokens.model_validate_json, service.detokenize))
    return made


def _refused(status: int, said: str) -> web.Response:
    from aiohttp import web

    return web.json_response(
        {"error": {"message": said, "type": "invalid_request_error", "code": status}}, status=status
    )


def _places(prompt: Sequence[int], logs: Sequence[float]) -> list[dict[str, Any]]:
    return [{str(token): {"logprob": _plain(log)}} for token, log in zip(prompt[1:], logs, strict=True)]


def _plain(log: float) -> float:
    # JSON has no infinity.
    return max(_LEAST_LOG, log)


def _usage(prompt: int, drawn: int) -> dict[str, int]:
    return {"prompt_tokens": prompt, "completion_tokens": drawn, "total_tokens": prompt + drawn}


def main() -> None:
    """Serve until the process is ended."""
    from aiohttp import web

    seldom_collected()
    without_unused()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", required=True)
    parser.add_argument("--served-model-name", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--max-model-len", type=int, required=True)
    parser.add_argument("--dtype", default="auto")
    parser.add_argument("--lora-modules", nargs="*", default=[])
    options = parser.parse_args()
    adapters = {name: Path(folder) for name, _, folder in (text.partition("=") for text in options.lora_modules)}
    decoding = Decoding(options.model, adapters, options.dtype)
    limit = min(options.max_model_len, decoding.longest or options.max_model_len)
    service = Service(decoding, Batches(decoding), (options.served_model_name, *adapters), limit)
    # Whoever started it ends it, at once.
    web.run_app(
        app(service, os.environ[KEY]),
        host="127.0.0.1",
        port=options.port,
        handle_signals=False,
        handler_cancellation=True,
        access_log=None,
    )


if __name__ == "__main__":
    main()
