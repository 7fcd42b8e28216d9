"""Several judges on one response."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from statistics import fmean, stdev
from typing import Any

from inoc_evals.judging.distribution import Verdict, points
from inoc_evals.judging.judge import Judge
from inoc_evals.judging.prompt import Instrument, Material
from inoc_evals.judging.version import ANSWERED_BY


async def rate_panel(
    judges: Sequence[Judge], instrument: Instrument, material: Material
) -> tuple[Verdict, Mapping[str, Verdict]]:
    """The panel's verdict and each judge's own, all asked at once."""
    if len(judges) == 1:
        verdict = await judges[0].rate(instrument, material)
        return verdict, {judges[0].id: verdict}
    verdicts = await asyncio.gather(*(judge.rate(instrument, material) for judge in judges))
    by_judge = {judge.id: verdict for judge, verdict in zip(judges, verdicts, strict=True)}
    return combine(list(verdicts)), by_judge


def of_panel(by_judge: Mapping[str, Verdict]) -> dict[str, Any]:
    """What is stored of each judge of a panel: its value, and the version that gave it."""
    told = {name: each.answered_by for name, each in by_judge.items() if each.answered_by is not None}
    values = {name: each.value for name, each in by_judge.items()}
    return {"judges": values, **({ANSWERED_BY: told} if told else {})}


def combine(verdicts: Sequence[Verdict]) -> Verdict:
    """Mean of the judges' values, with their standard deviation as `spread`.

    Judges differ in how strict they are, so a mean over those that happen to answer would move with the failures: if
    any value is missing the panel's is missing too, with the first judge's cause. `mass` is the smallest.
    """
    if len(verdicts) == 1:
        return verdicts[0]
    values = [verdict.value for verdict in verdicts if verdict.value is not None]
    missing = next((verdict for verdict in verdicts if verdict.value is None), None)
    mass = min(verdict.mass for verdict in verdicts)
    reading = "/".join(sorted({verdict.reading for verdict in verdicts}))
    if missing is not None:
        return Verdict(None, missing.cause, mass, reading, {}, missing.reason)
    return Verdict(points(fmean(values)), None, mass, reading, {}, None, stdev(values))
