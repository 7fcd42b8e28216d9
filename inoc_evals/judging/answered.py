"""A judge's verdicts on a list of texts, with what they took."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

from inoc_evals.client.usage import Usage
from inoc_evals.judging.accounting import noted
from inoc_evals.judging.distribution import Verdict
from inoc_evals.judging.gold import rate_all
from inoc_evals.judging.judge import Judge
from inoc_evals.judging.progress import Watch
from inoc_evals.judging.prompt import Instrument, Material
from inoc_evals.judging.usage import Judging


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

    took: list[Judging] = []
    started = time.monotonic()
    with noted(took), watch(f"{instrument.name} by {judge.id}", len(texts)) as advance:
        judge.watch = advance
        try:
            verdicts = asyncio.run(rated())
        finally:
            judge.watch = None
    return Answered(judge.id, verdicts, took[0].usage, time.monotonic() - started)
