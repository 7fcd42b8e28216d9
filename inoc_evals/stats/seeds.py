"""Arms of several checkpoints (training seeds): their rates, and differences between two arms."""

from __future__ import annotations

from dataclasses import dataclass

from inoc_evals.stats import differences, rates, these_questions
from inoc_evals.stats.bounds import Bounds, bounds, difference_bounds
from inoc_evals.stats.limits import Interval
from inoc_evals.stats.responses import Responses
from inoc_evals.stats.tables import table

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
    cells = table(arm)
    limits = bounds(arm)
    if not cells.questions:
        return ArmRate(0, arm.excluded, 0, 0, NAN, NAN, NAN, NAN, Interval(NAN, NAN), limits, True)
    low, high = (_out(arm, share) for share in rates.interval(cells, level))
    return ArmRate(
        n=int(cells.counts.sum()),
        excluded=arm.excluded,
        questions=len(cells.questions),
        checkpoints=len(cells.checkpoints),
        pooled=_out(arm, cells.pooled),
        equal=_out(arm, cells.mean),
        low=low,
        high=high,
        on_these_questions=Interval(*(_out(arm, share) for share in these_questions.interval(cells, level))),
        bounds=limits,
        these_checkpoints_only=len(cells.checkpoints) < 2,
    )


def arm_difference(a: Responses, b: Responses, level: float = 0.95) -> ArmDifference:
    """The difference a - b, paired by question, with checkpoints as a level of their own, with both intervals.

    Raises ValueError where the arms' spans differ.
    """
    if a.span != b.span:
        raise ValueError("the arms' values have different spans")
    first, second = table(a), table(b)
    common = sorted(set(first.questions) & set(second.questions))
    unpaired = len(set(first.questions) ^ set(second.questions))
    limits = difference_bounds(a, b)
    excluded = (a.excluded, b.excluded)
    if not common:
        return ArmDifference(NAN, NAN, NAN, Interval(NAN, NAN), NAN, 0, unpaired, (0, 0), excluded, limits, True)
    first, second = first.only(common), second.only(common)
    parts = differences.paired(first, second)
    size = a.span[1] - a.span[0]
    low, high = differences.interval(parts, level)
    return ArmDifference(
        mean=parts.mean * size,
        low=low * size,
        high=high * size,
        on_these_questions=Interval(*(size * end for end in these_questions.difference(first, second, level))),
        p=differences.p_value(parts),
        questions=len(common),
        unpaired=unpaired,
        checkpoints=(parts.a.seeds, parts.b.seeds),
        excluded=excluded,
        bounds=limits,
        these_checkpoints_only=not parts.several_seeds,
    )


def _out(arm: Responses, share: float) -> float:
    low, high = arm.span
    return low + share * (high - low)
