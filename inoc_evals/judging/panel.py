"""Several judges on one response: each reads a wording of the rubric, and together they give one value.

A panel of named judges is the mean of their values. A panel that labels chose is the mean of its members'
probabilities, which is what it was chosen as, and its value is made of that as one judge's is of its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from statistics import fmean, stdev
from typing import TYPE_CHECKING, Any

from inoc_evals.errors import InputError
from inoc_evals.judging.distribution import Distribution, Verdict, decide, points
from inoc_evals.judging.judge import Judge, prepare_all
from inoc_evals.judging.prompt import Instrument, Material
from inoc_evals.judging.version import ANSWERED_BY, CHOSEN_BY, JUDGES
from inoc_evals.protocols.requests import Judged

if TYPE_CHECKING:
    from collections.abc import Callable

_SEEN = tuple(field.name for field in fields(Verdict))


@dataclass(frozen=True)
class Member:
    """A judge in a panel, under a `name` that no other member has. It reads the wording `asks`, and must be read
    exactly, or must not be, as `exact` says; where there is none, it reads the one that a rating asks for."""

    name: str
    judge: Judge
    asks: Instrument | None = None
    exact: bool = False


@dataclass(frozen=True)
class ChosenBy:
    """The labels that chose a panel: their `draw`, see `Labels.draw`, and the `identity` of the instrument that they
    are by, which is all that the panel rates; `rubric` says it in words."""

    draw: str
    identity: str
    rubric: str


@dataclass(frozen=True)
class Panel:
    """Judges that rate together; none of them rates nothing."""

    members: tuple[Member, ...] = ()
    chosen: ChosenBy | None = None

    @property
    def names(self) -> list[str]:
        """The members by name."""
        return [member.name for member in self.members]

    @property
    def judges(self) -> list[Judge]:
        """Every judge once, however many wordings it reads."""
        return list({id(member.judge): member.judge for member in self.members}.values())

    def rates(self, instrument: Instrument) -> bool:
        """Are its members asked by `instrument`?"""
        return bool(self.members) and (self.chosen is None or self.chosen.identity == instrument.identity)

    def watched_by(self, watch: Callable[[Verdict], None]) -> None:
        """Tell `watch` every verdict of a member."""
        for judge in self.judges:
            judge.watch = watch

    async def prepare(self) -> None:
        """Ask every judge once whether it answers. Raises InputError or WorkError, and InputError where one is not read
        any more as it was when the panel was chosen."""
        await prepare_all(self.judges)
        for member in self.members:
            if member.asks is not None and member.exact != member.judge.is_exact(member.asks):
                was, now = ("exactly", "by drawing") if member.exact else ("by drawing", "exactly")
                message = f"judge {member.judge.id} is read {now} now, and was read {was} when the panel was chosen"
                raise InputError(f"{message}; choose anew with `inoc-evals judges select`")

    async def rest(self) -> None:
        """Bring what was rated so far to disk, and close connections that nobody uses."""
        for judge in self.judges:
            await judge.rest()

    async def rate(self, instrument: Instrument, material: Material) -> Judged:
        """The panel's value, all members asked at once, with what each of several says in the details. Raises what
        `Judge.rate` raises."""
        heard = await asyncio.gather(
            *(member.judge.hear(member.asks or instrument, material) for member in self.members)
        )
        verdicts = [verdict for verdict, _ in heard]
        verdict = combine(verdicts) if self.chosen is None else of_mean(instrument, heard)
        details = {key: value for key in _SEEN if (value := getattr(verdict, key)) not in (None, {})}
        if self.chosen is not None or len(verdicts) > 1:
            details |= _by_member(dict(zip(self.names, verdicts, strict=True)))
        if self.chosen is not None:
            details[CHOSEN_BY] = self.chosen.draw
        return Judged(verdict.value, verdict.cause, details)


NOBODY = Panel()

# Where a panel for this rubric, with its version, rates nothing of what it is given.
NOTHING_FOR = (
    "the panel rates by rubric {} as it was when people labelled, and no task here is rated by it; name results of one "
    "that is, or name the rubric with --rubric"
)


def panel_of(judges: Sequence[Judge]) -> Panel:
    """The panel of these judges, which read each rating as it is asked for."""
    return Panel(tuple(Member(judge.id, judge) for judge in judges))


def _by_member(verdicts: Mapping[str, Verdict]) -> dict[str, Any]:
    """What is stored of each member: its value, and the version that gave it."""
    told = {name: each.answered_by for name, each in verdicts.items() if each.answered_by is not None}
    values = {name: each.value for name, each in verdicts.items()}
    return {JUDGES: values, **({ANSWERED_BY: told} if told else {})}


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
    if missing is not None:
        return Verdict(None, missing.cause, mass, _readings(verdicts), {}, missing.reason)
    return Verdict(points(fmean(values)), None, mass, _readings(verdicts), {}, None, stdev(values))


def of_mean(instrument: Instrument, heard: Sequence[tuple[Verdict, Distribution | None]]) -> Verdict:
    """What the mean of the members' probabilities says, with the standard deviation of their values as `spread` where
    each has one.

    A member that sets the response apart, or says nothing that counts, weighs with that; one that failed makes the
    value missing, with its cause.
    """
    verdicts = [verdict for verdict, _ in heard]
    failed = next((verdict for verdict, said in heard if said is None), None)
    if failed is not None:
        return Verdict(None, failed.cause, 0.0, _readings(verdicts), {}, failed.reason)
    values = [verdict.value for verdict in verdicts if verdict.value is not None]
    spread = stdev(values) if len(values) == len(verdicts) > 1 else None
    verdict = decide(instrument, mean_of([said for _, said in heard if said is not None]))
    return replace(verdict, reading=_readings(verdicts), spread=spread)


def mean_of(distributions: Sequence[Distribution]) -> Distribution:
    """The mean of several distributions, which weigh alike whatever their draws."""

    def mean(shares: Sequence[Mapping[Any, float]]) -> dict[Any, float]:
        answers = dict.fromkeys(answer for each in shares for answer in each)
        return {answer: fmean(each.get(answer, 0.0) for each in shares) for answer in answers}

    reasons = tuple(reason for each in distributions for reason in each.reasons)
    numbers, words = mean([each.numbers for each in distributions]), mean([each.words for each in distributions])
    return Distribution(numbers, words, "", reasons=reasons)


def _readings(verdicts: Sequence[Verdict]) -> str:
    return "/".join(sorted({verdict.reading for verdict in verdicts}))
