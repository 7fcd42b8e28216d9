"""A judge's verdicts on a list of texts, with what they took."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

from inoc_evals.client.endpoint import Endpoint, Usage
from inoc_evals.judging.distribution import Verdict
from inoc_evals.judging.gold import rate_all
from inoc_evals.judging.judge import Judge
from inoc_evals.judging.progress import Watch
from inoc_evals.judging.prompt import Instrument, Material


@dataclass(frozen=True)
class Answered:
    """Verdicts in the order of the texts; `usage` is what was asked for them now, without what the cache had."""

    judge: str
    verdicts: Sequence[Verdict]
    usage: Usage
    seconds: float


def answered(judge: Judge, instrument: Instrument, texts: Sequence[Material], watch: Watch) -> Answered:
    """Ask `judge` about all `texts`; `watch` shows how far it is. What was rated is kept when it is interrupted.

    Raises InputError or WorkError if the judge does not answer at all.
    """

    async def rated() -> list[Verdict]:
        try:
            return await rate_all(judge, instrument, texts)
        finally:
            await judge.rest()

    before, started = _usage(judge), time.monotonic()
    with watch(f"{instrument.name} by {judge.id}", len(texts)) as advance:
        judge.watch = advance
        try:
            verdicts = asyncio.run(rated())
        finally:
            judge.watch = None
    after = _usage(judge)
    spent = Usage(
        after.calls - before.calls,
        after.prompt_tokens - before.prompt_tokens,
        after.completion_tokens - before.completion_tokens,
    )
    return Answered(judge.id, verdicts, spent, time.monotonic() - started)


def _usage(judge: Judge) -> Usage:
    return judge.transport.usage if isinstance(judge.transport, Endpoint) else Usage()
