"""Chat requests to one server, many at a time. lm-eval's own loop repeats the key in what it says about a failure, and
lets the other requests run on."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from typing import Any

from inoc_evals.spec.errors import WorkError

_AGAIN = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})
_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.5, 20.0


async def draw(
    url: str,
    key: str,
    bodies: Sequence[dict[str, Any]],
    connections: int,
    tries: int,
    timeout_s: float,
    done: Callable[[], object],
) -> list[dict[str, Any]]:
    """The server's reply to each body, in order. A reply without choices counts as a failure.

    Raises WorkError for the first request that stays failed after `tries` attempts, or that the server refuses.
    """
    import aiohttp

    gate = asyncio.Semaphore(connections)
    headers = {"Authorization": f"Bearer {key}"} if key else {}

    async def attempt(session: aiohttp.ClientSession, body: dict[str, Any]) -> tuple[dict[str, Any] | None, str, bool]:
        try:
            async with session.post(url, json=body) as response:
                if response.status != 200:
                    said = (await response.text())[:300]
                    return None, f"status {response.status}: {said}", response.status in _AGAIN
                reply = await response.json(content_type=None)
        except ValueError:
            return None, "the reply is no JSON", True
        except TimeoutError:
            return None, "no answer in time", True
        except aiohttp.ClientError as error:
            return None, type(error).__name__, True
        if not isinstance(reply, dict) or not isinstance(reply.get("choices"), list) or not reply["choices"]:
            return None, "the reply has no choices", True
        return reply, "", False

    async def one(session: aiohttp.ClientSession, body: dict[str, Any]) -> dict[str, Any]:
        wait, failure = _FIRST_WAIT_S, ""
        async with gate:
            for number in range(tries):
                if number:
                    await asyncio.sleep(wait * random.uniform(0.75, 1.25))  # noqa: S311 - spreads retries
                    wait = min(2 * wait, _LONGEST_WAIT_S)
                reply, failure, again = await attempt(session, body)
                if reply is not None:
                    done()
                    return reply
                if not again:
                    break
        raise WorkError(f"the server at {url} does not answer a request for {body['model']} ({failure}); see its log")

    async with aiohttp.ClientSession(
        headers=headers,
        connector=aiohttp.TCPConnector(limit=connections),
        timeout=aiohttp.ClientTimeout(total=timeout_s),
        trust_env=not url.startswith(("http://127.", "http://localhost")),
    ) as session:
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(one(session, body)) for body in bodies]
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from None
    return [task.result() for task in tasks]
