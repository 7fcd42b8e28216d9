"""What measures ask for, fulfilled in either harness: judges answer `Rate`, a sandbox `Execute`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator, Sequence
from typing import TypeVar

from inoc_evals.judging.fulfil import NOTHING_KEPT, Kept, rated
from inoc_evals.judging.panel import Panel
from inoc_evals.protocols.driving import drive
from inoc_evals.protocols.requests import Execute, Executed, Reply, Request

Result = TypeVar("Result")
Running = Callable[[Execute], Awaitable[Executed]]


async def fulfil(
    asking: Generator[Sequence[Request], Sequence[Reply], Result],
    panel: Panel,
    running: Running,
    kept: Kept = NOTHING_KEPT,
) -> Result:
    """What `asking` returns once everything that it asks for is rated or run, each list of requests all at once.

    A rating that is not for the panel is the one that was `kept`, by the task's name for it, else missing with the
    cause "not_rated". Raises WorkError for a request that is none of a measure's, and what `running` raises.
    """

    async def answer(request: Request) -> Reply:
        return await running(request) if isinstance(request, Execute) else await rated(request, panel, kept)

    return await drive(asking, answer)
