"""A judge's verdicts on a list of texts, with what they took."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from inoc_evals.judging.accounting import noted
from inoc_evals.judging.distribution import Verdict
from inoc_evals.judging.gold import rate_by_one
from inoc_evals.judging.judge import Judge
from inoc_evals.judging.progress import Watch
from inoc_evals.judging.prompt import Instrument, Material
from inoc_evals.judging.usage import Judging, together
from inoc_evals.judging.version import described


@dataclass(frozen=True)
class Answered:
    """The verdicts by each of some instruments, in the order of the texts. `judging` is what was asked for all of them
    now, and what the cache had; `version` who answered, as it stands in documents."""

    judge: str
    version: Mapping[str, Any]
    by: Sequence[Sequence[Verdict]]
    judging: Judging
    seconds: float

    @property
    def verdicts(self) -> Sequence[Verdict]:
        """Those by the first instrument."""
        return self.by[0]

    def after(self, earlier: Answered) -> Answered:
        """The same with what `earlier` took, which is thrown away, added to what this took."""
        return replace(self, judging=together([earlier.judging, self.judging]), seconds=earlier.seconds + self.seconds)


def answered(judge: Judge, instruments: Sequence[Instrument], texts: Sequence[Material], watch: Watch) -> Answered:
    """Ask `judge` about all `texts` by each of the instruments, one at least; `watch` shows how far it is. What was
    rated is kept when it is interrupted.

    Raises InputError or WorkError if the judge does not answer at all.
    """

    async def rated() -> list[list[Verdict]]:
        try:
            return await rate_by_one(judge, instruments, texts)
        finally:
            await judge.rest()

    took: list[Judging] = []
    started = time.monotonic()
    with noted(took), watch(f"{instruments[0].name} by {judge.id}", len(instruments) * len(texts)) as advance:
        judge.watch = advance
        try:
            by = asyncio.run(rated())
        finally:
            judge.watch = None
    return Answered(judge.id, described(judge), by, took[0], time.monotonic() - started)
