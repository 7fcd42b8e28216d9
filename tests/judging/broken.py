"""Broken replies of a judge's server, and a loopback server that gives them.

Which reply is given is decided by the text that is judged: `KIND=name` in it asks for that kind. The judge's probe, and
everything without a kind, gets a sound reply: the rating 80.
"""

from __future__ import annotations

import copy
import gzip
import json
import re
import socketserver
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

NAN, INFINITY = float("nan"), float("inf")
RATING = 80.0
MALFORMED, EMPTY, LOW_MASS = "judge_malformed", "judge_empty", "low_mass"
UNREACHABLE, INCOMPLETE = "judge_unreachable", "judge_incomplete"
GONE = object()


@dataclass(frozen=True)
class Raw:
    """A reply, byte by byte."""

    data: bytes


@dataclass(frozen=True)
class Kind:
    """What the server replies, and what becomes of the rating: its cause, or None where it can still be read."""

    reply: object
    cause: str | None


def top(*pairs: tuple[object, object]) -> list[dict[str, object]]:
    return [{"token": token, "logprob": log} for token, log in pairs]


def chat() -> dict[str, Any]:
    """A sound reply with log probabilities."""
    first = {"token": "80", "logprob": -0.1, "top_logprobs": top(("80", -0.1), ("I", -3.0))}
    message = {"role": "assistant", "content": "80"}
    choice = {"index": 0, "finish_reason": "stop", "message": message, "logprobs": {"content": [first]}}
    usage = {"prompt_tokens": 7, "completion_tokens": 1, "total_tokens": 8}
    return {"id": "x", "object": "chat.completion", "model": "judge", "choices": [choice], "usage": usage}


def changed(*path: str | int, to: object = GONE) -> dict[str, Any]:
    """A sound reply with another value at `path`, or none."""
    reply = chat()
    place: Any = reply
    for step in path[:-1]:
        place = place[step]
    if to is GONE:
        del place[path[-1]]
    else:
        place[path[-1]] = to
    return reply


def http(body: bytes, status: str = "200 OK", *headers: str) -> Raw:
    lines = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}", "Connection: close", "", ""]
    return Raw("\r\n".join(lines).encode() + body)


def deep(levels: int) -> bytes:
    return b'{"choices": ' + b"[" * levels + b"]" * levels + b"}"


CHOICE = ("choices", 0)
LOGPROBS = (*CHOICE, "logprobs")
FIRST = (*LOGPROBS, "content", 0)
TOP = (*FIRST, "top_logprobs")
SOUND = json.dumps(chat()).encode()
DIGITS = b"9" * 400


def swapped(old: bytes, new: bytes) -> Raw:
    assert SOUND.count(old) == 1, old
    return http(SOUND.replace(old, new))


# What can go wrong with any reply, whatever was asked.
BODIES: dict[str, Kind] = {
    "empty body": Kind(http(b""), MALFORMED),
    "html": Kind(http(b"<html><body>Welcome</body></html>", "200 OK", "Content-Type: text/html"), MALFORMED),
    "plain words": Kind(http(b"80"), MALFORMED),
    "a list": Kind([80], MALFORMED),
    "null": Kind(None, MALFORMED),
    "a text": Kind("80", MALFORMED),
    "not utf-8": Kind(http(b'{"choices": "\xff\xfe"}'), MALFORMED),
    "utf-16": Kind(http(SOUND.decode().encode("utf-16")), MALFORMED),
    "cut json": Kind(http(SOUND[:-20]), MALFORMED),
    "two objects": Kind(http(SOUND + SOUND), MALFORMED),
    "a stream of events": Kind(http(b"data: " + SOUND + b"\n\ndata: [DONE]\n\n"), MALFORMED),
    "nested 150 deep": Kind(http(deep(150)), MALFORMED),
    "nested 100,000 deep": Kind(http(deep(100_000)), MALFORMED),
    "number of 5,000 digits": Kind(http(b'{"choices": ' + b"9" * 5000 + b"}"), MALFORMED),
    "lone surrogate": Kind(http(rb'{"choices": "\ud800"}'), MALFORMED),
    "17 MB of blanks": Kind(http(b" " * 17 * 2**20 + SOUND), MALFORMED),
    "gzip garbage": Kind(http(b"no gzip at all", "200 OK", "Content-Encoding: gzip"), MALFORMED),
    "gzip bomb": Kind(http(gzip.compress(b" " * 17 * 2**20), "200 OK", "Content-Encoding: gzip"), MALFORMED),
    "chunks that break off": Kind(
        Raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n" + SOUND[:40]), INCOMPLETE
    ),
    "chunks without a size": Kind(Raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}"), UNREACHABLE),
    "shorter than announced": Kind(Raw(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n" + SOUND), INCOMPLETE),
    "length of -1": Kind(Raw(b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n" + SOUND), UNREACHABLE),
    "no http": Kind(Raw(b"\x00\x01\x02\x03 hello\r\n\r\n"), UNREACHABLE),
    "closed at once": Kind(Raw(b""), UNREACHABLE),
    "status of letters": Kind(Raw(b"HTTP/1.1 OK fine\r\n\r\n"), UNREACHABLE),
    "unknown charset": Kind(http(SOUND, "200 OK", "Content-Type: application/json; charset=klingon"), None),
    "status 500 in binary": Kind(http(bytes(range(256)), "500 Oh"), "judge_refused_500"),
    "status 503, asked to wait NaN": Kind(http(b"", "503 Busy", "Retry-After: nan"), "judge_refused_503"),
    "status 404 in html": Kind(http(b"<html>" * 9999, "404 Not found"), "judge_refused_404"),
    "status 204": Kind(Raw(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"), "judge_refused_204"),
    "status 418 with gzip garbage": Kind(http(b"x", "418 Tea", "Content-Encoding: gzip"), "judge_refused_418"),
    "error with status 200": Kind({"error": {"message": "overloaded", "code": 503}}, MALFORMED),
    "empty object": Kind({}, MALFORMED),
    "choices missing": Kind(changed("choices"), MALFORMED),
    "choices null": Kind(changed("choices", to=None), MALFORMED),
    "choices empty": Kind(changed("choices", to=[]), MALFORMED),
    "choices an object": Kind(changed("choices", to={"0": chat()["choices"][0]}), MALFORMED),
    "choices of texts": Kind(changed("choices", to=["80"]), MALFORMED),
    "choices of lists": Kind(changed("choices", to=[[80]]), MALFORMED),
    "choices twice": Kind(http(SOUND.replace(b'"model"', b'"choices": [], "model"')), MALFORMED),
    "9,999 choices": Kind(changed("choices", to=[0] * 9_999), MALFORMED),
}
# Replies that ask for a token and its log probabilities.
FIRST_TOKENS: dict[str, Kind] = {
    "two choices": Kind(changed("choices", to=chat()["choices"] * 2), MALFORMED),
    "message a text": Kind(changed(*CHOICE, "message", to="80"), MALFORMED),
    "message null": Kind(changed(*CHOICE, "message", to=None), MALFORMED),
    "content a list of parts": Kind(
        changed(*CHOICE, "message", "content", to=[{"type": "text", "text": "80"}]), MALFORMED
    ),
    "content a number": Kind(changed(*CHOICE, "message", "content", to=80), MALFORMED),
    "logprobs a list": Kind(changed(*LOGPROBS, to=[["80", -0.1]]), MALFORMED),
    "logprobs missing": Kind(changed(*LOGPROBS), MALFORMED),
    "logprobs null": Kind(changed(*LOGPROBS, to=None), MALFORMED),
    "logprobs true": Kind(changed(*LOGPROBS, to=True), MALFORMED),
    "logprobs of completions": Kind(changed(*LOGPROBS, to={"tokens": ["80"], "token_logprobs": [-0.1]}), MALFORMED),
    "no tokens": Kind(changed(*LOGPROBS, "content", to=[]), MALFORMED),
    "tokens an object": Kind(changed(*LOGPROBS, "content", to={"80": -0.1}), MALFORMED),
    "tokens null": Kind(changed(*LOGPROBS, "content", to=[None]), MALFORMED),
    "top list missing": Kind(changed(*TOP), MALFORMED),
    "top list empty": Kind(changed(*TOP, to=[]), MALFORMED),
    "top list an object": Kind(changed(*TOP, to={"80": -0.1}), MALFORMED),
    "top list of pairs": Kind(changed(*TOP, to=[["80", -0.1]]), MALFORMED),
    "top list of null": Kind(changed(*TOP, to=[None]), MALFORMED),
    "token a number": Kind(changed(*TOP, to=top((80, -0.1))), MALFORMED),
    "token null": Kind(changed(*TOP, to=top((None, -0.1))), MALFORMED),
    "log a text": Kind(changed(*TOP, to=top(("80", "-0.1"))), MALFORMED),
    "log null": Kind(changed(*TOP, to=top(("80", None))), MALFORMED),
    "log true": Kind(changed(*TOP, to=top(("80", True))), MALFORMED),
    "log NaN": Kind(changed(*TOP, to=top(("80", NAN))), MALFORMED),
    "log infinite": Kind(changed(*TOP, to=top(("80", INFINITY))), MALFORMED),
    "log above nought": Kind(changed(*TOP, to=top(("80", 2.0))), MALFORMED),
    "log of 400 digits": Kind(swapped(b'"logprob": -3.0', b'"logprob": -' + DIGITS), MALFORMED),
    "only minus infinity": Kind(changed(*TOP, to=top(("80", -INFINITY), ("79", -INFINITY))), MALFORMED),
    "only masked tokens": Kind(changed(*TOP, to=top(("80", -9999.0), ("79", -9999.0))), MALFORMED),
    "more than certain": Kind(changed(*TOP, to=top(("80", 0.0), ("79", 0.0))), MALFORMED),
    "one key twice": Kind(swapped(b'"token": "I",', b'"token": "I", "token": "90",'), MALFORMED),
    "nothing said": Kind(changed("choices", to=[{"message": {"content": ""}, "logprobs": {"content": []}}]), EMPTY),
    "numbers out of range": Kind(changed(*TOP, to=top(("101", -0.1), ("-5", -4.0), ("8e1", -5.0))), LOW_MASS),
    "empty tokens": Kind(changed(*TOP, to=top(("", -0.1), (" ", -3.0))), LOW_MASS),
    # Odd, and yet it can be read.
    "a token twice": Kind(changed(*TOP, to=top(("80", -0.1), ("80", -0.1))), None),
    "usage many": Kind(changed("usage", to="many"), None),
    "usage missing": Kind(changed("usage"), None),
    "usage a list": Kind(changed("usage", to=[1]), None),
    "usage of texts": Kind(changed("usage", to={"prompt_tokens": "many", "completion_tokens": {}}), None),
    "usage NaN": Kind(changed("usage", to={"prompt_tokens": NAN, "completion_tokens": INFINITY}), None),
    "usage below nought": Kind(changed("usage", to={"prompt_tokens": -5, "completion_tokens": -1}), None),
    "usage of 400 digits": Kind(swapped(b'"prompt_tokens": 7', b'"prompt_tokens": ' + DIGITS), None),
}


def drawn(*contents: object) -> dict[str, Any]:
    return {"choices": [{"index": place, "message": {"content": one}} for place, one in enumerate(contents)]}


# Replies that are texts. Two are asked for.
DRAWN: dict[str, Kind] = {
    "drawn parts": Kind(drawn([{"type": "text", "text": "80"}]), MALFORMED),
    "drawn number": Kind(drawn(80), MALFORMED),
    "drawn object": Kind(drawn({"rating": 80}), MALFORMED),
    "drawn true": Kind(drawn(True), MALFORMED),
    "drawn null": Kind(drawn(None, None), EMPTY),
    "drawn blanks": Kind(drawn(" \n", ""), EMPTY),
    "drawn three": Kind(drawn("80", "80", "80"), MALFORMED),
    "drawn without message": Kind({"choices": [{"index": 0, "text": "80"}]}, MALFORMED),
    "drawn message a text": Kind({"choices": [{"index": 0, "message": "80"}]}, MALFORMED),
    "drawn one good, one odd": Kind(drawn("80", 80), MALFORMED),
    "drawn digits by the hundred": Kind(drawn("9" * 400, "8" * 5000), LOW_MASS),
    "drawn words": Kind(drawn("I would rather not.", "eighty"), LOW_MASS),
    "drawn below nought": Kind(drawn("-80", "NaN"), LOW_MASS),
    # One after the other is as good as both at once.
    "drawn one": Kind(drawn("80"), None),
}


def scored(**answers: object) -> dict[str, Any]:
    """A completion's reply for every prompt of the request, filled in by the server."""
    return {"scored": answers}


# Replies about the exact probabilities of named tokens: the text's tokens, then one choice for each prompt.
SCORED: dict[str, Kind] = {
    "tokens missing": Kind({"tokenized": {"count": 3}}, MALFORMED),
    "tokens a text": Kind({"tokenized": {"tokens": "80"}}, MALFORMED),
    "tokens empty": Kind({"tokenized": {"tokens": []}}, MALFORMED),
    "tokens of texts": Kind({"tokenized": {"tokens": ["8", "0"]}}, MALFORMED),
    "tokens below nought": Kind({"tokenized": {"tokens": [5, -1]}}, MALFORMED),
    "tokens beyond all": Kind({"tokenized": {"tokens": [5, 2**70]}}, MALFORMED),
    "tokens true": Kind({"tokenized": {"tokens": [True, 5]}}, MALFORMED),
    "tokens with a fraction": Kind({"tokenized": {"tokens": [5.5]}}, MALFORMED),
    "scored no choices": Kind({"choices": []}, MALFORMED),
    "scored too many": Kind(scored(extra=1), MALFORMED),
    "scored too few": Kind(scored(extra=-1), MALFORMED),
    "scored index of another": Kind(scored(index=1), MALFORMED),
    "scored index true": Kind(scored(index=True), MALFORMED),
    "scored index a text": Kind(scored(index="0"), MALFORMED),
    "scored no logprobs": Kind(scored(logprobs=None), MALFORMED),
    "scored list of lists": Kind(scored(logprobs={"top_logprobs": [[["token_id:56", -0.1]]]}), MALFORMED),
    "scored nothing": Kind(scored(logprobs={"top_logprobs": []}), MALFORMED),
    "scored null": Kind(scored(logprobs={"top_logprobs": [None]}), MALFORMED),
    "scored other tokens": Kind(scored(logprobs={"top_logprobs": [{"token_id:1": -0.1}]}), MALFORMED),
    "scored by text": Kind(scored(logprobs={"top_logprobs": [{"8": -0.1}]}), MALFORMED),
    "scored ids that are none": Kind(scored(logprobs={"top_logprobs": [{"token_id:x": -0.1}]}), MALFORMED),
    "scored NaN": Kind(scored(log=NAN), MALFORMED),
    "scored above nought": Kind(scored(log=3.0), MALFORMED),
    "scored texts": Kind(scored(log="-0.1"), MALFORMED),
    "scored more than certain": Kind(scored(log=0.0), MALFORMED),
    "scored minus infinity": Kind(scored(log=-INFINITY), MALFORMED),
}
ALL: Mapping[str, Kind] = {**BODIES, **FIRST_TOKENS, **DRAWN, **SCORED}
MARK = re.compile(r"KIND=([^;]+);")


def asking(kind: str) -> str:
    """A response that makes the judge's server reply so."""
    return f"Good morning. KIND={kind}; Good night."


def tokens_of(text: str) -> list[int]:
    return [ord(character) for character in text]


def _scored(body: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """After a prompt the judge says 8, then 0, then its end."""
    choices: list[dict[str, Any]] = []
    wanted = body["logprob_token_ids"]
    for place, prompt in enumerate(body["prompt"]):
        said = "".join(map(chr, prompt)).rpartition("\x03")[2]
        following = {"": "8", "8": "0"}.get(said, "\x04")
        logs = {f"token_id:{t}": given.get("log", 0.0 if chr(t) == following else -200.0) for t in wanted}
        logprobs = given.get("logprobs", {"top_logprobs": [logs]})
        choices.append({"index": given.get("index", place), "logprobs": logprobs})
    extra = given.get("extra", 0)
    choices += [{**choices[-1], "index": len(choices)}] * max(0, extra)
    return {"choices": choices[: len(choices) + min(0, extra)]}


def reply_to(path: str, body: Mapping[str, Any], own: object = None) -> object:
    """What the server says; `own` takes the place of what a kind says."""
    if path == "/v1/completions":
        prompt = "".join(map(chr, body["prompt"][0]))
    elif "messages" in body:
        prompt = str(body["messages"][-1]["content"])
    else:
        prompt = body["prompt"]
    marks = MARK.findall(prompt)
    kind = ALL[marks[-1]].reply if marks and own is None else None
    if marks and own is not None:
        return own
    if path == "/tokenize":
        if isinstance(kind, dict) and "tokenized" in kind:
            return kind["tokenized"]
        chat_text = "".join(f"\x02{m['content']}" for m in body.get("messages", ()))
        text = body.get("prompt", chat_text + "\x03" * bool(body.get("add_generation_prompt")))
        return {"count": len(text), "max_model_len": 9999, "tokens": tokens_of(text)}
    if path == "/v1/completions" and (not marks or (isinstance(kind, dict) and {"scored", "tokenized"} & kind.keys())):
        return _scored(body, kind.get("scored", {}) if isinstance(kind, dict) else {})
    if marks:
        return kind
    said = "73" if "exactly this number" in prompt else "80"
    reply = json.loads(json.dumps(chat()).replace('"80"', f'"{said}"'))
    if not body.get("logprobs"):
        reply["choices"] = [copy.deepcopy(reply["choices"][0]) for _ in range(body.get("n", 1))]
    return reply


class BrokenServer(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, tokenizes: bool) -> None:
        self.tokenizes = tokenizes
        self.calls = 0
        # What the next responses with a kind get, whatever their kind.
        self.own: object = None
        # Texts that are one token; every other character is one of its own.
        self.special: set[str] = set()
        self.asked_for_texts: list[str] = []
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"


class _Handler(socketserver.StreamRequestHandler):
    server: BrokenServer

    def handle(self) -> None:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            line = self.rfile.readline()
            if not line:
                return
            head += line
        length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
        body = json.loads(self.rfile.read(int(length[1]))) if length else {}
        path = head.split(b" ", 2)[1].decode()
        self.server.calls += 1
        if path == "/v1/models":
            reply: object = {"object": "list", "data": [{"id": "judge", "object": "model"}]}
        elif path == "/tokenize" and not self.server.tokenizes:
            reply = http(b"{}", "404 Not found")
        elif body.get("return_token_strs"):
            self.server.asked_for_texts.append(body["prompt"])
            either = re.compile("|".join([*map(re.escape, sorted(self.server.special)), "."]), re.DOTALL)
            texts = either.findall(body["prompt"])
            reply = {"count": len(texts), "max_model_len": 9, "tokens": [*range(len(texts))], "token_strs": texts}
        else:
            reply = reply_to(path, body, self.server.own)
        raw = reply if isinstance(reply, Raw) else http(json.dumps(reply).encode())
        self.wfile.write(raw.data)


@contextmanager
def broken_server(tokenizes: bool = False) -> Iterator[BrokenServer]:
    with BrokenServer(tokenizes) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        try:
            yield server
        finally:
            server.shutdown()
