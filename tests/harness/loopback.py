"""An OpenAI-compatible server on loopback that answers what a function says and keeps every request body.

A number instead of a text is an HTTP status. With `template` the server also has vLLM's /tokenize and /detokenize: one
token per character of what `template` makes of the messages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import ThreadingHTTPServer
from typing import Any

from tests.listening import JsonHandler, listening

Answer = Callable[[dict[str, Any]], str | int]
Template = Callable[[list[dict[str, Any]]], str]


class Loopback(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, answer: Answer, template: Template | None, finish: str) -> None:
        self.answer = answer
        self.template = template
        self.finish = finish
        self.rendered: list[dict[str, Any]] = []
        self.bodies: list[dict[str, Any]] = []
        self.names: list[str] = []
        self.usage: dict[str, int] = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"


class _Handler(JsonHandler):
    server: Loopback

    def do_GET(self) -> None:
        self.send({"object": "list", "data": [{"id": name} for name in self.server.names]})

    def do_POST(self) -> None:
        body = self.body()
        template = self.server.template
        if self.path == "/tokenize" and template:
            self.server.rendered.append(body)
            self.send({"tokens": [ord(character) for character in template(body["messages"])]})
            return
        if self.path == "/detokenize" and template:
            self.send({"prompt": "".join(map(chr, body["tokens"]))})
            return
        if not self.path.endswith("/chat/completions"):
            self.send_error(404)
            return
        self.server.bodies.append(body)
        text = self.server.answer(body)
        if isinstance(text, int):
            self.send({"error": {"message": "refused by the test", "code": text}}, text)
            return
        reply = {
            "id": "x",
            "object": "chat.completion",
            "created": 0,
            "model": body["model"],
            "choices": [
                {"index": 0, "finish_reason": self.server.finish, "message": {"role": "assistant", "content": text}},
            ],
            "usage": self.server.usage,
        }
        self.send(reply)


@contextmanager
def loopback(answer: Answer, template: Template | None = None, finish: str = "stop") -> Iterator[Loopback]:
    server = Loopback(answer, template, finish)
    with listening(server):
        yield server
