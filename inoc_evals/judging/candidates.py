"""What may become a member of a panel: a judge with a wording and a number of draws, and what it says of responses."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from inoc_evals.client.errors import ServerError
from inoc_evals.client.usage import NOTHING, Usage
from inoc_evals.judging.accounting import noted
from inoc_evals.judging.cache import JudgementCache
from inoc_evals.judging.connect import judge_of
from inoc_evals.judging.distribution import Distribution
from inoc_evals.judging.judge import Judge
from inoc_evals.judging.progress import ratings_shown
from inoc_evals.judging.prompt import Instrument, Material
from inoc_evals.judging.usage import Judging
from inoc_evals.judging.version import CHANGES, Version, went_on_changing

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
    before is not asked again. `versions` of the judge gave them: one, once all judges were asked."""

    candidate: Candidate
    said: tuple[Distribution | None, ...]
    usage: Usage
    versions: frozenset[Version] = frozenset()

    @property
    def version(self) -> str | None:
        """What the judge answered as, in words; None where it does not tell."""
        return next((version.text for version in self.versions), None)

    @property
    def missing(self) -> int:
        """How many responses it says nothing of."""
        return sum(each is None for each in self.said)


def ask_all(
    models: Sequence[Model],
    wordings: Mapping[Wording, Instrument],
    draws: Sequence[int],
    materials: Sequence[Material],
    cache: JudgementCache,
) -> list[list[Answers]]:
    """What each of `models` says of `materials` in each wording, with each number of draws or, where its reading is
    exact, in that alone. Answers of one number of draws are others than those of another.

    All answers of a judge are of one version of it: where another one answers meanwhile, it is asked what the one
    before was too. Raises WorkError where it goes on to change, and InputError or WorkError where one does not answer
    at all.
    """

    def asked(model: Model) -> list[Answers]:
        return _asked(model, wordings, draws, materials, cache)

    found = [asked(model) for model in models]
    for _ in range(CHANGES):
        changed = _changed(found)
        found = [
            # What the version that answers now has said comes from the cache.
            _with_cost_of(own, asked(model)) if own[0].candidate.judge in changed else own
            for model, own in zip(models, found, strict=True)
        ]
    if changed := _changed(found):
        judge, versions = next(iter(changed.items()))
        raise went_on_changing(judge, (version.text for version in versions))
    return found


def _changed(found: Sequence[Sequence[Answers]]) -> dict[str, set[Version]]:
    """The judges that answered as several versions."""
    versions: dict[str, set[Version]] = {}
    for each in (each for own in found for each in own):
        versions.setdefault(each.candidate.judge, set()).update(each.versions)
    return {judge: given for judge, given in versions.items() if len(given) > 1}


def _with_cost_of(before: Sequence[Answers], now: Sequence[Answers]) -> list[Answers]:
    took = {each.candidate: each.usage for each in before}
    return [replace(each, usage=took.get(each.candidate, NOTHING) + each.usage) for each in now]


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
            found.append(Answers(candidate, tuple(said for _, said in heard), took[0].usage, versions))
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
