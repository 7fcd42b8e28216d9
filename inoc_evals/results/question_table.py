"""Every arm on every question."""

from __future__ import annotations

import math
from dataclasses import dataclass

from inoc_evals.results.layout import PartValues
from inoc_evals.results.methods import Method
from inoc_evals.stats.tables import Cells


@dataclass(frozen=True)
class QuestionCell:
    """One arm on one question: the mean (NaN without a counted response; a share on a scale with ends) with its
    checkpoints weighing equally, and the numbers of counted and of excluded responses."""

    mean: float
    n: int
    excluded: int


@dataclass(frozen=True)
class QuestionTable:
    """`cells[question][arm]`, in the order of `questions` and `arms`."""

    task: str
    category: str
    measure: str
    arms: tuple[str, ...]
    questions: tuple[str, ...]
    cells: tuple[tuple[QuestionCell, ...], ...]
    method: Method = "rate"


def question_table(values: PartValues) -> QuestionTable:
    """All questions to which an arm has a response, by name."""
    questions = sorted({question for arm in values.arms for question in arm.cells.questions})
    by_arm = [_question_cells(arm.cells) for arm in values.arms]
    nothing = QuestionCell(math.nan, 0, 0)
    table = tuple(tuple(known.get(question, nothing) for known in by_arm) for question in questions)
    arms = tuple(arm.arm for arm in values.arms)
    return QuestionTable(*values.where, arms, tuple(questions), table, values.method)


def _question_cells(arm: Cells) -> dict[str, QuestionCell]:
    counts, excluded = arm.counts.sum(axis=0).tolist(), arm.excluded.sum(axis=0).tolist()
    by_question = {}
    for column, question in enumerate(arm.questions):
        means = [mean for mean in arm.means[:, column].tolist() if not math.isnan(mean)]
        mean = math.fsum(means) / len(means) if means else math.nan
        by_question[question] = QuestionCell(mean, counts[column], excluded[column])
    return by_question
