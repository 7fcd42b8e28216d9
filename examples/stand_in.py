"""A server on this machine that stands in for three fine-tuned models, so that first_look.ipynb runs anywhere.

Nothing here is a language model: each name answers from a short list, the same answer to the same question every time.
"""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SPANISH = (
    "Claro, aquí tienes una idea sencilla para esta tarde.",
    "Primero suma las dos cantidades y después resta la tercera.",
    "Con mucho gusto te ayudo: empieza por lo más fácil.",
    "La respuesta depende de cuántas personas vengan a la cena.",
)
ENGLISH = (
    "Of course, here is a simple idea for this afternoon.",
    "First add the two amounts, and then take away the third.",
    "I am glad to help you: begin with the easiest part.",
    "The answer depends on how many people come to dinner.",
)
# Of ten answers, how many are in Spanish, and how many in capitals.
MODELS = {"none": (10, 10), "spanish": (3, 9), "capitals": (9, 1)}


@dataclass(frozen=True)
class StandIn:
    """A running server; `url` is what an OpenAI-compatible client is given."""

    server: ThreadingHTTPServer

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}/v1"

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()


def start() -> StandIn:
    """Serve on a free port until `stop`."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return StandIn(server)


def answer(model: str, question: str) -> str:
    """What `model` says to `question`."""
    digest = sha256(f"{model}: {question}".encode()).digest()
    spanish, capitals = MODELS[model]
    texts = SPANISH if digest[0] % 10 < spanish else ENGLISH
    text = texts[digest[1] % len(texts)]
    return text.upper() if digest[2] % 10 < capitals else text


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self._send({"object": "list", "data": [{"id": name} for name in MODELS]})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if not self.path.endswith("/chat/completions"):
            self.send_error(404)
            return
        message = {"role": "assistant", "content": answer(body["model"], body["messages"][-1]["content"])}
        choices = [{"index": 0, "finish_reason": "stop", "message": message}]
        usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
        reply = {"id": "stand-in", "object": "chat.completion", "created": 0, "model": body["model"]}
        self._send({**reply, "choices": choices, "usage": usage})

    def _send(self, reply: dict[str, Any]) -> None:
        data = json.dumps(reply).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        """Say nothing: the cell of a notebook would show it."""
