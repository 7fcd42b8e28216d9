"""What may become a member of a panel: a judge with a wording and a number of draws, and what it says of responses."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from inoc_evals.client.errors import ServerError
from inoc_evals.client.usage import Usage
from inoc_evals.judging.accounting import noted
from inoc_evals.judging.cache import JudgementCache
from inoc_evals.judging.connect import judge_of
from inoc_evals.judging.distribution import Distribution
from inoc_evals.judging.judge import Judge
from inoc_evals.judging.progress import ratings_shown
from inoc_evals.judging.prompt import Instrument, Material
from inoc_evals.judging.usage import Judging

if TYPE_CHECKING:
    from inspect_ai.model import Model

Wording = Literal["first", "second"]


@dataclass(frozen=True)
class Candidate:
    """A judge, the wording that it reads, and how many answers are drawn from it; None where its reading is exact."""

    judge: str
    wording: Wording
    draws: int | None

    def words(self) -> str:
        """As it is printed."""
        reading = "exact" if self.draws is None else f"{self.draws} drawn"
        return f"{self.judge}, {self.wording} wording, {reading}"


@dataclass(frozen=True)
class Answers:
    """What a candidate says of each response, None where it could not be had, and what that took now: what was asked
    before is not asked again. `version` is what the judge answered as, None where it does not tell."""

    candidate: Candidate
    said: tuple[Distribution | None, ...]
    usage: Usage
    version: str | None = None

    @property
    def missing(self) -> int:
        """How many responses it says nothing of."""
        return sum(each is None for each in self.said)


def ask_all(
    model: Model,
    wordings: Mapping[Wording, Instrument],
    draws: Sequence[int],
    materials: Sequence[Material],
    cache: JudgementCache,
) -> list[Answers]:
    """What `model` says of `materials` in each wording, with each number of draws or, where its reading is exact, in
    that alone. Answers of one number of draws are others than those of another. Raises InputError or WorkError where it
    does not answer at all."""
    found = []
    for count in draws:
        judge = judge_of(model, cache, count)
        asked = asyncio.run(_ask(judge, wordings, count, materials))
        found += asked
        if all(each.candidate.draws is None for each in asked):
            break
    # An exact reading of one wording was taken with every number of draws.
    return list({each.candidate: each for each in found}.values())


async def _ask(
    judge: Judge,
    wordings: Mapping[Wording, Instrument],
    count: int,
    materials: Sequence[Material],
) -> list[Answers]:
    found = []
    try:
        await judge.prepare()
        for wording, instrument in wordings.items():
            candidate = Candidate(judge.id, wording, None if judge.is_exact(instrument) else count)
            took: list[Judging] = []
            shown = ratings_shown(f"{instrument.name} by {candidate.words()}", len(materials))
            with noted(took), shown as advance:
                said = await asyncio.gather(*(_said(judge, instrument, each, advance) for each in materials))
            found.append(Answers(candidate, tuple(said), took[0].usage, judge.version.text))
    finally:
        await judge.rest()
    return found


async def _said(
    judge: Judge, instrument: Instrument, material: Material, advance: Callable[[object], None]
) -> Distribution | None:
    try:
        return (await judge.answer(instrument, material, counts=True))[1]
    except ServerError:
        return None
    finally:
        advance(None)
