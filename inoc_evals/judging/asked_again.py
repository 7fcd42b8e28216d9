"""The fixed examples put to a judge anew."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from inoc_evals.client.errors import CHANGING, EMPTY, MALFORMED, TOO_LONG, ServerError
from inoc_evals.definitions.rubric import Rubric
from inoc_evals.errors import WorkError
from inoc_evals.judging.causes import OVER_BUDGET, counted, of_failure
from inoc_evals.judging.distribution import Distribution
from inoc_evals.judging.drift import FAR, SAMPLED, elsewhere
from inoc_evals.judging.fixed import Group, example_key
from inoc_evals.judging.gold import material
from inoc_evals.judging.judge import Judge
from inoc_evals.judging.prompt import Instrument, Material, from_rubric
from inoc_evals.judging.unfinished import HOURS, Answers, Unfinished
from inoc_evals.judging.version import Version, went_on_changing

# Why a call fails that would fail later too.
_LASTING = frozenset({MALFORMED, EMPTY, CHANGING, TOO_LONG, "refused_400", "refused_404", "refused_413", "refused_422"})
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
    if _changed_since(begun, said):
        return await _ask_one(judge, replace(begun, before=Answers({}, "")), unfinished, lambda _: None)
    each = {
        key: [found for found in given if found is not None] for key, *given in zip(begun.examples, *said, strict=True)
    }
    whole = {key: given for key, given in each.items() if len(given) == begun.times}
    group = replace(begun.group, version=next(iter(versions), judge.version))
    missing = len(each) - len(whole)
    return Anew(begun.rubric, begun.instrument, group, whole, missing, frozenset(versions), begun.resumed, dict(failed))


def _changed_since(begun: Begun, said: Sequence[Sequence[Distribution | None]]) -> bool:
    """Does an exact reading of now, of an example that was asked before too, differ so that another judge may have
    taken the place of the one that the run began with? Drawn answers of an example do not show that."""
    if begun.draws:
        return False
    for key, *given in zip(begun.examples, *said, strict=True):
        answers = [found for found in given if found is not None]
        resumed = [(key, time) in begun.before.said for time in range(begun.times)]
        if any(resumed) and not all(resumed) and len(answers) == begun.times and elsewhere(*answers) > FAR:
            return True
    return False


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
