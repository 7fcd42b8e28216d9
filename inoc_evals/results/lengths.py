"""How long responses are: a checkpoint that writes much less, or is cut off more, differs in more than the trait."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from inoc_evals.results.columns import Columns
from inoc_evals.results.row import ResponseRow
from inoc_evals.stats.responses import Responses
from inoc_evals.stats.seeds import ArmRate, arm_rate


@dataclass(frozen=True)
class Length:
    """Characters in the responses of one arm to one task (and category or condition), and the share cut off by the
    token limit. `characters` has a clustered t interval; questions weigh equally."""

    task: str
    category: str
    arm: str
    characters: ArmRate
    median: float
    truncated: float


def lengths(rows: Sequence[ResponseRow], columns: Columns, arms: Sequence[str]) -> Iterator[Length]:
    """One of each task, category or condition, and arm that has responses; `columns` are those of `rows`."""
    characters = np.array([len(row.response) for row in rows], dtype=np.float64)
    for (task, category), by_arm in columns.places.items():
        for arm in (arm for arm in arms if arm in by_arm):
            places = by_arm[arm]
            whose = (columns.questions.at(places), columns.checkpoints.at(places))
            mean = arm_rate(Responses(characters[places], *whose, None))
            median = float(np.median(characters[places]))
            yield Length(task, category, arm, mean, median, columns.truncated(places))
