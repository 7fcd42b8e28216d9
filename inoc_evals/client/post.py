"""One JSON request to an OpenAI-compatible server, and what a failure means for a further attempt."""

from __future__ import annotations

import asyncio
import math
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import aiohttp

FIRST_WAIT_S, LONGEST_WAIT_S = 0.5, 20.0
# Far more than a hundred long responses take; a reply beyond it is no reply to one of our requests.
LARGEST_BYTES = 16 * 2**20
_BODY_S = 300.0  # for the whole of a body that has begun to come
_SHOWN_BYTES = 4096
_AGAIN = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})


@dataclass(frozen=True)
class Failure:
    """`kind` is refused_STATUS, malformed, incomplete, timeout or unreachable; `wait_s` is how long the server asks to
    wait."""

    kind: str
    message: str
    again: bool
    wait_s: float = 0.0


async def post(session: aiohttp.ClientSession, url: str, body: object, key: str | None) -> dict[str, Any] | Failure:
    """The reply's JSON object. The key, which some servers repeat when they refuse it, is blanked in messages."""
    import aiohttp
    from aiohttp.http_exceptions import ContentEncodingError, HttpProcessingError

    try:
        async with session.post(url, json=body) as response:
            if response.status != 200:
                said = (await _body(response, _SHOWN_BYTES)).decode("utf-8", "replace")
                said = (said.replace(key, "...") if key else said)[:300]
                wait_s = _retry_after(response.headers.get("Retry-After"))
                kind = f"refused_{response.status}"
                return Failure(kind, f"status {response.status}: {said}", response.status in _AGAIN, wait_s)
            data = await _body(response, LARGEST_BYTES + 1)
        if len(data) > LARGEST_BYTES:
            return Failure("malformed", f"the reply is larger than {LARGEST_BYTES} bytes", again=False)
        reply = parse_json(data)
    except ValueError:
        return Failure("malformed", "the reply is no JSON", again=True)
    except TimeoutError:
        return Failure("timeout", "no answer in time", again=True)
    # aiohttp lets some errors of its HTTP parser through as they are.
    except (aiohttp.ClientError, HttpProcessingError, OSError) as error:
        if isinstance(error, ContentEncodingError) or isinstance(error.__cause__, ContentEncodingError):
            return Failure("malformed", "the reply cannot be unpacked", again=True)
        if isinstance(error, aiohttp.ClientPayloadError):
            return Failure("incomplete", "the reply breaks off", again=True)
        return Failure("unreachable", str(error) or type(error).__name__, again=True)
    return reply if isinstance(reply, dict) else Failure("malformed", "the reply is no JSON object", again=False)


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
        trust_env=not url.startswith(("http://127.", "http://localhost")),
    )


def wait_before(attempt: int, first_wait_s: float, asked_s: float) -> float:
    """Seconds to wait before the attempt of that number, 1 for the second: doubling up to 20, at least what the server
    asked for, and spread by a quarter so that requests that failed together do not come back together."""
    wait = max(min(first_wait_s * 2.0 ** (attempt - 1), LONGEST_WAIT_S), asked_s)
    return wait * random.uniform(0.75, 1.25)  # noqa: S311 - spreads retries, hides nothing


def _retry_after(value: str | None) -> float:
    try:
        asked_s = float(value or 0)
    except ValueError:
        return 0.0
    return 0.0 if math.isnan(asked_s) else min(max(0.0, asked_s), LONGEST_WAIT_S)
