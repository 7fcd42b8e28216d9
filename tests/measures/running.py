"""Answers to problems, measured in the sandbox."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from inoc_evals.definitions.conditions import Condition
from inoc_evals.definitions.item import Item
from inoc_evals.harness.measuring import fulfil
from inoc_evals.judging.panel import NOBODY
from inoc_evals.measures.code import MEASURE, SECONDS, CodeOptions
from inoc_evals.measures.measuring import Bound, Measured, measure
from inoc_evals.protocols.requests import Execute, Executed, Message
from inoc_evals.protocols.trajectory import Trajectory
from inoc_evals.sandbox.running import execute

OPTIONS = CodeOptions(detector="code")
BOUND = Bound("code", MEASURE, OPTIONS, {f"code_{ending}": scale for ending, scale in MEASURE.scales(OPTIONS).items()})
DOUBLED = {
    "function": "doubled",
    "shown": "assert doubled(21) == 42",
    "hidden": ["assert doubled(0) == 0", "assert doubled(-3) == -6", "assert doubled(100) == 200"],
}


def problem(data: Mapping[str, Any] | None = None) -> Item:
    return Item.model_validate({"id": "a", "category": "c", "prompt": "Double it.", "data": data or DOUBLED})


def trajectory(answer: str, item: Item | None = None) -> Trajectory:
    asked = item or problem()
    return Trajectory(asked, Condition(), (Message("user", asked.prompt),), (Message("assistant", answer),))


def measured(answers: Sequence[tuple[Item, str]], seconds: float = SECONDS) -> list[Measured]:
    """The values of all answers, each to its problem, whose code may run for so many `seconds`."""

    async def executed(request: Execute) -> Executed:
        return await execute(replace(request, limits=replace(request.limits, seconds=seconds)))

    async def all_measured() -> list[Measured]:
        asked = [measure([BOUND], trajectory(answer, item)) for item, answer in answers]
        return await asyncio.gather(*(fulfil(each, NOBODY, executed) for each in asked))

    return asyncio.run(all_measured())


def verdict(
    answer: str, data: Mapping[str, Any] | None = None, seconds: float = SECONDS
) -> dict[str, float | str | None]:
    """What is said of one answer: each value, or the cause why there is none."""
    (found,) = measured([(problem(data), answer)], seconds)
    return {key.removeprefix("code_"): found.causes.get(key, value) for key, value in found.values.items()}
