"""The fixed examples put to a judge anew, what was stored of it before, and what is stored of it now."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from inoc_evals.client.errors import ServerError
from inoc_evals.definitions.models import Rubric
from inoc_evals.errors import WorkError
from inoc_evals.judging.distribution import Distribution
from inoc_evals.judging.drift import (
    ANOTHER,
    FIRST,
    SAME,
    SAMPLED,
    UNDECIDED,
    Change,
    Decided,
    Pair,
    Told,
    change,
    decided,
)
from inoc_evals.judging.fixed import FixedAnswers, Group, Kept, example_key
from inoc_evals.judging.gold import material
from inoc_evals.judging.judge import Judge
from inoc_evals.judging.prompt import Instrument, Material, from_rubric
from inoc_evals.judging.version import Version

Advance = Callable[[object], None]


@dataclass(frozen=True)
class Anew:
    """What a judge says now of a rubric's examples, by example, each time that it was asked; `missing` examples have no
    answer. `group` is whose answers these are; all `versions` that answered were heard."""

    rubric: Rubric
    instrument: Instrument
    group: Group
    answers: Mapping[str, Sequence[Distribution]]
    missing: int
    versions: frozenset[Version]


@dataclass(frozen=True)
class Found:
    """What the answers to one rubric's examples say. `before` is what they were compared with; without it the answers
    are the first, or none that were read in the same way."""

    anew: Anew
    before: Kept | None
    decided: Decided


@dataclass(frozen=True)
class Verdict:
    """What all rubrics say about one judge together; `version` is the one that its ratings have from now on."""

    judge: str
    told: Told
    version: Version
    rubrics: Sequence[Found]


def passes(judge: Judge, rubric: Rubric) -> int:
    """How often each example is asked: exact readings twice, so that their own noise is seen."""
    return 1 if judge.reading == SAMPLED or rubric.answer == "reasoned" else 2


async def ask_anew(judge: Judge, rubrics: Sequence[Rubric], advance: Advance) -> list[Anew]:
    """Put the gold examples of `rubrics` to a judge that is prepared, past its cache. Raises WorkError where it becomes
    another version meanwhile."""
    try:
        asked = [await _ask_one(judge, rubric, advance) for rubric in rubrics]
    finally:
        await judge.rest()
    versions = {version for each in asked for version in each.versions}
    if len(versions) > 1:
        named = " and as ".join(sorted(str(version.text) for version in versions))
        raise WorkError(f"judge {judge.id} changed while it was asked: it answered as {named}; ask it again")
    return asked


async def _ask_one(judge: Judge, rubric: Rubric, advance: Advance) -> Anew:
    instrument = from_rubric(rubric)
    examples = {example_key(instrument, each): each for each in map(material, rubric.gold)}
    versions: set[Version] = set()

    async def ask(given: Material) -> Distribution | None:
        try:
            asked, found = await judge.answer(instrument, given, anew=True)
        except ServerError:
            return None
        finally:
            advance(None)
        versions.add(asked.version)
        return found

    said = [await asyncio.gather(*map(ask, examples.values())) for _ in range(passes(judge, rubric))]
    each = {key: [found for found in given if found is not None] for key, *given in zip(examples, *said, strict=True)}
    whole = {key: given for key, given in each.items() if len(given) == len(said)}
    version = next(iter(versions), judge.version)
    reading = SAMPLED if len(said) == 1 else str(judge.reading)
    group = Group(judge.id, version, instrument.identity, reading)
    return Anew(rubric, instrument, group, whole, len(examples) - len(whole), frozenset(versions))


def compare_with_stored(store: FixedAnswers, judge: str, asked: Sequence[Anew]) -> Verdict:
    """What the answers of one judge say, compared with what is stored under its name. There is one rubric at least."""
    before = [reference(store.kept(judge, each.group.identity), each.group) for each in asked]
    told = decided([_change(each, kept) for each, kept in zip(asked, before, strict=True)])
    found = [
        Found(each, kept, _without(store, each) if kept is None else one)
        for each, kept, one in zip(asked, before, told, strict=True)
    ]
    return Verdict(judge, _together([one.decided.told for one in found]), asked[0].group.version, found)


def reference(kept: Sequence[Kept], group: Group) -> Kept | None:
    """What answers of `group` are compared with, of what is stored, the oldest first: its own answers, once they were
    compared with those of the version before it, or where there is none before it; else the last other ones."""
    alike = [each for each in kept if each.group.reading == group.reading]
    own = next((each for each in alike if each.group == group), None)
    others = [each for each in alike if each.group != group]
    if own is not None and (own.compared or not others):
        return own
    return others[-1] if others else None


def _change(anew: Anew, before: Kept | None) -> Change:
    stored = {} if before is None else before.answers
    return change(anew.instrument, [Pair(stored[key], said) for key, said in anew.answers.items() if key in stored])


def _without(store: FixedAnswers, anew: Anew) -> Decided:
    """There is nothing to compare with: nothing at all, or only answers that were read in another way."""
    nothing = change(anew.instrument, [])
    others = {each.group.reading for each in store.kept(anew.group.judge, anew.group.identity)}
    if not others:
        return Decided(nothing, nothing.p, FIRST)
    why = f"it was read by {' and '.join(sorted(others))} then and by {anew.group.reading} now"
    return Decided(nothing, nothing.p, UNDECIDED, why)


def _together(told: Sequence[Told]) -> Told:
    """One rubric shows another judge, and one where all could be seen shows the same."""
    return next((each for each in (ANOTHER, SAME, UNDECIDED) if each in told), FIRST)


def keep(store: FixedAnswers, judge: Judge, verdict: Verdict) -> Verdict:
    """Store the answers, under a new generation where another judge answers under the same version; the verdict with
    the version that holds from now on."""
    another = verdict.told == ANOTHER
    version = verdict.version
    unnoticed = any(one.decided.told == ANOTHER and _own(one) for one in verdict.rubrics)
    if unnoticed and judge.cache is not None:
        version = judge.version = judge.cache.begin_generation(judge.id, verdict.version)
    for one in verdict.rubrics:
        group = replace(one.anew.group, version=version)
        answers = {key: said[0] for key, said in one.anew.answers.items()}
        store.keep(group, one.anew.rubric.name, answers, compared=another or one.decided.told == SAME)
    return replace(verdict, version=version)


def _own(found: Found) -> bool:
    return found.before is not None and found.before.group == found.anew.group


async def keep_checked(store: FixedAnswers, judge: Judge, rubric: Rubric) -> str | None:
    """Store what a judge just said of a rubric's gold examples, which it is not asked again; what there is to say where
    it answered as another version before."""
    instrument = from_rubric(rubric)
    answers: dict[str, Distribution] = {}
    group = None
    for example in map(material, rubric.gold):
        asked = await judge.asked(instrument, example)
        if judge.cache is not None and (found := judge.cache.get(asked.key)) is not None:
            answers[example_key(instrument, example)] = found
            group = Group(judge.id, asked.version, instrument.identity, asked.reading)
    if group is None:
        return None
    store.keep(group, rubric.name, answers)
    before = reference(store.kept(judge.id, instrument.identity), group)
    if before is None or before.group == group:
        return None
    then, now = before.group.version.text or "no version", group.version.text or "no version"
    command = f"inoc-evals judges drift {rubric.name}"
    return f"{judge.id} answered as {then} on {before.made[:10]} and answers as {now} now; `{command}` compares them"
