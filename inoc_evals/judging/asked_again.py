"""The fixed examples put to a judge anew, what was stored of it before, and what is stored of it now."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from inoc_evals.client.errors import CHANGING, EMPTY, MALFORMED, ServerError
from inoc_evals.definitions.rubric import Rubric
from inoc_evals.errors import WorkError
from inoc_evals.judging.causes import OVER_BUDGET, counted, of_failure
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
from inoc_evals.judging.unfinished import HOURS, Answers, Unfinished
from inoc_evals.judging.version import Version, went_on_changing

# Why a call fails that would fail later too.
_LASTING = frozenset({MALFORMED, EMPTY, CHANGING, "refused_400", "refused_404", "refused_413", "refused_422"})
Advance = Callable[[object], None]


@dataclass(frozen=True)
class Begun:
    """A rubric's gold examples by key, and what the judge of `group` said of them already, in a run that did not end:
    by example and time of asking. `draws` is how many answers it draws, 0 where it is read exactly; each example is
    asked `times` times."""

    rubric: Rubric
    instrument: Instrument
    group: Group
    draws: int
    times: int
    examples: Mapping[str, Material]
    before: Answers

    @property
    def asked(self) -> int:
        """How many answers there are to be."""
        return self.times * len(self.examples)

    @property
    def resumed(self) -> int:
        """How many of them are there."""
        return len(self.before.said)


@dataclass(frozen=True)
class Anew:
    """What a judge says now of a rubric's examples, by example, each time that it was asked; `missing` examples have no
    answer. `group` is whose answers these are; all `versions` that answered were heard. `resumed` of the answers are
    from a run that did not end, and calls `failed`, by cause."""

    rubric: Rubric
    instrument: Instrument
    group: Group
    answers: Mapping[str, Sequence[Distribution]]
    missing: int
    versions: frozenset[Version]
    resumed: int
    failed: Mapping[str, int]


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


def begin(judge: Judge, rubric: Rubric, unfinished: Unfinished) -> Begun:
    """What is to be asked of a judge that is prepared about a rubric, and what is there of it. Exact readings are asked
    twice, so that their own noise is seen."""
    instrument = from_rubric(rubric)
    exact = judge.is_exact(instrument)
    group = Group(judge.id, judge.version, instrument.identity, str(judge.reading) if exact else SAMPLED)
    draws, times = (0, 2) if exact else (judge.ratings, 1)
    examples = {example_key(instrument, each): each for each in map(material, rubric.gold)}
    there = unfinished.answers(group, draws)
    said = {place: found for place, found in there.said.items() if place[0] in examples and place[1] < times}
    return Begun(rubric, instrument, group, draws, times, examples, replace(there, said=said))


async def ask_anew(judge: Judge, begun: Sequence[Begun], unfinished: Unfinished, advance: Advance) -> list[Anew]:
    """Put what is not there yet to a judge that is prepared, past its cache; each answer is stored in `unfinished` at
    once. Raises WorkError where it becomes another version meanwhile, where it does not answer all that it could
    answer later, and where it answers nothing."""
    asked = [await _ask_one(judge, each, unfinished, advance) for each in begun]
    versions = {version for each in asked for version in each.versions}
    if len(versions) > 1:
        raise went_on_changing(judge.id, (version.text for version in versions))
    _refuse_half(judge.id, begun, asked)
    if not any(each.answers for each in asked):
        causes = counted(of_failure(cause) for each in asked for cause in Counter(each.failed).elements())
        missing = sum(each.missing for each in asked)
        raise WorkError(f"judge {judge.id} answered none of {missing} examples ({causes}), so that nothing is compared")
    return asked


async def _ask_one(judge: Judge, begun: Begun, unfinished: Unfinished, advance: Advance) -> Anew:
    versions = {begun.group.version} if begun.resumed else set[Version]()
    failed: Counter[str] = Counter()

    async def ask(example: str, time: int) -> Distribution | None:
        if (there := begun.before.said.get((example, time))) is not None:
            return there
        try:
            asked, found = await judge.answer(begun.instrument, begun.examples[example], anew=True)
        except ServerError as error:
            failed[error.cause] += 1
            return None
        finally:
            advance(None)
        versions.add(asked.version)
        unfinished.add(replace(begun.group, version=asked.version), begun.draws, example, time, found)
        return found

    said = [await asyncio.gather(*(ask(key, time) for key in begun.examples)) for time in range(begun.times)]
    each = {
        key: [found for found in given if found is not None] for key, *given in zip(begun.examples, *said, strict=True)
    }
    whole = {key: given for key, given in each.items() if len(given) == begun.times}
    group = replace(begun.group, version=next(iter(versions), judge.version))
    missing = len(each) - len(whole)
    return Anew(begun.rubric, begun.instrument, group, whole, missing, frozenset(versions), begun.resumed, dict(failed))


def _refuse_half(judge: str, begun: Sequence[Begun], asked: Sequence[Anew]) -> None:
    """Raise WorkError where calls failed that may succeed later, so that nothing is decided by half of the answers. A
    run that went on and got none of them after all is not put off again, unless nobody was asked."""
    failed: Counter[str] = Counter()
    for each in asked:
        failed.update(each.failed)
    later = {cause: count for cause, count in failed.items() if cause not in _LASTING}
    total, resumed = sum(each.asked for each in begun), sum(each.resumed for each in begun)
    answered = total - failed.total()
    if not later or (resumed and answered == resumed and OVER_BUDGET not in later):
        return
    causes = counted(map(of_failure, failed.elements()))
    kept = f"what it said is kept, and the same command asks for the rest, within {HOURS} hours"
    raise WorkError(f"judge {judge} gave {answered} of {total} answers ({causes}); {kept}")


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
