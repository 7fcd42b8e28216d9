"""One JSON request to an OpenAI-compatible server, and what a failure means for a further attempt."""

from __future__ import annotations

import asyncio
import json
import math
import os
import random
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from inoc_evals.client.errors import INCOMPLETE, MALFORMED, TIMEOUT, TOO_LONG, UNREACHABLE

if TYPE_CHECKING:
    import aiohttp

FIRST_WAIT_S, LONGEST_WAIT_S = 0.5, 20.0
# Far more than a hundred long responses take; a reply beyond it is no reply to one of our requests.
LARGEST_BYTES = 16 * 2**20
_BODY_S = 300.0  # for the whole of a body that has begun to come
_SHOWN_BYTES = 4096
_AGAIN = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})
# What vLLM and OpenAI, llama.cpp, TGI and Anthropic say where a prompt is longer than their model reads.
_LONGER = re.compile(
    r"maximum context length|exceeds the available context size|inputs.{0,9} must have less than|prompt is too long"
)
_HERE = ("http://127.", "http://localhost", "http://[::1]")


@dataclass(frozen=True)
class Failure:
    """`cause` is refused_STATUS, too_long, malformed, incomplete, timeout or unreachable; `wait_s` is how long the
    server asks to wait. `status` is 0 where there was none; `speaks` says that something answered an unreachable
    server's address."""

    cause: str
    said: str
    again: bool
    wait_s: float = 0.0
    status: int = 0
    speaks: bool = False


async def post(session: aiohttp.ClientSession, url: str, body: object, key: str | None) -> dict[str, Any] | Failure:
    """The JSON object that is the reply to a JSON body."""
    reply = await fetch(session, "POST", url, key, body)
    if isinstance(reply, Failure):
        return reply
    return reply if isinstance(reply, dict) else Failure(MALFORMED, "the reply is no JSON object", again=False)


async def fetch(session: aiohttp.ClientSession, method: str, url: str, key: str | None, body: object = None) -> object:
    """The JSON value that is the reply, or a Failure. The key, which some servers repeat when they refuse it, is
    blanked in what they say."""
    import aiohttp
    from aiohttp.http_exceptions import ContentEncodingError, HttpProcessingError

    try:
        # Another address may be somebody else's, who must not be sent the prompts.
        async with session.request(method, url, json=body, allow_redirects=False) as response:
            if response.status != 200:
                return _refusal(response.status, response.headers, await _body(response, _SHOWN_BYTES), key)
            data = await _body(response, LARGEST_BYTES + 1)
    except aiohttp.ConnectionTimeoutError:
        return Failure(UNREACHABLE, "no connection in time", again=True)
    except TimeoutError:
        return Failure(TIMEOUT, "no answer in time", again=True)
    except aiohttp.ClientConnectorError as error:
        return Failure(UNREACHABLE, _reason(error.os_error), again=True)
    # A wrong address or proxy setting of the user.
    except ValueError as error:
        return Failure(UNREACHABLE, f"it cannot be asked: {error or type(error).__name__}", again=False)
    # aiohttp lets some errors of its HTTP parser through as they are.
    except (aiohttp.ClientError, HttpProcessingError, OSError) as error:
        if isinstance(error, ContentEncodingError) or isinstance(error.__cause__, ContentEncodingError):
            return Failure(MALFORMED, "the reply cannot be unpacked", again=True)
        if isinstance(error, aiohttp.ClientPayloadError):
            return Failure(INCOMPLETE, "the reply breaks off", again=True)
        speaks = not isinstance(error, OSError)
        return Failure(UNREACHABLE, " ".join(str(error).split()) or type(error).__name__, again=True, speaks=speaks)
    if len(data) > LARGEST_BYTES:
        return Failure(MALFORMED, f"the reply is larger than {LARGEST_BYTES} bytes", again=False)
    try:
        return parse_json(data)
    except ValueError:
        return Failure(MALFORMED, "the reply is no JSON", again=True)


def _refusal(status: int, headers: Any, body: bytes, key: str | None) -> Failure:
    said = body.decode("utf-8", "replace")
    said = _message(said.replace(key, "...") if key else said)[:300]
    if 300 <= status < 400:
        said = f"it redirects to {headers.get('Location')}"
    wait_s = _retry_after(headers.get("Retry-After"), headers.get("Date"))
    cause = TOO_LONG if 400 <= status < 500 and _LONGER.search(said) else f"refused_{status}"
    return Failure(cause, f"status {status}: {said}", status in _AGAIN, wait_s, status)


def _message(text: str) -> str:
    """What a server's error says, as OpenAI, vLLM and others write it; all of it where none of them did."""
    try:
        reply: Any = json.loads(text)
    except (ValueError, RecursionError):
        return text
    reply = reply.get("error", reply) if isinstance(reply, dict) else reply
    message = reply.get("message") if isinstance(reply, dict) else reply
    return message if isinstance(message, str) else text


def _reason(error: OSError) -> str:
    """Why a connection fails, without the numbers and addresses that asyncio puts around it."""
    if error.errno is not None and error.errno > 0:
        return os.strerror(error.errno)
    return error.strerror or str(error) or type(error).__name__


async def _body(response: aiohttp.ClientResponse, limit: int) -> bytes:
    """The first `limit` bytes of the body, unpacked. Whatever charset it claims, JSON is UTF-8."""
    parts: list[bytes] = []
    size = 0
    async with asyncio.timeout(_BODY_S):
        async for part in response.content.iter_any():
            parts.append(part)
            size += len(part)
            if size >= limit:
                break
    return b"".join(parts)[:limit]


def parse_json(data: bytes) -> Any:
    """The value of a JSON text from elsewhere. Raises ValueError for anything else: bytes that are no UTF-8, keys that
    stand twice in one object, nesting deeper than 200, numbers of thousands of digits. NaN and infinities are read."""
    import jiter

    return jiter.from_json(data, catch_duplicate_keys=True)


def connected(url: str, key: str | None, connections: int, timeout: aiohttp.ClientTimeout) -> aiohttp.ClientSession:
    """A session that sends the key, and goes through the environment's proxies except to this machine."""
    import aiohttp

    return aiohttp.ClientSession(
        headers={"Authorization": f"Bearer {key}"} if key else {},
        connector=aiohttp.TCPConnector(limit=connections),
        timeout=timeout,
        trust_env=not url.startswith(_HERE),
    )


def wait_before(attempt: int, first_wait_s: float, asked_s: float) -> float:
    """Seconds to wait before the attempt of that number, 1 for the second: doubling up to 20, at least what the server
    asked for, and spread by a quarter so that requests that failed together do not come back together."""
    wait = max(min(first_wait_s * 2.0 ** (attempt - 1), LONGEST_WAIT_S), asked_s)
    # Who is asked to wait does so in full.
    least = max(0.75, asked_s / wait) if wait else 1.0
    return wait * random.uniform(least, 1.25)  # noqa: S311 - spreads retries, hides nothing


def _retry_after(value: str | None, sent: str | None) -> float:
    """Seconds that a server asks to wait, which says so in seconds or as a date (RFC 9110, section 10.2.3); at most the
    longest wait, 0 for anything else. `sent` is the date of its reply, because its clock and ours may differ."""
    try:
        asked_s = float(value or 0)
    except ValueError:
        until, now = _date(value), _date(sent) or datetime.now(UTC)
        asked_s = 0.0 if until is None else (until - now).total_seconds()
    return 0.0 if math.isnan(asked_s) else min(max(0.0, asked_s), LONGEST_WAIT_S)


def _date(text: str | None) -> datetime | None:
    """The moment that a date of HTTP says, in any of its three forms; None for anything else."""
    try:
        date = parsedate_to_datetime(text or "")
    except (ValueError, OverflowError):
        return None
    # The form of C's asctime names no zone, and all are in UTC.
    return date if date.tzinfo is not None else date.replace(tzinfo=UTC)
