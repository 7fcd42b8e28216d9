"""What measures ask for, fulfilled in either harness: judges answer `Rate`, a sandbox `Execute`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator, Sequence
from typing import TypeVar

from inoc_evals.judging.fulfil import rated
from inoc_evals.judging.judge import Judge
from inoc_evals.protocols.driving import drive
from inoc_evals.protocols.requests import Execute, Executed, Reply, Request

Result = TypeVar("Result")
Running = Callable[[Execute], Awaitable[Executed]]


async def fulfil(
    asking: Generator[Sequence[Request], Sequence[Reply], Result], judges: Sequence[Judge], running: Running
) -> Result:
    """What `asking` returns once everything that it asks for is rated or run, each list of requests all at once.

    Without judges a rating is missing with the cause "not_rated". Raises WorkError for a request that is none of a
    measure's, and what `running` raises.
    """

    async def answer(request: Request) -> Reply:
        return await running(request) if isinstance(request, Execute) else await rated(request, judges)

    return await drive(asking, answer)
