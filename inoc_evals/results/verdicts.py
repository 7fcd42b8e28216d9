"""What a source found, held against what was measured: each statement agrees, is contradicted, or is undecided."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from inoc_evals.definitions.statements import Side, Statement
from inoc_evals.results.about import Claim
from inoc_evals.results.methods import SIGNIFICANT
from inoc_evals.stats import differences, exact, means, rates
from inoc_evals.stats.edges import p_between
from inoc_evals.stats.holm import holm
from inoc_evals.stats.planning import Plan, samples_needed, seeds_needed
from inoc_evals.stats.tables import Cells, Table

Answer = Literal["agrees", "contradicts", "undecided", "not measured"]
# Rates nearer to an end than this are planned for as if they were there.
_END = 0.005
# By task ("": the one that has the value), value, arm and condition (None: the part that is told first).
Look = Callable[[str, str, str, str | None], "Measured | None"]


@dataclass(frozen=True)
class Measured:
    """The cells of one arm under one condition (or in one category) of a task; on a scale that is not `bounded` they
    are in the value's unit, and else shares of the range. What is not `drawn` would be the same if asked again."""

    task: str
    part: str
    cells: Cells
    bounded: bool
    drawn: bool


@dataclass(frozen=True)
class Verdict:
    """One statement with its answer.

    `mean`, `low` and `high` are the measured difference (first side minus second, a share on a scale with ends) and its
    95% interval for questions like these and, unless `these_checkpoints_only`, other training seeds; `levels` the two
    sides, `exact` if they are probabilities. What is not `drawn` would be the same asked again. `p` is how surely the
    difference lies where it was measured, inside or outside of what the statement says; `p_holm` the same among all
    statements. An undecided one has the numbers of training seeds an arm, and of responses to a question, of which
    either would probably (80%) decide it, None where no number would; `questions` are those that both sides have;
    `counted` and `excluded` are each arm's responses with and without a value.
    """

    that: str
    where: str
    answer: Answer
    task: str = ""
    parts: tuple[str, ...] = ()
    levels: tuple[float, float] = (math.nan, math.nan)
    mean: float = math.nan
    low: float = math.nan
    high: float = math.nan
    bounded: bool = True
    exact: bool = False
    drawn: bool = True
    p: float = math.nan
    p_holm: float = math.nan
    questions: int = 0
    checkpoints: int = 0
    excluded: tuple[int, ...] = ()
    counted: tuple[int, ...] = ()
    these_checkpoints_only: bool = True
    seeds: int | None = None
    responses: int | None = None


@dataclass(frozen=True)
class _Weighed:
    """A statement's difference: is it on the statement's side, how surely, and both tables for the planning."""

    verdict: Verdict
    holds: bool
    tables: tuple[Table, Table] | None
    edges: tuple[float, float]


def verdicts(claims: Sequence[Claim], look: Look) -> tuple[Verdict, ...]:
    """The answer to each claim; `look` finds an arm's cells.

    A statement agrees if the interval lies wholly where it says, and contradicts if wholly outside, each so surely that
    with Holm's correction for all statements p is at most 0.05; so "within 20 points" needs an interval inside of the
    margin. Where there is a margin, the interval is at least as wide as no unlike answer at all would leave it.
    """
    weighed = [_weighed(claim, look) for claim in claims]
    corrected = holm([each.verdict.p for each in weighed])
    family = max(1, sum(not math.isnan(p) for p in corrected))
    return tuple(_answered(each, p, family) for each, p in zip(weighed, corrected, strict=True))


def _answered(each: _Weighed, p_holm: float, family: int) -> Verdict:
    verdict = replace(each.verdict, p_holm=p_holm)
    if math.isnan(p_holm):
        return verdict
    if p_holm <= SIGNIFICANT:
        return replace(verdict, answer="agrees" if each.holds else "contradicts")
    return _deciding(verdict, each, 1 - SIGNIFICANT / family)


def _weighed(claim: Claim, look: Look) -> _Weighed:
    statement = claim.statement
    empty = _Weighed(Verdict(statement.text, claim.where, "not measured"), False, None, (0.0, 0.0))
    first = _side(statement, statement.first, look)
    second = None if isinstance(statement.second.arm, float) else _side(statement, statement.second, look)
    if first is None or (second is None and isinstance(statement.second.arm, str)):
        return empty
    if second is None:
        return _against_number(empty.verdict, statement, first)
    return _against_arm(empty, statement, first, second)


def _side(statement: Statement, side: Side, look: Look) -> Measured | None:
    return look(statement.task or "", statement.value, str(side.arm), side.condition)


def _against_number(verdict: Verdict, statement: Statement, first: Measured) -> _Weighed:
    table, unit = first.cells.table, 100.0 if first.bounded else 1.0
    number = float(statement.second.arm) / unit

    def limits(level: float) -> tuple[float, float]:
        low, high = (exact if table.exact else rates if first.bounded else means).interval(table, level)
        return low - number, high - number

    levels = (table.mean if table.questions else math.nan, number)
    alone = len(table.checkpoints) < 2
    told = _told(verdict, (first,), levels, limits, (len(table.questions), len(table.checkpoints), alone))
    return _judged(told, statement, limits, unit, None)


def _against_arm(empty: _Weighed, statement: Statement, first: Measured, second: Measured) -> _Weighed:
    a, b = first.cells.table, second.cells.table
    common = sorted(set(a.questions) & set(b.questions))
    if not common:
        return empty
    a, b = a.only(common), b.only(common)
    parts = differences.paired(a, b)
    margin = statement.points is not None

    def limits(level: float) -> tuple[float, float]:
        if a.exact and b.exact:
            return exact.difference(parts, level)[0]
        if not first.bounded:
            return means.difference(parts, level)[0]
        low, high = differences.interval(parts, level)
        least = _least(len(common), level) if margin else 0.0
        return min(low, parts.mean - least), max(high, parts.mean + least)

    seeds = min(len(a.checkpoints), len(b.checkpoints))
    counts = (len(common), seeds, not parts.several_seeds)
    told = _told(empty.verdict, (first, second), (a.mean, b.mean), limits, counts)
    return _judged(told, statement, limits, 100.0 if first.bounded else 1.0, (a, b))


def _least(questions: int, level: float) -> float:
    """How far a difference may be from one that was the same in each of these questions: the exact binomial limit of
    the share of questions in which it is another. Paired intervals have no width there, and would find any two arms
    equal that answer a few questions alike."""
    return float(1 - ((1 - level) / 2) ** (1 / questions))


def _told(
    verdict: Verdict,
    sides: Sequence[Measured],
    levels: tuple[float, float],
    limits: Callable[[float], tuple[float, float]],
    counts: tuple[int, int, bool],
) -> Verdict:
    low, high = limits(0.95)
    return replace(
        verdict,
        answer="undecided",
        task=sides[0].task,
        parts=tuple(dict.fromkeys(side.part for side in sides)),
        levels=levels,
        mean=levels[0] - levels[1],
        low=low,
        high=high,
        bounded=sides[0].bounded,
        exact=sides[0].cells.exact,
        drawn=sides[0].drawn,
        questions=counts[0],
        checkpoints=counts[1],
        excluded=tuple(int(side.cells.excluded.sum()) for side in sides),
        counted=tuple(int(side.cells.counts.sum()) for side in sides),
        these_checkpoints_only=counts[2],
    )


def _judged(
    verdict: Verdict,
    statement: Statement,
    limits: Callable[[float], tuple[float, float]],
    unit: float,
    tables: tuple[Table, Table] | None,
) -> _Weighed:
    low, high = (end / unit for end in statement.region)
    # Where the estimate lies: between the two edges, below both or above both.
    inside = low < verdict.mean < high
    edges = (low, high) if inside else (-math.inf, low) if verdict.mean <= low else (high, math.inf)
    p = p_between(limits, *edges)
    answer: Answer = "not measured" if math.isnan(verdict.mean) else "undecided"
    return _Weighed(replace(verdict, p=p, answer=answer), inside != statement.negated, tables, edges)


def _deciding(verdict: Verdict, each: _Weighed, level: float) -> Verdict:
    """The verdict with the numbers that would probably decide it, if the rates are as they were measured."""
    edge = min(each.edges, key=lambda end: abs(verdict.mean - end))
    if not verdict.bounded or each.tables is None or math.isinf(edge) or each.tables[0].exact:
        # What is planned for are rates.
        return verdict
    first, second = (min(1 - _END, max(_END, rate)) for rate in verdict.levels)
    cells = verdict.questions * verdict.checkpoints
    samples = max(1, round(min(table.counts.sum() for table in each.tables) / cells))
    plan = Plan(verdict.questions, samples, verdict.checkpoints, first)
    seeds = seeds_needed(plan, second, level=level, edge=edge)
    responses = samples_needed(plan, second, level=level, edge=edge) if verdict.drawn else None
    # So many as are there already have not decided it.
    return replace(
        verdict,
        seeds=None if seeds is None else max(seeds, verdict.checkpoints + 1),
        responses=None if responses is None else max(responses, samples + 1),
    )
