"""What answers to the fixed examples say beside those that are stored, and what is stored of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from inoc_evals.definitions.rubric import Rubric
from inoc_evals.judging.asked_again import Anew
from inoc_evals.judging.distribution import Distribution
from inoc_evals.judging.drift import ANOTHER, FIRST, SAME, UNDECIDED, Change, Decided, Pair, Told, change, decided
from inoc_evals.judging.fixed import FixedAnswers, Group, Kept, example_key
from inoc_evals.judging.gold import material
from inoc_evals.judging.judge import Judge
from inoc_evals.judging.prompt import from_rubric
from inoc_evals.judging.version import Version


@dataclass(frozen=True)
class RubricDrift:
    """What the answers to one rubric's examples say. `before` is what they were compared with; without it the answers
    are the first, or none that were read in the same way."""

    anew: Anew
    before: Kept | None
    decided: Decided


@dataclass(frozen=True)
class JudgeDrift:
    """What all rubrics say about one judge together; `version` is the one that its ratings have from now on."""

    judge: str
    told: Told
    version: Version
    rubrics: Sequence[RubricDrift]


def compare_with_stored(store: FixedAnswers, judge: str, asked: Sequence[Anew]) -> JudgeDrift:
    """What the answers of one judge say, compared with what is stored under its name. There is one rubric at least."""
    before = [reference(store.kept(judge, each.group.identity), each.group) for each in asked]
    compared = decided([_change(each, kept) for each, kept in zip(asked, before, strict=True)])
    rubrics = [
        RubricDrift(each, kept, _without(store, each) if kept is None else decision)
        for each, kept, decision in zip(asked, before, compared, strict=True)
    ]
    return JudgeDrift(judge, _together([rubric.decided.told for rubric in rubrics]), asked[0].group.version, rubrics)


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
    if not anew.answers:
        why = f"to none of {anew.missing} examples a reply came"
        return Decided(nothing, nothing.p, UNDECIDED, why)
    others = {each.group.reading for each in store.kept(anew.group.judge, anew.group.identity)}
    if not others:
        return Decided(nothing, nothing.p, FIRST)
    why = f"it was read by {' and '.join(sorted(others))} then and by {anew.group.reading} now"
    return Decided(nothing, nothing.p, UNDECIDED, why)


def _together(told: Sequence[Told]) -> Told:
    """One rubric shows another judge, and one where all could be seen shows the same."""
    return next((each for each in (ANOTHER, SAME, UNDECIDED) if each in told), FIRST)


def keep(store: FixedAnswers, judge: Judge, drift: JudgeDrift) -> JudgeDrift:
    """Store the answers, under a new generation where another judge answers under the same version; what was found with
    the version that holds from now on."""
    another = drift.told == ANOTHER
    version = drift.version
    unnoticed = any(rubric.decided.told == ANOTHER and _of_same_version(rubric) for rubric in drift.rubrics)
    if unnoticed and judge.cache is not None:
        version = judge.version = judge.cache.begin_generation(judge.id, drift.version)
    for rubric in drift.rubrics:
        group = replace(rubric.anew.group, version=version)
        answers = {key: said[0] for key, said in rubric.anew.answers.items()}
        store.keep(group, rubric.anew.rubric.name, answers, compared=another or rubric.decided.told == SAME)
    return replace(drift, version=version)


def _of_same_version(rubric: RubricDrift) -> bool:
    return rubric.before is not None and rubric.before.group == rubric.anew.group


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
