"""The responses of one arm, as columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

ROUNDING = 1e-6
Floats = npt.NDArray[np.float64]
Span = tuple[float, float]


@dataclass(frozen=True)
class Labels:
    """A column of names: entry i is `names[codes[i]]`. Some names may have no entry; all are different."""

    names: tuple[str, ...]
    codes: npt.NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.codes)

    def at(self, places: npt.NDArray[np.intp] | npt.NDArray[np.bool_]) -> Labels:
        """The entries at `places` (numbers or a mask)."""
        return Labels(self.names, self.codes[places])


def labels(entries: Sequence[str]) -> Labels:
    """Names in the order in which they first appear."""
    places: dict[str, int] = {}
    codes = [places.setdefault(entry, len(places)) for entry in entries]
    return Labels(tuple(places), np.array(codes, dtype=np.int32))


def shares(questions: Labels, checkpoints: Labels) -> Floats:
    """Each response's weight in the mean of an arm: questions weigh equally, within one its checkpoints, within those
    their responses. They sum to 1."""
    width = max(1, len(questions.names))
    cell = checkpoints.codes.astype(np.int64) * width + questions.codes
    there, place, counts = np.unique(cell, return_inverse=True, return_counts=True)
    of_question = np.bincount(there % width, minlength=width)
    found: Floats = 1 / counts[place] / of_question[questions.codes] / max(1, int((of_question > 0).sum()))
    return found


@dataclass(frozen=True)
class Responses:
    """One entry per response: a value within `span` (None or NaN = excluded), its question and its checkpoint.

    `span` is the lowest and highest possible value: (0, 1) for rates, (0, 100) for ratings, None for values without
    ends, such as logarithms. `exact` values would be the same if they were asked for again. Raises ValueError for
    columns of unequal length, an empty span, a value outside it by more than rounding, or an infinite one.
    """

    values: Sequence[float | None] | Floats
    questions: Sequence[str] | Labels
    checkpoints: Sequence[str] | Labels
    span: Span | None = (0.0, 1.0)
    exact: bool = False

    def __post_init__(self) -> None:
        if not len(self.values) == len(self.questions) == len(self.checkpoints):
            raise ValueError("values, questions and checkpoints differ in length")
        given = self.numbers[self.counted]
        if self.span is None:
            if not np.isfinite(given).all():
                raise ValueError("a value is infinite")
            return
        low, high = self.span
        if not low < high:
            raise ValueError(f"the span {low} to {high} is empty")
        slack = ROUNDING * (high - low)
        outside = given[~((low - slack <= given) & (given <= high + slack))]
        if len(outside):
            raise ValueError(f"the value {outside[0]} is outside {low} to {high}")

    @cached_property
    def numbers(self) -> Floats:
        """The values, NaN where excluded."""
        return np.array(self.values, dtype=np.float64)

    @cached_property
    def counted(self) -> npt.NDArray[np.bool_]:
        """Which responses have a value."""
        return ~np.isnan(self.numbers)

    @cached_property
    def question_labels(self) -> Labels:
        """The questions, coded."""
        return self.questions if isinstance(self.questions, Labels) else labels(self.questions)

    @cached_property
    def checkpoint_labels(self) -> Labels:
        """The checkpoints, coded."""
        return self.checkpoints if isinstance(self.checkpoints, Labels) else labels(self.checkpoints)

    @property
    def excluded(self) -> int:
        """The number of excluded responses."""
        return len(self.values) - int(self.counted.sum())

    def at(self, places: npt.NDArray[np.intp] | npt.NDArray[np.bool_]) -> Responses:
        """The responses at `places` (numbers or a mask)."""
        columns = (self.question_labels.at(places), self.checkpoint_labels.at(places))
        return Responses(self.numbers[places], *columns, self.span, self.exact)
