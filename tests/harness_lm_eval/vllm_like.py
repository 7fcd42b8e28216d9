"""A loopback server with the paths of vLLM that matter here: models, chat, tokenize, detokenize and completions.

Tokens are characters, but "owl" is one token. The toy model's log probability of a next token depends on the token and
on how many there were before. Every request body is kept. Where `likely` is set it gives the likeliest next tokens with
their probabilities, or a status in their place; where `prompted` is set it gives the log probabilities of the tokens of
a text but for the first. An answer may be a whole message with the reason why it ended.

With `opens` the template lets the model think unless it is told not to, or `always`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import ThreadingHTTPServer
from typing import Any

from tests.listening import JsonHandler, listening

OWL = 100_000
Body = dict[str, Any]
Answer = Callable[[Body, int], str | int | tuple[Body, str] | None]


def chatml(messages: list[dict[str, str]], *, drop_system: bool = False) -> str:
    kept = [turn for turn in messages if not (drop_system and turn["role"] == "system")]
    return "".join(f"<{turn['role']}>{turn['content']}</>" for turn in kept)


def encode(text: str) -> list[int]:
    pieces = text.split("owl")
    tokens = [ord(character) for character in pieces[0]]
    for piece in pieces[1:]:
        tokens += [OWL, *(ord(character) for character in piece)]
    return tokens


def decode(tokens: list[int]) -> str:
    return "".join("owl" if token == OWL else chr(token) for token in tokens)


def log_probability(before: list[int], token: int) -> float:
    # So low that even a hundred next tokens together stay below a probability of one.
    return -6.0 - (token % 7) / 10 - (len(before) % 5) / 20


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, answer: Answer, models: list[str], drop_system: bool, port: int = 0) -> None:
        self.answer, self.models, self.drop_system = answer, models, drop_system
        self.likely: Callable[[Body], dict[str, float] | int] | None = None
        self.prompted: Callable[[Body, str], list[float]] | None = None
        self.finish = "stop"
        self.key = ""
        self.opens, self.always = "", False
        self.limit: int | None = None
        self.usage: Body = {}
        self.bodies: list[tuple[str, Body]] = []
        super().__init__(("127.0.0.1", port), _Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def sent(self, path: str = "/v1/chat/completions") -> list[Body]:
        return [body for where, body in self.bodies if where == path]


class _Handler(JsonHandler):
    protocol_version = "HTTP/1.1"
    # A reply is two packets, and the second would wait for the first to be acknowledged.
    disable_nagle_algorithm = True
    server: Server

    def do_GET(self) -> None:
        if self._allowed():
            self.send({"data": [{"id": name} for name in self.server.models]})

    def do_POST(self) -> None:
        body = self.body()
        if not self._allowed():
            return
        self.server.bodies.append((self.path, body))
        if self.path == "/tokenize":
            limit = {} if self.server.limit is None else {"max_model_len": self.server.limit}
            self.send({"tokens": self._tokens(body), **limit})
        elif self.path == "/detokenize":
            self.send({"prompt": decode(body["tokens"])})
        elif self.path == "/v1/completions" and "prompt_logprobs" in body:
            self._prompts(body)
        elif self.path == "/v1/completions" and "logprob_token_ids" not in body:
            self._likeliest(body)
        elif self.path == "/v1/completions":
            self.send({"choices": [self._scored(i, prompt, body) for i, prompt in enumerate(body["prompt"])]})
        else:
            self._chat(body)

    def _tokens(self, body: Body) -> list[int]:
        if "prompt" in body:
            return encode(body["prompt"])
        text = chatml(body["messages"], drop_system=self.server.drop_system)
        if body.get("continue_final_message"):
            text = text.removesuffix("</>")
        thinks = self.server.always or (body.get("chat_template_kwargs") or {}).get("enable_thinking") is not False
        opening = f"<assistant>{self.server.opens if thinks else ''}"
        return encode(text + (opening if body.get("add_generation_prompt") else ""))

    def _scored(self, index: int, prompt: list[int], body: Body) -> Body:
        top = {f"token_id:{token}": log_probability(prompt, token) for token in body["logprob_token_ids"]}
        return {"index": index, "text": "x", "logprobs": {"top_logprobs": [top]}}

    def _prompts(self, body: Body) -> None:
        if self.server.prompted is None:
            self.send({"error": {"message": "refused by the test"}}, 400)
            return
        choices = []
        for index, text in enumerate(body["prompt"]):
            places = [{str(number): {"logprob": log}} for number, log in enumerate(self.server.prompted(body, text))]
            choices.append({"index": index, "text": "x", "prompt_logprobs": [None, *places]})
        # vLLM answers in order; whoever reads it must not rely on that.
        self.send({"choices": choices[::-1]})

    def _likeliest(self, body: Body) -> None:
        found = self.server.likely(body) if self.server.likely else 400
        if isinstance(found, int):
            self.send({"error": {"message": "refused by the test"}}, found)
            return
        logs = {token: math.log(share) for token, share in found.items()}
        if "messages" not in body:
            self.send({"choices": [{"index": 0, "text": "x", "logprobs": {"top_logprobs": [logs]}}]})
            return
        top = [{"token": token, "logprob": log} for token, log in logs.items()]
        message = {"role": "assistant", "content": top[0]["token"]}
        logprobs = {"content": [{**top[0], "top_logprobs": top}]}
        self.send({"choices": [{"index": 0, "message": message, "logprobs": logprobs}]})

    def _chat(self, body: Body) -> None:
        if body.get("logprobs") and self.server.likely:
            self._likeliest(body)
            return
        choices = []
        for index in range(body.get("n") or 1):
            text = self.server.answer(body, index)
            if isinstance(text, int):
                self.send({"error": {"message": "refused by the test"}}, text)
                return
            said, finish = text if isinstance(text, tuple) else ({"content": text}, self.server.finish)
            message = {"role": "assistant", **said}
            choices.append({"index": index, "finish_reason": finish, "message": message})
        reply = {"id": "x", "object": "chat.completion", "created": 0, "model": body["model"], "choices": choices}
        self.send({**reply, **({"usage": self.server.usage} if self.server.usage else {})})

    def _allowed(self) -> bool:
        right = not self.server.key or self.headers.get("Authorization") == f"Bearer {self.server.key}"
        if not right:
            self.send({"error": {"message": "no such key"}}, 401)
        return right


@contextmanager
def vllm_like(answer: Answer, *models: str, drop_system: bool = False) -> Iterator[Server]:
    server = Server(answer, list(models) or ["arm"], drop_system)
    with listening(server):
        yield server


def path_log(start: str, text: str) -> float:
    """Log probability of `text` after `start`, one token after another."""
    before = encode(start)
    total = 0.0
    for token in encode(text):
        total += log_probability(before, token)
        before = [*before, token]
    return total if not math.isnan(total) else 0.0
