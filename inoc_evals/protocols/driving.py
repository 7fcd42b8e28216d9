"""Running the generators of protocols and measures: with a function that fulfils requests, or with plain replies."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Generator, Iterable, Sequence
from typing import TypeVar

from inoc_evals.protocols.requests import Reply, Request

Result = TypeVar("Result")


async def drive(
    asking: Generator[Sequence[Request], Sequence[Reply], Result], fulfil: Callable[[Request], Awaitable[Reply]]
) -> Result:
    """What `asking` returns, `fulfil` being awaited for each of its requests, those of one list at once."""
    try:
        requests = next(asking)
        while True:
            replies = await asyncio.gather(*map(fulfil, requests))
            requests = asking.send(replies)
    except StopIteration as end:
        result: Result = end.value
        return result
    finally:
        asking.close()


def drive_plainly(
    asking: Generator[Sequence[Request], Sequence[Reply], Result], replies: Iterable[Sequence[Reply]]
) -> tuple[Result, list[Sequence[Request]]]:
    """What `asking` returns where `replies` are the lists that it is sent, and all that it asked for.

    Raises ValueError where there are fewer lists than it asks for, or more.
    """
    asked: list[Sequence[Request]] = []
    following = iter(replies)
    try:
        requests = next(asking)
        while True:
            asked.append(requests)
            reply = next(following, None)
            if reply is None:
                raise ValueError(f"it asks {len(asked)} times, and there are replies for {len(asked) - 1}")
            requests = asking.send(reply)
    except StopIteration as end:
        if (left := next(following, None)) is not None:
            raise ValueError(f"it asks {len(asked)} times, and there are more replies: {left}") from None
        result: Result = end.value
        return result, asked
    finally:
        asking.close()
