"""A hosted judge on loopback: it names its model and its fingerprint, and a test may put another one behind the name.

How it rates a prompt hangs on the prompt alone: some number from 20 to 79, moved by `shift`. With `spread` it draws its
answers; without, it gives exact probabilities, which `noise` changes a little from call to call.
"""

from __future__ import annotations

import hashlib
import math
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import ThreadingHTTPServer
from threading import Lock
from typing import Any

from tests.listening import JsonHandler, listening


def meant(prompt: str) -> int:
    """What a judge with no shift thinks of a prompt."""
    return 20 + int(hashlib.sha256(prompt.encode()).hexdigest(), 16) % 60


class Hosted(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, model: object, spread: float | None) -> None:
        self.model = model
        self.spread = spread
        self.fingerprint: object = None
        self.shift = 0
        self.noise = 0.0
        self.rated: list[str] = []
        self.calls = 0
        # Called before each answer with how many were given.
        self.before: Callable[[int], None] = lambda _: None
        # So many answers in all, and then an error with this status.
        self.most: int | None = None
        self.status = 520
        self.chance = random.Random(7)
        self.lock = Lock()
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def reply(self, body: dict[str, Any]) -> dict[str, Any]:
        prompt = body["messages"][-1]["content"]
        self.before(self.calls)
        self.calls += 1
        probing = "exactly this number" in prompt
        if not probing:
            self.rated.append(prompt)
        middle = 73 if probing else meant(prompt) + self.shift
        choices = [self._choice(middle, probing, bool(body.get("logprobs"))) for _ in range(body.get("n") or 1)]
        told = {"model": self.model, "system_fingerprint": self.fingerprint}
        usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
        head = {"id": "x", "object": "chat.completion", "created": 0, "usage": usage}
        return {**head, "choices": choices, **{name: value for name, value in told.items() if value is not None}}

    def _choice(self, middle: int, probing: bool, logprobs: bool) -> dict[str, Any]:
        if self.spread is not None:
            drawn = middle if probing else round(self.chance.gauss(middle, self.spread))
            return {"index": 0, "finish_reason": "stop", "message": _message(str(min(100, max(0, drawn))))}
        choice: dict[str, Any] = {"index": 0, "finish_reason": "stop", "message": _message(str(middle))}
        if logprobs:
            weights = {middle: 0.6, middle - 5: 0.2, middle + 5: 0.2}
            if not probing:
                weights = {n: w * math.exp(self.chance.gauss(0, self.noise)) for n, w in weights.items()}
            logs = {str(n): math.log(w / sum(weights.values())) for n, w in weights.items()}
            top = [{"token": token, "logprob": log} for token, log in logs.items()]
            token = {"token": str(middle), "logprob": logs[str(middle)], "top_logprobs": top}
            choice["logprobs"] = {"content": [token]}
        return choice


def _message(text: str) -> dict[str, str]:
    return {"role": "assistant", "content": text}


class _Handler(JsonHandler):
    server: Hosted

    def do_GET(self) -> None:
        self.send({"object": "list", "data": [{"id": "judge"}]})

    def do_POST(self) -> None:
        body = self.body()
        if not self.path.endswith("/chat/completions"):
            self.send({"error": {"message": "no such path"}}, 404)
            return
        with self.server.lock:
            if self.server.most is not None and self.server.calls >= self.server.most:
                self.send({"error": {"message": "no more"}}, self.server.status)
                return
            reply = self.server.reply(body)
        self.send(reply)


@contextmanager
def hosted(model: object = "judge-2026-01-01", spread: float | None = None) -> Iterator[Hosted]:
    """A judge that names itself `model`; None for one that does not."""
    with listening(Hosted(model, spread)) as server:
        yield server
