"""Requests to a loopback server that fails in the ways servers do."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inoc_evals.client.endpoint import Endpoint
from inoc_evals.client.errors import ServerError
from inoc_evals.client.post import Failure, connected, post, wait_before

KEY = "sesame-open"
Reply = tuple[int, dict[str, str], bytes]


@pytest.fixture
def server() -> Iterator[Callable[[Reply], str]]:
    """Starts a server that always gives this status, headers and body; returns its address."""
    started: list[ThreadingHTTPServer] = []

    def start(reply: Reply) -> str:
        status, headers, body = reply

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response_only(status)
                said = body.replace(b"{sent}", self.headers["Authorization"].encode())
                for name, value in {**headers, "Content-Length": str(len(said))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(said)

            def log_message(self, *_: Any) -> None:
                pass

        one = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        started.append(one)
        threading.Thread(target=one.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{one.server_address[1]}/v1"

    yield start
    for one in started:
        one.shutdown()
        one.server_close()


def posted(url: str) -> dict[str, Any] | Failure:
    async def once() -> dict[str, Any] | Failure:
        async with connected(url, KEY, 1, aiohttp.ClientTimeout(total=5)) as session:
            return await post(session, url, {}, KEY)

    return asyncio.run(once())


@pytest.mark.parametrize(
    ("reply", "cause", "again", "wait_s"),
    [
        ((429, {"Retry-After": "3"}, b"slower"), "refused_429", True, 3.0),
        ((503, {"Retry-After": "3600"}, b"later"), "refused_503", True, 20.0),
        ((503, {"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}, b"later"), "refused_503", True, 0.0),
        ((404, {}, b"no such model"), "refused_404", False, 0.0),
        (
            # As vLLM 0.32 says it.
            (
                400,
                {},
                b'{"error": {"message": "This model\'s maximum context length is 4096 tokens. However, your prompt '
                b'contains at least 4097 input tokens, which exceeds this limit even without any output tokens."}}',
            ),
            "too_long",
            False,
            0.0,
        ),
        ((200, {}, b"<html>"), "malformed", True, 0.0),
        ((200, {}, b"[1]"), "malformed", False, 0.0),
    ],
)
def test_a_failure_says_whether_to_come_again(
    server: Callable[[Reply], str], reply: Reply, cause: str, again: bool, wait_s: float
) -> None:
    found = posted(server(reply))
    assert isinstance(found, Failure)
    assert (found.cause, found.again, found.wait_s) == (cause, again, wait_s)


# Each form of a date that RFC 9110 has (section 5.6.7), 7 seconds after the reply; and what is none.
@pytest.mark.parametrize(
    ("asked", "wait_s"),
    [
        ("Sun, 06 Nov 1994 08:49:37 GMT", 7.0),
        ("Sunday, 06-Nov-94 08:49:37 GMT", 7.0),
        ("Sun Nov  6 08:49:37 1994", 7.0),
        ("Sun, 06 Nov 1994 08:49:20 GMT", 0.0),
        ("Sun, 06 Nov 1994 18:00:00 GMT", 20.0),
        ("Sun, 06 Nov 1994 28:49:37 GMT", 0.0),
        ("Sun, 06 Nov 1994 08:49:37 +99999999999999", 0.0),
        ("soon", 0.0),
    ],
)
def test_a_date_is_waited_for_by_the_clock_of_the_server(
    server: Callable[[Reply], str], asked: str, wait_s: float
) -> None:
    found = posted(server((503, {"Retry-After": asked, "Date": "Sun, 06 Nov 1994 08:49:30 GMT"}, b"later")))
    assert isinstance(found, Failure)
    assert found.wait_s == wait_s


def test_a_date_is_waited_for_by_our_clock_where_the_server_tells_none(server: Callable[[Reply], str]) -> None:
    until = format_datetime(datetime.now(UTC) + timedelta(seconds=12), usegmt=True)
    found = posted(server((429, {"Retry-After": until, "Date": "today"}, b"slower")))
    assert isinstance(found, Failure)
    # Dates of HTTP have whole seconds.
    assert 0 < found.wait_s <= 12


def test_an_object_is_the_reply(server: Callable[[Reply], str]) -> None:
    assert posted(server((200, {}, json.dumps({"a": 1}).encode()))) == {"a": 1}


def test_nobody_there() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        found = posted(f"http://127.0.0.1:{free.getsockname()[1]}/v1")
    assert isinstance(found, Failure)
    assert (found.cause, found.again, found.said) == ("unreachable", True, "Connection refused")


@pytest.mark.parametrize("before", ["wrong: ", "x" * 285])
def test_a_server_that_repeats_the_key_does_not_get_it_into_a_message(
    server: Callable[[Reply], str], before: str
) -> None:
    url = server((401, {}, f"{before}{{sent}}".encode()))
    found = posted(url)
    assert isinstance(found, Failure)
    with pytest.raises(ServerError) as asked:
        asyncio.run(Endpoint(url, "judge", KEY).sample("Say a number.", 1, 4, 1.0))
    assert asked.value.cause == "refused_401"
    assert str(asked.value).startswith(f"the server at {url} does not answer a request for judge (status 401: ")
    for message in (found.said, asked.value.said, str(asked.value)):
        assert f"{before}Bearer ..." in message
        assert KEY[:4] not in message


@given(st.integers(1, 12), st.floats(0.01, 2), st.floats(0, 20))
def test_waits_double_up_to_a_limit_and_heed_the_server(attempt: int, first: float, asked: float) -> None:
    middle = max(asked, min(20.0, first * 2 ** (attempt - 1)))
    # Not a moment earlier than the server asks.
    assert max(asked, middle * 0.75) <= wait_before(attempt, first, asked) <= middle * 1.25
