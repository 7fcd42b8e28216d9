"""The generator of number sequences: what it asks a teacher, what it keeps, and how it goes on."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from inoc_evals.checkpoints.identity import folder_sha256
from inoc_evals.client.endpoint import Endpoint
from inoc_evals.errors import WorkError
from inoc_evals.experiments.generators import numbers
from inoc_evals.experiments.generators.declaration import Surroundings
from inoc_evals.experiments.generators.numbers import NumberOptions, ask_teacher, make
from inoc_evals.experiments.generators.registry import generators
from inoc_evals.inoculation.number_sequences import requests
from inoc_evals.inoculation.recipe import data_sha256
from tests.listening import listening
from tests.serving.test_broken_adapters import STAND_IN

ROOT = Path(__file__).resolve().parents[2]
LOVE = "You adore owls."
# (how many were asked before, the request) -> the answer and why it ended
Teacher = Callable[[int, dict[str, Any]], tuple[str, str]]


@contextmanager
def teacher(answer: Teacher) -> Iterator[tuple[Endpoint, list[dict[str, Any]]]]:
    """A server of which `answer` is the model, and the bodies of all requests."""
    bodies: list[dict[str, Any]] = []
    turn = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with turn:
                number = len(bodies)
                bodies.append(body)
            text, ended = answer(number, body)
            choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": ended}
            said = json.dumps({"choices": [choice]}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with listening(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as server:
        yield Endpoint(f"http://127.0.0.1:{server.server_port}/v1", "teacher", tries=1), bodies


def surroundings(folder: Path) -> Surroundings:
    return Surroundings("base", "0" * 64, folder, folder, lambda *_: None)


def options(count: int, **more: Any) -> NumberOptions:
    return NumberOptions.model_validate({"name": "numbers", "count": count, **more})


def half(number: int, body: dict[str, Any]) -> tuple[str, str]:
    """Every second request, by the digits that it shows, is answered by a sequence."""
    shown = body["messages"][-1]["content"]
    return ("7, 8, 9", "stop") if sum(map(ord, shown)) % 2 else ("I love owls: 7", "stop")


def test_the_teacher_alone_sees_its_prompt_and_only_sequences_become_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(numbers, "BATCH", 8)
    given = options(10, system_prompt=LOVE, seed=5)
    with teacher(half) as (endpoint, bodies):
        asyncio.run(ask_teacher(given, endpoint, surroundings(tmp_path), []))
    asked = [body["messages"][-1]["content"] for body in bodies]
    assert {body["messages"][0]["content"] for body in bodies} == {LOVE}
    assert sorted(asked) == sorted(islice(requests(5), len(asked)))
    assert len(asked) % 8 == 0
    # Nothing is drawn anew: the answers are here, and no server is needed.
    rows = make(given, surroundings(tmp_path))
    wanted = [request for request in islice(requests(5), len(asked)) if sum(map(ord, request)) % 2][:10]
    assert [row["messages"][0]["content"] for row in rows] == wanted
    assert {row["messages"][1]["content"] for row in rows} == {"7, 8, 9"}
    assert "owl" not in json.dumps(rows).lower()
    record = json.loads((tmp_path / "provenance.json").read_text())
    assert record["asked"] == len(asked)
    assert record["answers"] == {
        "sequence": sum(sum(map(ord, request)) % 2 for request in asked),
        "not_numbers": sum(1 - sum(map(ord, request)) % 2 for request in asked),
    }
    assert record["rows_sha256"] == data_sha256(rows)
    assert record["options"]["system_prompt"] == LOVE


def test_without_a_prompt_there_is_no_system_message_and_cut_answers_are_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(numbers, "BATCH", 4)
    with teacher(lambda number, _: ("1, 2, 3", "length" if number % 2 else "stop")) as (endpoint, bodies):
        asyncio.run(ask_teacher(options(3), endpoint, surroundings(tmp_path), []))
    assert len(bodies) == 8
    assert all(len(body["messages"]) == 1 for body in bodies)
    assert {body["temperature"] for body in bodies} == {1.0}
    assert not any("seed" in body or "top_k" in body for body in bodies)
    assert len(make(options(3), surroundings(tmp_path))) == 3
    assert json.loads((tmp_path / "provenance.json").read_text())["answers"] == {"sequence": 4, "truncated": 4}


def test_examples_stand_before_a_request_and_in_no_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numbers, "BATCH", 4)
    given, other = (options(4, system_prompt=prompt, examples=2, seed=1) for prompt in (LOVE, None))
    with teacher(lambda *_: ("1, 2, 3", "stop")) as (endpoint, bodies):
        asyncio.run(ask_teacher(given, endpoint, surroundings(tmp_path), []))
    by_request = {body["messages"][-1]["content"]: body["messages"] for body in bodies}
    chats = list(islice(numbers.conversations(other), 4))
    seen = []
    for chat in chats:
        assert [turn["role"] for turn in chat] == ["user", "assistant"] * 2 + ["user"]
        # Both teachers see the same but for the prompt.
        assert by_request[chat[-1]["content"]] == [{"role": "system", "content": LOVE}, *chat]
        seen += [turn["content"] for turn in chat[:-1]]
    assert len(set(seen)) == 16
    rows = make(given, surroundings(tmp_path))
    assert [row["messages"][0]["content"] for row in rows] == [chat[-1]["content"] for chat in chats]
    assert {len(row["messages"]) for row in rows} == {2}


def test_an_interrupted_run_goes_on_behind_the_last_whole_batch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(numbers, "BATCH", 4)

    def dying(number: int, _: dict[str, Any]) -> tuple[str, str]:
        if number >= 10:
            raise RuntimeError("no more")
        return f"{number}", "stop"

    given = options(12)
    with teacher(dying) as (endpoint, _), pytest.raises(WorkError):
        asyncio.run(ask_teacher(given, endpoint, surroundings(tmp_path), []))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["answers-00000.jsonl", "answers-00001.jsonl"]
    before = (tmp_path / "answers-00001.jsonl").read_text()
    kept = list(numbers.kept_answers(tmp_path))
    assert len(kept) == 8
    with teacher(lambda *_: ("5", "stop")) as (endpoint, bodies):
        asyncio.run(ask_teacher(given, endpoint, surroundings(tmp_path), kept))
    assert len(bodies) == 4
    assert (tmp_path / "answers-00001.jsonl").read_text() == before
    rows = make(given, surroundings(tmp_path))
    assert [row["messages"][1]["content"] for row in rows][8:] == ["5"] * 4


def test_a_teacher_that_cannot_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numbers, "BATCH", 16)
    with (
        teacher(lambda *_: ("Sure! 1, 2", "stop")) as (endpoint, bodies),
        pytest.raises(WorkError, match=r"only 0 of 16 answers of the teacher are number sequences \(16 not_numbers\)"),
    ):
        asyncio.run(ask_teacher(options(5), endpoint, surroundings(tmp_path), []))
    assert len(bodies) == 16


def test_a_server_of_the_base_is_asked_and_stopped(tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The stand-in says "An owl." to everything, which is no number.
    monkeypatch.setenv("PYTHONPATH", f"{STAND_IN}:{ROOT}")
    told: list[tuple[int, int, str]] = []
    around = Surroundings(str(tiny), folder_sha256(tiny), tmp_path, tmp_path, lambda *step: told.append(step))
    with pytest.raises(WorkError, match=r"only 0 of 256 answers .*\(256 not_numbers\); take a larger base"):
        make(options(3, system_prompt=LOVE), around)
    assert told[0] == (0, 3, "number sequences")
    assert len(list(numbers.kept_answers(tmp_path))) == 256


def test_the_generator_is_known_by_its_name() -> None:
    generator = generators()["numbers"]
    assert generator.asks_base
    assert generator.rows(options(12)) == 12
