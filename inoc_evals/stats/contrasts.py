"""Contrasts of factors that are crossed within questions: how much a level changes the answer to the same question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from inoc_evals.stats import means
from inoc_evals.stats.differences import paired
from inoc_evals.stats.responses import Floats, Labels, Responses, labels
from inoc_evals.stats.tables import Table, table

# How far rounding may leave a contrast from what the data can tell.
_ROUNDING = 1e-8
Codes = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Effect:
    """A contrast over questions (or the difference of one between two arms), in the values' unit, with its standard
    error, the interval `low` to `high` for questions like these and the two-sided p-value of none; NaN where undefined.

    `questions` are those in which the contrast can be told. With one checkpoint in an arm `these_checkpoints_only` is
    set, and nothing is said about other training seeds.
    """

    mean: float
    error: float
    low: float
    high: float
    p: float
    questions: int
    these_checkpoints_only: bool


def within_question(numbers: Floats, codes: Codes, levels: Sequence[int]) -> tuple[Floats, ...]:
    """For each factor the effects of its levels on the responses to one question, each less that of level 0.

    `numbers` has shape (responses,), NaN where a response is excluded; `codes`, of shape (responses, factors), holds
    the number of each response's level, of so many `levels` a factor. Effects of a factor have shape (levels,), NaN
    where the responses cannot tell one: the level or level 0 is missing, or always goes with a level of another factor.

    The effects are those of least squares with all factors as main effects. Where every level of a factor stands with
    each level of the others equally often, as in a crossing or an orthogonal fraction of one, an effect is the
    difference of the two levels' means. With missing responses it stays free of the other factors.
    """
    counted = ~np.isnan(numbers)
    given = codes[counted]
    columns = [np.ones(len(given))]
    columns += [given[:, factor] == level for factor, count in enumerate(levels) for level in range(1, count)]
    design = np.column_stack(columns).astype(np.float64)
    inverse = np.linalg.pinv(design)
    # Least squares tells a coefficient where its own unit vector lies among the combinations of rows (Scheffe, The
    # Analysis of Variance, 1959, 1.4).
    told = np.abs(inverse @ design - np.eye(design.shape[1])).max(axis=1) < _ROUNDING
    coefficients = np.where(told, inverse @ numbers[counted], np.nan)
    found, start = [], 1
    for count in levels:
        found.append(np.concatenate([[0.0], coefficients[start : start + count - 1]]))
        start += count - 1
    return tuple(found)


def level_tables(arm: Responses, codes: Codes, levels: Sequence[int]) -> tuple[tuple[Table, ...], ...]:
    """By factor and level (from 1) of an arm: the level's effect in every question of every checkpoint.

    `codes` and `levels` are those of `within_question`. The values are taken as they are, whatever their span.
    """
    questions, checkpoints = arm.question_labels, arm.checkpoint_labels
    of_cell: dict[tuple[int, int], list[int]] = {}
    for place, cell in enumerate(zip(checkpoints.codes.tolist(), questions.codes.tolist(), strict=True)):
        of_cell.setdefault(cell, []).append(place)
    effects = [within_question(arm.numbers[places], codes[places], levels) for places in of_cell.values()]
    names = [(checkpoints.names[checkpoint], questions.names[question]) for checkpoint, question in of_cell]
    whose: tuple[Labels, Labels] = (labels([name for _, name in names]), labels([name for name, _ in names]))
    return tuple(
        tuple(
            table(Responses(np.array([one[factor][level] for one in effects]), *whose, None)) for level in range(1, n)
        )
        for factor, n in enumerate(levels)
    )


def effect(cells: Table, level: float = 0.95) -> Effect:
    """A contrast of one arm over its questions, which weigh equally: t over the questions' own contrasts.

    In a balanced crossing mean and standard error are those of the fixed effect in a linear mixed model with a random
    intercept and random slopes by question (as in Tamkin et al., arXiv 2312.03689).
    """
    return _effect(means.estimate(cells, level), len(cells.questions), len(cells.checkpoints) < 2)


def effect_difference(a: Table, b: Table, level: float = 0.95) -> Effect:
    """A contrast of arm `a` minus the same of arm `b`, paired by question; questions that one of them lacks are left
    out."""
    common = sorted(set(a.questions) & set(b.questions))
    parts = paired(a.only(common), b.only(common))
    return _effect(means.estimate_difference(parts, level), len(common), not parts.several_seeds)


def _effect(found: means.Estimate, questions: int, alone: bool) -> Effect:
    return Effect(found.mean, found.error, found.low, found.high, found.p, questions, alone)
