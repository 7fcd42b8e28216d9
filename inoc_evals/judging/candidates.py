"""What may become a member of a panel: a judge with a wording and a number of draws, and what it says of responses."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Literal

from inoc_evals.client.errors import ServerError
from inoc_evals.judging.accounting import noted
from inoc_evals.judging.cache import JudgementCache
from inoc_evals.judging.connect import judge_of
from inoc_evals.judging.distribution import Distribution
from inoc_evals.judging.judge import Judge
from inoc_evals.judging.one_version import by_one_version
from inoc_evals.judging.progress import ratings_shown
from inoc_evals.judging.prompt import Instrument, Material
from inoc_evals.judging.usage import Judging, together
from inoc_evals.judging.version import Version

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
    """What a candidate says of each response, None where it could not be had. `judging` is what that took now: what was
    asked before is not asked again. `versions` of the judge gave them: one, once all judges were asked."""

    candidate: Candidate
    said: tuple[Distribution | None, ...]
    judging: Judging
    versions: frozenset[Version] = frozenset()

    @property
    def judge(self) -> str:
        """Its name in results."""
        return self.candidate.judge

    @property
    def about(self) -> Candidate:
        """Who was asked, and how."""
        return self.candidate

    @property
    def answered_as(self) -> frozenset[str | None]:
        """The versions in words; None for one that does not tell."""
        return frozenset(version.text for version in self.versions)

    @property
    def version(self) -> str | None:
        """What the judge answered as, in words; None where it does not tell."""
        return next(iter(self.answered_as), None)

    @property
    def missing(self) -> int:
        """How many responses it says nothing of."""
        return sum(each is None for each in self.said)

    def after(self, earlier: Answers) -> Answers:
        """The same with what `earlier` took, which is thrown away, added to what this took."""
        return replace(self, judging=together([earlier.judging, self.judging]))


def ask_all(
    models: Sequence[Model],
    wordings: Mapping[Wording, Instrument],
    draws: Sequence[int],
    materials: Sequence[Material],
    cache: JudgementCache,
) -> list[Sequence[Answers]]:
    """What each of `models` says of `materials` in each wording, with each number of draws or, where its reading is
    exact, in that alone. Answers of one number of draws are others than those of another.

    All answers of a judge are of one version of it: see `by_one_version`. Raises WorkError where it goes on to change,
    and InputError or WorkError where one does not answer at all.
    """
    return by_one_version([partial(_asked, model, wordings, draws, materials, cache) for model in models])


def _asked(
    model: Model,
    wordings: Mapping[Wording, Instrument],
    draws: Sequence[int],
    materials: Sequence[Material],
    cache: JudgementCache,
) -> list[Answers]:
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
                heard = await asyncio.gather(*(_said(judge, instrument, each, advance) for each in materials))
            versions = frozenset(version for version, said in heard if said is not None)
            found.append(Answers(candidate, tuple(said for _, said in heard), took[0], versions))
    finally:
        await judge.rest()
    return found


async def _said(
    judge: Judge, instrument: Instrument, material: Material, advance: Callable[[object], None]
) -> tuple[Version, Distribution | None]:
    try:
        asked, said = await judge.answer(instrument, material, counts=True)
    except ServerError:
        return judge.version, None
    else:
        return asked.version, said
    finally:
        advance(None)
