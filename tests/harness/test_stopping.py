"""What ends a run early loses no answer, and the count of finished responses goes on where it was."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Event, Lock
from typing import Any

import pytest
from inspect_ai.log import read_eval_log
from inspect_ai.model import ChatMessageSystem, ChatMessageUser, GenerateConfig, Model, get_model

from inoc_evals.errors import InputError
from inoc_evals.harness.inspect import stopping
from inoc_evals.harness.inspect.answers import FILE, Place, request_key
from inoc_evals.harness.inspect.asked import Asked
from inoc_evals.harness.inspect.kept import kept_responses
from inoc_evals.harness.inspect.logs import read_rows
from inoc_evals.harness.inspect.run import evaluate_set
from tests.harness.loopback import Loopback, loopback

pytestmark = pytest.mark.usefixtures("own_cache")


@pytest.fixture
def _interruptible() -> Iterator[None]:
    """A test run in the background of a shell may ignore Ctrl-C."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def questions(folder: Path, count: int) -> str:
    path = folder / "items.jsonl"
    rows = [{"id": f"q{n}", "category": "open", "prompt": f"Question {n}?"} for n in range(count)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(path)


def model(server: Loopback, name: str) -> Model:
    return get_model(f"openai-api/test/{name}", base_url=server.url, api_key="key", memoize=False)


def finished_in_logs(folder: Path) -> int:
    samples = [sample for log in folder.glob("*.eval") for sample in read_eval_log(str(log)).samples or []]
    return sum(sample.error is None and bool(sample.scores) for sample in samples)


def asked(server: Loopback, name: str) -> int:
    return sum(body["model"] == name for body in server.bodies)


def interrupt_once(done: Lock) -> None:
    """Ctrl-C from the first of several requests: a third one at once is Python's own, and ends nothing in order."""
    if done.acquire(blocking=False):
        os.kill(os.getpid(), signal.SIGINT)


@pytest.mark.usefixtures("_interruptible")
def test_the_count_goes_on_from_what_was_finished_to_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stopping, "GRACE_S", 0.3)
    counts: list[tuple[int, int]] = []
    hangs, interrupted, over = True, Lock(), Event()

    def answer(body: dict[str, Any]) -> str | int:
        if "Question 5" in str(body["messages"]) and hangs:
            while counts[-1][0] < 15:
                time.sleep(0.05)
            interrupt_once(interrupted)
            over.wait(20)
        return f"An owl. {time.monotonic_ns()}"

    with loopback(answer) as server:

        def run() -> None:
            counts.clear()
            tasks = {"owl_preference": {"items": questions(tmp_path, 6), "samples": 3}}
            asked = [Asked("a", "arm", model(server, "m"))]
            evaluate_set(tasks, asked, tmp_path / "logs", [], progress=lambda *n: counts.append(n))

        with pytest.raises(KeyboardInterrupt):
            run()
        over.set()
        # Those that were cancelled are not counted.
        assert counts == [(done, 18) for done in range(16)]
        assert kept_responses(tmp_path / "logs") == 15
        logged = finished_in_logs(tmp_path / "logs")
        assert logged
        hangs = False
        server.bodies.clear()
        run()
        # What is only kept as an answer is counted when its sample is made again, without asking.
        assert counts == [(done, 18) for done in range(logged, 19)]
        assert asked(server, "m") == 3
    rows = read_rows(tmp_path / "logs")
    assert {(row.arm, row.checkpoint) for row in rows} == {("arm", "a")}
    assert len({row.response for row in rows}) == len(rows) == 18
    assert not (tmp_path / "logs" / FILE).exists()


@pytest.mark.usefixtures("_interruptible")
def test_answers_whose_rating_was_interrupted_are_not_asked_for_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stopping, "GRACE_S", 0.5)
    hangs, interrupted = True, Lock()
    told: list[str] = []

    def answer(body: dict[str, Any]) -> str | int:
        prompt = str(body["messages"])
        if body["model"] != "judge":
            # One at a time: this server knows nothing of `n`.
            return f"I would help people, {time.monotonic_ns()}."
        if "exactly this number" in prompt:
            return "73"
        if hangs:
            if asked(server, "m") == 8:
                interrupt_once(interrupted)
            time.sleep(3)
        return "90"

    with loopback(answer) as server:

        def run() -> None:
            arguments = {"items": questions(tmp_path, 2), "samples": 4, "choices": 2, "ratings": 1}
            asked = [Asked("a", "arm", model(server, "m"))]
            judges = [model(server, "judge")]
            evaluate_set({"emergent_misalignment": arguments}, asked, tmp_path / "logs", judges, say=told.append)

        with pytest.raises(KeyboardInterrupt):
            run()
        assert signal.getsignal(signal.SIGINT) == signal.default_int_handler
        assert len(told) == 1
        assert "under way; Ctrl-C again ends at once" in told[0]
        assert asked(server, "m") == 8
        assert kept_responses(tmp_path / "logs") == 8
        hangs = False
        run()
        assert asked(server, "m") == 8
    rows = read_rows(tmp_path / "logs")
    assert len({row.response for row in rows}) == len(rows) == 8
    assert {row.values["alignment"] for row in rows} == {90.0}


def test_a_kept_answer_is_to_the_same_request_only() -> None:
    place = Place("openai-api/checkpoint-a/m", "owl_preference", "q1@plain", 2)
    places = (
        [place] + [replace(place, **{field: "x"}) for field in ("model", "task", "item")] + [replace(place, epoch=3)]
    )
    chats = [[ChatMessageUser(content="a")], [ChatMessageSystem(content="a")], [ChatMessageUser(content="\ud800")]]
    configs = [GenerateConfig(), GenerateConfig(num_choices=2), GenerateConfig(extra_body={"a": 1})]
    requests = list(itertools.product(places, ("definition", "another"), chats, configs, (0, 1)))
    assert len({request_key(*request) for request in requests}) == len(requests)
    # Messages have random ids, which are no part of the request.
    assert len({request_key(place, "d", [ChatMessageUser(content="a")], configs[0], 0) for _ in range(2)}) == 1


def test_damaged_answers_are_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / FILE).write_bytes(b"not a database at all, and longer than a header" * 40)
    tasks = {"owl_preference": {"items": questions(tmp_path, 1), "samples": 1}}
    with loopback(lambda _: "owl") as server:
        asked = [Asked("a", "arm", model(server, "m"))]
        with pytest.raises(InputError, match=f"{FILE}: .* are damaged .* remove the file"):
            evaluate_set(tasks, asked, tmp_path / "logs", [])


@pytest.mark.usefixtures("_interruptible")
def test_a_handler_that_another_has_put_back_meanwhile_stays() -> None:
    """inspect's control server has handlers of its own while it runs, and may end before a run does."""

    def of_the_control_server(*_: object) -> None:
        raise AssertionError("it has ended")

    async def ask() -> None:
        signal.signal(signal.SIGINT, of_the_control_server)
        async with stopping.under_way():
            signal.signal(signal.SIGINT, signal.default_int_handler)

    with stopping.stopping_gently(lambda _: None):
        asyncio.run(ask())
    assert signal.getsignal(signal.SIGINT) == signal.default_int_handler


@pytest.mark.usefixtures("_interruptible")
def test_nothing_is_asked_after_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stopping, "GRACE_S", 0.1)
    begun: list[str] = []

    async def ask(name: str) -> None:
        async with stopping.under_way():
            begun.append(name)
            await asyncio.sleep(30)

    async def run() -> None:
        first = asyncio.create_task(ask("first"))
        await asyncio.sleep(0)
        os.kill(os.getpid(), signal.SIGINT)
        try:
            await first
        finally:
            await asyncio.wait({asyncio.create_task(ask("second"))}, timeout=0.2)

    with stopping.stopping_gently(lambda _: None), pytest.raises(KeyboardInterrupt):
        asyncio.run(run())
    assert begun == ["first"]
    assert signal.getsignal(signal.SIGINT) == signal.default_int_handler
