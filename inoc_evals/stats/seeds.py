"""Arms of several checkpoints (training seeds): their rates, and differences between two arms."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from inoc_evals.stats import differences, rates
from inoc_evals.stats.bounds import Bounds, bounds, difference_bounds
from inoc_evals.stats.responses import Responses
from inoc_evals.stats.variance import components

NAN = float("nan")


@dataclass(frozen=True)
class ArmRate:
    """The rate (or mean rating) of an arm, in the units of its span; NaN where there is nothing to say.

    `equal` weighs questions equally, and a question's checkpoints equally; `pooled` weighs responses equally. `low`
    and `high` are the interval of `equal`, for other questions and, unless `these_checkpoints_only`, other training
    seeds. `n` and `excluded` count responses, `questions` and `checkpoints` those with a counted response. `bounds`
    is `equal` with every excluded response at the lowest and at the highest value.
    """

    n: int
    excluded: int
    questions: int
    checkpoints: int
    pooled: float
    equal: float
    low: float
    high: float
    bounds: Bounds
    these_checkpoints_only: bool


@dataclass(frozen=True)
class ArmDifference:
    """The difference a - b of two arms over their common questions, in the units of their span; NaN where undefined.

    `p` is the two-sided p-value of no difference. `unpaired` counts questions that one arm alone has counted
    responses to: they are left out. With one checkpoint in an arm, `these_checkpoints_only` is set, and `low`, `high`
    and `p` say nothing about other training seeds. `bounds` is the difference with every excluded response of both
    arms at the values that lower it most, and at those that raise it most.
    """

    mean: float
    low: float
    high: float
    p: float
    questions: int
    unpaired: int
    checkpoints: tuple[int, int]
    excluded: tuple[int, int]
    bounds: Bounds
    these_checkpoints_only: bool


def arm_rate(arm: Responses, level: float = 0.95) -> ArmRate:
    """The rate of an arm over checkpoints and questions, with the interval of `rates.interval`. Never raises."""
    counted, names, questions, cells = _cells(arm)
    limits = bounds(arm)
    if not counted:
        return ArmRate(0, arm.excluded, 0, 0, NAN, NAN, NAN, NAN, limits, True)
    parts = components(cells, len(counted))
    low, high = (_out(arm, share) for share in rates.interval(parts, level))
    return ArmRate(
        n=len(counted),
        excluded=arm.excluded,
        questions=len(questions),
        checkpoints=len(names),
        pooled=_out(arm, float(np.mean(counted))),
        equal=_out(arm, parts.mean),
        low=low,
        high=high,
        bounds=limits,
        these_checkpoints_only=len(names) < 2,
    )


def arm_difference(a: Responses, b: Responses, level: float = 0.95) -> ArmDifference:
    """The difference a - b, paired by question, with checkpoints as a level of their own, by `differences.interval`.

    Raises ValueError where the arms' spans differ.
    """
    if a.span != b.span:
        raise ValueError("the arms' values have different spans")
    _, _, questions_a, cells_a = _cells(a)
    _, _, questions_b, cells_b = _cells(b)
    common = sorted(set(questions_a) & set(questions_b))
    unpaired = len(set(questions_a) ^ set(questions_b))
    limits = difference_bounds(a, b)
    excluded = (a.excluded, b.excluded)
    if not common:
        return ArmDifference(NAN, NAN, NAN, NAN, 0, unpaired, (0, 0), excluded, limits, True)
    cells_a = cells_a[:, [questions_a.index(name) for name in common]]
    cells_b = cells_b[:, [questions_b.index(name) for name in common]]
    gaps = np.nanmean(cells_a, axis=0) - np.nanmean(cells_b, axis=0)
    parts = differences.Paired(
        components(cells_a, math.inf), components(cells_b, math.inf), differences.gap_variance(gaps)
    )
    size = a.span[1] - a.span[0]
    low, high = differences.interval(parts, level)
    return ArmDifference(
        mean=parts.mean * size,
        low=low * size,
        high=high * size,
        p=differences.p_value(parts),
        questions=len(common),
        unpaired=unpaired,
        checkpoints=(parts.a.seeds, parts.b.seeds),
        excluded=excluded,
        bounds=limits,
        these_checkpoints_only=not parts.several_seeds,
    )


def _cells(arm: Responses) -> tuple[list[float], list[str], list[str], npt.NDArray[np.float64]]:
    """Counted values in 0..1, names of checkpoints and of questions, and the means of their cells (NaN = none)."""
    low, high = arm.span
    groups: dict[tuple[str, str], list[float]] = {}
    for value, question, checkpoint in zip(arm.values, arm.questions, arm.checkpoints, strict=True):
        if value is not None and not math.isnan(value):
            groups.setdefault((checkpoint, question), []).append((value - low) / (high - low))
    checkpoints = sorted({checkpoint for checkpoint, _ in groups})
    questions = sorted({question for _, question in groups})
    cells = np.full((len(checkpoints), len(questions)), NAN)
    for (checkpoint, question), values in groups.items():
        cells[checkpoints.index(checkpoint), questions.index(question)] = math.fsum(values) / len(values)
    counted = [value for group in groups.values() for value in group]
    return counted, checkpoints, questions, cells


def _out(arm: Responses, share: float) -> float:
    low, high = arm.span
    return low + share * (high - low)
