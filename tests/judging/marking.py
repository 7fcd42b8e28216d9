"""Judges behind a real server on loopback that read a mark in the response, and a rubric of two wordings for them."""

from __future__ import annotations

import hashlib
import re
import threading
from collections import Counter
from http.server import ThreadingHTTPServer
from typing import Any

from tests.listening import JsonHandler

RUBRIC = """
name: marks
version: 1-A
description: for a test
source: a test
sees: answer_only
answer: {answer}
instructions: Say how much.
rewording: Tell the amount.
"""
MARK = re.compile(r"(\w+)=([01])")


class Judges(ThreadingHTTPServer):
    """`first`, `second` and `twin` (who is like `first`) say what the response's mark holds for them, in nine draws of
    ten, which they draw anew whenever they are asked. `failing` is a text whose rating by `second` is refused."""

    daemon_threads = True
    request_queue_size = 128  # with fewer, many calls at once wait for their connection to be tried again

    def __init__(self) -> None:
        self.asked: Counter[tuple[str, str]] = Counter()
        self.lock = threading.Lock()
        self.bodies: list[dict[str, Any]] = []
        self.failing = "no such text"
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def answer(self, model: str, prompt: str) -> str:
        if "exactly this number" in prompt:
            return "73"
        with self.lock:
            self.asked[model, prompt] += 1
            seed = f"{model} {prompt} {self.asked[model, prompt]}"
        says = dict(MARK.findall(prompt))["first" if model == "twin" else model]
        turned = int(hashlib.sha256(seed.encode()).hexdigest(), 16) % 10 == 0
        yes, no = ("YES", "NO") if "YES or NO" in prompt else ("90", "10")
        return yes if (says == "1") != turned else no


class _Handler(JsonHandler):
    server: Judges

    def do_GET(self) -> None:
        self.send({"object": "list", "data": [{"id": name} for name in ("first", "second", "twin")]})

    def do_POST(self) -> None:
        body = self.body()
        if not self.path.endswith("/chat/completions"):
            self.send_error(404)
            return
        self.server.bodies.append(body)
        model, prompt = body["model"], body["messages"][-1]["content"]
        if model == "second" and self.server.failing in prompt:
            self.send({"error": {"message": "refused by the test"}}, 400)
            return
        said = [self.server.answer(model, prompt) for _ in range(body.get("n") or 1)]
        messages = [{"role": "assistant", "content": text} for text in said]
        choices = [{"index": n, "finish_reason": "stop", "message": each} for n, each in enumerate(messages)]
        usage = {"prompt_tokens": 9, "completion_tokens": len(said), "total_tokens": 9 + len(said)}
        self.send(
            {"id": "x", "object": "chat.completion", "created": 0, "model": model, "choices": choices, "usage": usage}
        )
