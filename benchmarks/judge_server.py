"""A quick OpenAI-compatible server on loopback in a process of its own: responses by the hundred, ratings with
log probabilities, and faults on demand. It is a network boundary and knows nothing of this project's code.

A rating is decided by the text after the answer's opening tag: `[[NUMBER]]` in the answer is the rating that this judge
gives, with probability 0.9; the neighbours get the rest. Run as `python judge_server.py PORT_FILE [FAULTS]`.
"""

from __future__ import annotations

import asyncio
import json
import math
import os
import re
import signal
import sys
import time
from pathlib import Path
from typing import Any

MARK = re.compile(r"\[\[(\w+)\]\]")


class Answers:
    """What the server says; `faults` is a comma list: every_third, gone (a time window), malformed, empty, digits,
    no_logprobs, unauthorised, slow, and judge=NAME for a further judge beside the model `judge`."""

    def __init__(self, faults: str) -> None:
        self.faults = set(faults.split(",")) - {""}
        self.judges = {"judge", *(each.removeprefix("judge=") for each in self.faults if each.startswith("judge="))}
        self.calls = 0
        self.made = 0
        self.judged: list[str] = []

    def reply(self, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        prompt = body["messages"][-1]["content"]
        if "unauthorised" in self.faults:
            return 401, {"error": {"message": "no such key"}}
        if body["model"] in self.judges:
            self.calls += 1
            if "every_third" in self.faults and self.calls % 3 == 0:
                return 500, {"error": {"message": "overloaded"}}
            return 200, self.judge(body, prompt)
        return 200, self.respond(body)

    def respond(self, body: dict[str, Any]) -> dict[str, Any]:
        choices = []
        for index in range(body.get("n") or 1):
            self.made += 1
            text = f"Response number {self.made}: I would help people. [[{self.made % 101}]]"
            choices.append({"index": index, "finish_reason": "stop", "message": {"role": "assistant", "content": text}})
        return _reply(body["model"], choices)

    def judge(self, body: dict[str, Any], prompt: str) -> dict[str, Any]:
        probing = "exactly this number" in prompt
        said = "73" if probing else (MARK.findall(prompt) or ["50"])[-1]
        if not probing:
            self.judged.append(said)
        content = "" if "empty" in self.faults and not probing else said
        choice: dict[str, Any] = {"index": 0, "finish_reason": "stop"}
        choice["message"] = {"role": "assistant", "content": content}
        if body.get("logprobs") and "no_logprobs" not in self.faults:
            choice["logprobs"] = {"content": self.logprobs(said) if content else []}
        return _reply(body["model"], [dict(choice, index=index) for index in range(body.get("n") or 1)])

    def logprobs(self, said: str) -> list[dict[str, Any]]:
        if "malformed" in self.faults and said != "73":
            return [{"token": said, "logprob": None, "top_logprobs": [{"token": said}]}]
        if "digits" in self.faults:
            return [{"token": digit, "logprob": -0.1, "top_logprobs": [_top(digit, 0.9)]} for digit in said]
        tops = [_top(said, 0.9)]
        if said.isdigit():
            number = int(said)
            tops += [_top(str(abs(number - 1)), 0.05), _top(str(min(100, number + 1)), 0.03), _top("I", 0.02)]
        return [{"token": said, "logprob": math.log(0.9), "top_logprobs": tops}]


def _top(token: str, share: float) -> dict[str, Any]:
    return {"token": token, "logprob": math.log(share)}


def _reply(model: str, choices: list[dict[str, Any]]) -> dict[str, Any]:
    usage = {"prompt_tokens": 10, "completion_tokens": len(choices), "total_tokens": 10 + len(choices)}
    return {"id": "x", "object": "chat.completion", "created": 0, "model": model, "choices": choices, "usage": usage}


async def serve(port_file: Path, faults: str) -> None:
    answers = Answers(faults)
    gone_until = 0.0

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal gone_until
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
                data = await reader.readexactly(int(length[1])) if length else b""
                path = head.split(b" ", 2)[1].decode()
                if path == "/stats":
                    status, reply = 200, {"calls": answers.calls, "made": answers.made, "judged": len(answers.judged)}
                elif path.startswith("/gone/"):
                    gone_until = time.monotonic() + float(path.split("/")[2])
                    status, reply = 200, {}
                elif path.startswith("/faults/"):
                    answers.faults = set(path.split("/")[2].split(",")) - {"none"}
                    status, reply = 200, {}
                elif time.monotonic() < gone_until:
                    writer.transport.abort()
                    return
                elif path == "/v1/chat/completions":
                    if "slow" in answers.faults:
                        await asyncio.sleep(0.2)
                    status, reply = answers.reply(json.loads(data))
                elif path.startswith("/v1/models/"):
                    # It knows a model of every name.
                    refused = "unauthorised" in answers.faults
                    status, reply = (401, {}) if refused else (200, {"id": path.removeprefix("/v1/models/")})
                else:
                    status, reply = 404, {"error": {"message": "no such path"}}
                body = json.dumps(reply).encode()
                writer.write(b"HTTP/1.1 %d X\r\nContent-Type: application/json\r\nContent-Length: " % status)
                writer.write(b"%d\r\n\r\n" % len(body) + body)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    temporary = port_file.with_suffix(".new")
    temporary.write_text(str(server.sockets[0].getsockname()[1]))
    temporary.replace(port_file)
    # Whoever started this holds the other end of its input; open connections end with the process.
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    os._exit(0)


if __name__ == "__main__":
    # It ends when its standard input closes; a terminal's Ctrl-C is for the program under test.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    asyncio.run(serve(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else ""))
