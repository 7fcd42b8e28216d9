"""Arms of several checkpoints (training seeds): their rates, and differences between two arms."""

from __future__ import annotations

from dataclasses import dataclass

from inoc_evals.stats import differences, exact, means, rates, these_questions
from inoc_evals.stats.bounds import Bounds, bounds, difference_bounds
from inoc_evals.stats.limits import Interval
from inoc_evals.stats.responses import Responses, Span
from inoc_evals.stats.tables import Cells, cells

NAN = float("nan")


@dataclass(frozen=True)
class ArmRate:
    """The rate (or mean rating) of an arm, in the units of its span; NaN where there is nothing to say.

    `equal` weighs questions equally, and a question's checkpoints equally; `pooled` weighs responses equally. `low` and
    `high` are the interval of `equal` for questions like these: other questions and, unless `these_checkpoints_only`,
    other training seeds. `on_these_questions` is its interval for the same questions and checkpoints asked again. `n`
    and `excluded` count responses, `questions` and `checkpoints` those with a counted response. `bounds` is `equal`
    with every excluded response at the lowest and at the highest value.
    """

    n: int
    excluded: int
    questions: int
    checkpoints: int
    pooled: float
    equal: float
    low: float
    high: float
    on_these_questions: Interval
    bounds: Bounds
    these_checkpoints_only: bool


@dataclass(frozen=True)
class ArmDifference:
    """The difference a - b of two arms over their common questions, in the units of their span; NaN where undefined.

    `low` and `high` are for questions like these, `p` is the two-sided p-value of no difference there;
    `on_these_questions` is for the same questions and checkpoints asked again. `unpaired` counts questions that one arm
    alone has counted responses to: they are left out. With one checkpoint in an arm, `these_checkpoints_only` is set,
    and `low`, `high` and `p` say nothing about other training seeds. `bounds` is the difference with every excluded
    response of both arms at the values that lower it most, and at those that raise it most.
    """

    mean: float
    low: float
    high: float
    on_these_questions: Interval
    p: float
    questions: int
    unpaired: int
    checkpoints: tuple[int, int]
    excluded: tuple[int, int]
    bounds: Bounds
    these_checkpoints_only: bool


def arm_rate(arm: Responses, level: float = 0.95) -> ArmRate:
    """The rate of an arm over checkpoints and questions, with both intervals. Never raises."""
    return rate(cells(arm), arm.span, level)


def rate(arm: Cells, span: Span | None, level: float = 0.95) -> ArmRate:
    """The same, of an arm's cells, in the units of `span`."""
    found = arm.table
    worst = bounds(arm)
    limits = Bounds(_out(span, worst.low), _out(span, worst.high))
    excluded = int(arm.excluded.sum())
    if not found.questions:
        return ArmRate(0, excluded, 0, 0, NAN, NAN, NAN, NAN, Interval(NAN, NAN), limits, True)
    if found.exact:
        like, these = exact.interval(found, level), (found.mean, found.mean)
    elif span is None:
        like, these = means.interval(found, level), means.on_these_questions(found, level)
    else:
        like, these = rates.interval(found, level), these_questions.interval(found, level)
    low, high = (_out(span, share) for share in like)
    return ArmRate(
        n=int(found.counts.sum()),
        excluded=excluded,
        questions=len(found.questions),
        checkpoints=len(found.checkpoints),
        pooled=_out(span, found.pooled),
        equal=_out(span, found.mean),
        low=low,
        high=high,
        on_these_questions=Interval(*(_out(span, share) for share in these)),
        bounds=limits,
        these_checkpoints_only=len(found.checkpoints) < 2,
    )


def arm_difference(a: Responses, b: Responses, level: float = 0.95) -> ArmDifference:
    """The difference a - b, paired by question, with checkpoints as a level of their own, with both intervals.

    Raises ValueError where the arms' spans differ.
    """
    if a.span != b.span:
        raise ValueError("the arms' values have different spans")
    return difference(cells(a), cells(b), a.span, level)


def difference(a: Cells, b: Cells, span: Span | None, level: float = 0.95) -> ArmDifference:
    """The same, of the arms' cells, in the units of `span`."""
    first, second = a.table, b.table
    common = sorted(set(first.questions) & set(second.questions))
    unpaired = len(set(first.questions) ^ set(second.questions))
    size = 1.0 if span is None else span[1] - span[0]
    worst = difference_bounds(a, b)
    limits = Bounds(worst.low * size, worst.high * size)
    excluded = (int(a.excluded.sum()), int(b.excluded.sum()))
    if not common:
        return ArmDifference(NAN, NAN, NAN, Interval(NAN, NAN), NAN, 0, unpaired, (0, 0), excluded, limits, True)
    first, second = first.only(common), second.only(common)
    parts = differences.paired(first, second)
    if first.exact and second.exact:
        like, p = exact.difference(parts, level)
        these = (parts.mean, parts.mean)
    elif span is None:
        like, p = means.difference(parts, level)
        these = means.difference_on_these_questions(first, second, level)
    else:
        like, p = differences.interval(parts, level), differences.p_value(parts)
        these = these_questions.difference(first, second, level)
    return ArmDifference(
        mean=parts.mean * size,
        low=like[0] * size,
        high=like[1] * size,
        on_these_questions=Interval(*(size * end for end in these)),
        p=p,
        questions=len(common),
        unpaired=unpaired,
        checkpoints=(parts.a.seeds, parts.b.seeds),
        excluded=excluded,
        bounds=limits,
        these_checkpoints_only=not parts.several_seeds,
    )


def _out(span: Span | None, share: float) -> float:
    low, high = span or (0.0, 1.0)
    return low + share * (high - low)
