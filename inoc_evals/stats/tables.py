"""The responses of one arm as a table: one cell for each checkpoint and question."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from inoc_evals.stats.responses import Responses

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Table:
    """Cells of shape (checkpoints, questions), values scaled to 0..1, for checkpoints and questions with a counted
    response. `means` are the cells' means (NaN where a checkpoint has no counted response to a question), `counts`
    their numbers of counted responses, `deviations` their sums of squared deviations from the cell's mean."""

    checkpoints: tuple[str, ...]
    questions: tuple[str, ...]
    means: Floats
    counts: npt.NDArray[np.int64]
    deviations: Floats

    @cached_property
    def present(self) -> npt.NDArray[np.bool_]:
        """Where there is a counted response."""
        return self.counts > 0

    @cached_property
    def weights(self) -> Floats:
        """Each cell's weight in the arm's mean: questions weigh equally, and a question's checkpoints equally."""
        share: Floats = self.present / np.maximum(1, self.present.sum(axis=0)) / max(1, len(self.questions))
        return share

    @cached_property
    def filled(self) -> Floats:
        """`means`, with the question's mean where a checkpoint has none: what it lacks says nothing about it."""
        return np.where(self.present, self.means, self.question_means)

    @cached_property
    def question_means(self) -> Floats:
        """The mean of each question over its checkpoints."""
        total: Floats = np.where(self.present, self.means, 0.0).sum(axis=0) / np.maximum(1, self.present.sum(axis=0))
        return total

    @property
    def mean(self) -> float:
        """The mean with questions weighing equally, NaN for none."""
        return math.fsum(self.question_means) / len(self.questions) if self.questions else math.nan

    @cached_property
    def pooled(self) -> float:
        """The mean with responses weighing equally, NaN for none."""
        counted = int(self.counts.sum())
        return float((self.counts * np.where(self.present, self.means, 0.0)).sum()) / counted if counted else math.nan

    @cached_property
    def effective(self) -> float:
        """The number of responses that would tell as much if all cells had one rate and weighed by their responses:
        1 over the sum of squared response weights (Kish, Survey Sampling, 1965, 11.7); 0 for none."""
        squares = float((self.weights**2 / np.maximum(1, self.counts)).sum())
        return 1 / squares if squares > 0 else 0.0

    def mirrored(self) -> Table:
        """The table of 1 - value."""
        return Table(self.checkpoints, self.questions, 1 - self.means, self.counts, self.deviations)

    def only(self, questions: Sequence[str]) -> Table:
        """The table of these questions, which it holds."""
        places = [self.questions.index(name) for name in questions]
        cells = (self.means[:, places], self.counts[:, places], self.deviations[:, places])
        kept = [place for place, counts in enumerate(cells[1]) if counts.any()]
        names = tuple(self.checkpoints[place] for place in kept)
        return Table(names, tuple(questions), cells[0][kept], cells[1][kept], cells[2][kept])


def table(arm: Responses) -> Table:
    """The counted responses of `arm`, checkpoints and questions by name."""
    low, high = arm.span
    cells: dict[tuple[str, str], list[float]] = {}
    for value, question, checkpoint in zip(arm.values, arm.questions, arm.checkpoints, strict=True):
        if value is not None and not math.isnan(value):
            cells.setdefault((checkpoint, question), []).append(min(max((value - low) / (high - low), 0.0), 1.0))
    checkpoints = {name: place for place, name in enumerate(sorted({checkpoint for checkpoint, _ in cells}))}
    questions = {name: place for place, name in enumerate(sorted({question for _, question in cells}))}
    shape = (len(checkpoints), len(questions))
    means, counts, deviations = np.full(shape, math.nan), np.zeros(shape, dtype=np.int64), np.zeros(shape)
    for (checkpoint, question), values in cells.items():
        place = (checkpoints[checkpoint], questions[question])
        mean = math.fsum(values) / len(values)
        means[place], counts[place] = mean, len(values)
        deviations[place] = math.fsum((value - mean) ** 2 for value in values)
    return Table(tuple(checkpoints), tuple(questions), means, counts, deviations)
