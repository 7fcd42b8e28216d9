"""Chat requests to one server, many at a time. lm-eval's own loop repeats the key in what it says about a failure, and
lets the other requests run on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from inoc_evals.client.post import FIRST_WAIT_S, Failure, connected, post, wait_before
from inoc_evals.errors import WorkError


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

    async def one(session: aiohttp.ClientSession, body: dict[str, Any]) -> dict[str, Any]:
        failure = Failure("unreachable", "no request was made", again=True)
        async with gate:
            for attempt in range(tries):
                if attempt:
                    await asyncio.sleep(wait_before(attempt, FIRST_WAIT_S, failure.wait_s))
                reply = await post(session, url, body, key)
                if not isinstance(reply, Failure):
                    if isinstance(reply.get("choices"), list) and reply["choices"]:
                        done()
                        return reply
                    reply = Failure("malformed", "the reply has no choices", again=True)
                failure = reply
                if not failure.again:
                    break
        told = f"the server at {url} does not answer a request for {body['model']} ({failure.message}); see its log"
        raise WorkError(told)

    async with connected(url, key, connections, aiohttp.ClientTimeout(total=timeout_s)) as session:
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(one(session, body)) for body in bodies]
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from None
    return [task.result() for task in tasks]
