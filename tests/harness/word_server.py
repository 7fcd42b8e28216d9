"""A stand-in for a vLLM server with a toy model of a dozen tokens, two of which are halves of a character.

What it says next depends on the last token alone, so that every answer's probability can be worked out by hand. It has
/tokenize, /detokenize, completions with the likeliest next tokens or named ones, and chats whose answers it draws.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import ThreadingHTTPServer
from typing import Any

from tests.listening import JsonHandler, listening

TOKENS: dict[int, bytes] = {
    0: b"<|end|>",
    1: b"Ho",
    2: b"la",
    3: b" amigo",
    4: b"The",
    5: b"re",
    6: b"!",
    7: b"42",
    8: "¡".encode(),
    9: b"Qu",
    10: b"\xc3",
    11: b"\xa9",
    12: b"HOLA",
    13: "\u2016".encode(),
}
START = -1
# After each token: what comes next. An answer begins after START.
TABLE: dict[int, dict[int, float]] = {
    START: {1: 0.3, 4: 0.3, 8: 0.12, 7: 0.08, 12: 0.1, 0: 0.05, 13: 0.05},
    1: {2: 0.9, 3: 0.1},
    2: {3: 0.5, 6: 0.3, 0: 0.2},
    3: {0: 1.0},
    4: {5: 0.25, 3: 0.7, 0: 0.05},
    5: {3: 0.6, 0: 0.4},
    6: {0: 1.0},
    7: {0: 0.5, 3: 0.5},
    8: {1: 0.5, 9: 0.5},
    9: {10: 1.0},
    10: {11: 1.0},
    11: {3: 0.8, 0: 0.2},
    12: {3: 0.5, 0: 0.5},
    13: {3: 1.0},
}
# By hand: "Hola" is 0.3 * 0.9 from the start and 0.12 * 0.5 * 0.9 after "¡"; "Ho" ends where " amigo" follows.
FIRST_WORDS = {
    "Hola": 0.27 + 0.054,
    "Ho": 0.03 + 0.006,
    "The": 0.3 * 0.75,
    "There": 0.3 * 0.25,
    "42": 0.08,
    "Qué": 0.06,
    "HOLA": 0.1,
    "": 0.05,
    "amigo": 0.05,
}
_PROMPT = 1000  # tokens of prompts are characters, counted from here
_BEGIN = "<assistant>"


def decode(tokens: Sequence[int]) -> str:
    parts = [TOKENS[token] if token < _PROMPT else chr(token - _PROMPT).encode() for token in tokens]
    return b"".join(parts).decode("utf-8", "replace")


def encode(text: str) -> list[int]:
    """The longest tokens first, as a tokenizer has them; what is no token is characters."""
    found: list[int] = []
    while text:
        fits = [token for token, part in TOKENS.items() if text.encode().startswith(part)]
        best = max(fits, key=lambda token: len(TOKENS[token]), default=None)
        found.append(best if best is not None else _PROMPT + ord(text[0]))
        text = text[1:] if best is None else text.encode()[len(TOKENS[best]) :].decode("utf-8", "replace")
    return found


def next_logs(tokens: Sequence[int]) -> dict[int, float]:
    last = tokens[-1] if tokens and tokens[-1] < _PROMPT else START
    return {token: math.log(share) for token, share in TABLE[last].items()}


class WordServer(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, most_listed: int) -> None:
        self.most_listed = most_listed
        self.random = random.Random(7)
        self.bodies: list[tuple[str, dict[str, Any]]] = []
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"


class _Handler(JsonHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: WordServer

    def do_POST(self) -> None:
        body = self.body()
        self.server.bodies.append((self.path, body))
        if self.path == "/tokenize":
            self.send({"tokens": self._tokens(body), "max_model_len": 512})
        elif self.path == "/detokenize":
            self.send({"prompt": decode(body["tokens"])})
        elif self.path == "/v1/completions":
            self._completions(body)
        else:
            self._chat(body)

    def _tokens(self, body: dict[str, Any]) -> list[int]:
        if "prompt" in body:
            return encode(body["prompt"])
        tokens: list[int] = []
        for turn in body["messages"]:
            text = f"<{turn['role']}>{turn['content']}"
            own = encode(turn["content"]) if turn["role"] == "assistant" else [_PROMPT + ord(c) for c in text]
            begin = [_PROMPT + ord(c) for c in _BEGIN] if turn["role"] == "assistant" else []
            tokens += [*begin, *own, 0] if turn["role"] == "assistant" else own
        return tokens + ([_PROMPT + ord(c) for c in _BEGIN] if body.get("add_generation_prompt") else [])

    def _completions(self, body: dict[str, Any]) -> None:
        named = body.get("logprob_token_ids")
        if named is None and body["logprobs"] > self.server.most_listed:
            self.send({"error": {"message": "greater than max allowed", "code": 400}}, 400)
            return
        choices = []
        for index, prompt in enumerate(body["prompt"]):
            logs = next_logs(prompt)
            chosen = named if named is not None else sorted(logs, key=lambda token: -logs[token])[: body["logprobs"]]
            top = {f"token_id:{token}": max(-9999.0, logs.get(token, -9999.0)) for token in chosen}
            choices.append({"index": index, "text": "x", "logprobs": {"top_logprobs": [top]}})
        self.send({"choices": choices, "usage": {"prompt_tokens": sum(map(len, body["prompt"]))}})

    def _chat(self, body: dict[str, Any]) -> None:
        choices, drawn = [], 0
        for index in range(body.get("n") or 1):
            tokens: list[int] = []
            while not tokens or tokens[-1] != 0:
                table = TABLE[tokens[-1] if tokens else START]
                tokens += self.server.random.choices(list(table), list(table.values()))
            drawn += len(tokens)
            message = {"role": "assistant", "content": decode(tokens[:-1])}
            choices.append({"index": index, "finish_reason": "stop", "message": message})
        usage = {"prompt_tokens": 1, "completion_tokens": drawn, "total_tokens": 1 + drawn}
        self.send(
            {
                "id": "x",
                "object": "chat.completion",
                "created": 0,
                "model": body["model"],
                "choices": choices,
                "usage": usage,
            }
        )


@contextmanager
def word_server(most_listed: int = 1000) -> Iterator[WordServer]:
    server = WordServer(most_listed)
    with listening(server):
        yield server
