"""The responses of one arm as tables: one cell for each checkpoint and question."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from inoc_evals.stats.responses import Floats, Labels, Responses


@dataclass(frozen=True)
class Table:
    """Cells of shape (checkpoints, questions) for checkpoints and questions with a counted response, values scaled to
    0..1, or as they are on a scale without ends. `means` are the cells' means (NaN where a checkpoint has no counted
    response to a question), `counts` their numbers of counted responses, `deviations` their sums of squared deviations
    from the cell's mean. `exact` values would be the same again."""

    checkpoints: tuple[str, ...]
    questions: tuple[str, ...]
    means: Floats
    counts: npt.NDArray[np.int64]
    deviations: Floats
    exact: bool = False

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
        return Table(self.checkpoints, self.questions, 1 - self.means, self.counts, self.deviations, self.exact)

    def only(self, questions: Sequence[str]) -> Table:
        """The table of these questions, which it holds."""
        known = {name: place for place, name in enumerate(self.questions)}
        places = [known[name] for name in questions]
        cells = (self.means[:, places], self.counts[:, places], self.deviations[:, places])
        kept = [place for place, counts in enumerate(cells[1]) if counts.any()]
        names = tuple(self.checkpoints[place] for place in kept)
        return Table(names, tuple(questions), cells[0][kept], cells[1][kept], cells[2][kept], self.exact)


@dataclass(frozen=True)
class Cells:
    """All responses of an arm, of shape (checkpoints, questions), both by name: `sums`, `counts` and `deviations` (sums
    of squared deviations from the cell's mean) of the counted ones, numbers of `excluded` ones. Values are scaled to
    0..1, or as they are on a scale without ends (`ended` is False). `yes_or_no`: every value is at an end. `exact` is
    that of a `Table`."""

    checkpoints: tuple[str, ...]
    questions: tuple[str, ...]
    sums: Floats
    counts: npt.NDArray[np.int64]
    deviations: Floats
    excluded: npt.NDArray[np.int64]
    ended: bool
    yes_or_no: bool
    exact: bool = False

    @cached_property
    def means(self) -> Floats:
        """The mean of each cell, NaN where no response is counted."""
        blank = np.full(self.sums.shape, np.nan)
        means: Floats = np.divide(self.sums, self.counts, out=blank, where=self.counts > 0)
        return means

    @cached_property
    def table(self) -> Table:
        """The counted responses."""
        rows, columns = (np.flatnonzero(self.counts.any(axis=axis)) for axis in (1, 0))
        places = np.ix_(rows, columns)
        names = tuple(self.checkpoints[row] for row in rows), tuple(self.questions[column] for column in columns)
        return Table(*names, self.means[places], self.counts[places], self.deviations[places], self.exact)


def cells(arm: Responses) -> Cells:
    """All responses of `arm`."""
    (questions, columns), (checkpoints, rows) = _by_name(arm.question_labels), _by_name(arm.checkpoint_labels)
    shape = (len(checkpoints), len(questions))
    size = shape[0] * shape[1]
    places = rows.astype(np.int64) * shape[1] + columns
    values, inside = arm.numbers[arm.counted], places[arm.counted]
    if arm.span is not None:
        low, high = arm.span
        values = np.clip((values - low) / (high - low), 0.0, 1.0)
    counts = np.bincount(inside, minlength=size)
    excluded = np.bincount(places[~arm.counted], minlength=size)
    values = values[np.argsort(inside, kind="stable")]
    ends = np.cumsum(counts)
    # An exact sum does not depend on the order of the responses, so that the same responses give the same bytes.
    sums = np.array(_exact_sums(values, ends))
    means = np.divide(sums, counts, out=np.zeros(size), where=counts > 0)
    deviations = np.array(_exact_sums((values - np.repeat(means, counts)) ** 2, ends))
    return Cells(
        checkpoints=checkpoints,
        questions=questions,
        sums=sums.reshape(shape),
        counts=counts.reshape(shape),
        deviations=deviations.reshape(shape),
        excluded=excluded.reshape(shape),
        ended=arm.span is not None,
        yes_or_no=arm.span is not None and bool(((values == 0) | (values == 1)).all()),
        exact=arm.exact,
    )


def table(arm: Responses) -> Table:
    """The counted responses of `arm`, checkpoints and questions by name."""
    return cells(arm).table


def _by_name(column: Labels) -> tuple[tuple[str, ...], npt.NDArray[np.int64]]:
    """The names that occur, sorted, and the place of each entry's name among them."""
    present = np.flatnonzero(np.bincount(column.codes, minlength=len(column.names)))
    ordered = sorted(present, key=lambda code: column.names[code])
    places = np.zeros(len(column.names), dtype=np.int64)
    places[ordered] = np.arange(len(ordered))
    return tuple(column.names[code] for code in ordered), places[column.codes]


def _exact_sums(values: Floats, ends: npt.NDArray[np.int64]) -> list[float]:
    """The sum of each run of `values` that ends before one of `ends`."""
    listed = values.tolist()
    return [math.fsum(listed[start:end]) for start, end in itertools.pairwise([0, *ends.tolist()])]
