"""How the values of every arm that are no yes or no are spread."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from inoc_evals.results.columns import Columns
from inoc_evals.results.layout import PartValues
from inoc_evals.results.methods import Method, span_of
from inoc_evals.stats.responses import Span
from inoc_evals.stats.seeds import ArmRate

BINS = 20


@dataclass(frozen=True)
class Distribution:
    """One arm's values that are no yes or no. `counts` are numbers of responses in bins of equal width from `low` to
    `high` (the scale's ends, or the lowest and highest value of any arm), each with its lower end, the last with both.
    `mean` is NaN for an arm without a value. `causes` counts the responses without one."""

    task: str
    category: str
    rating: str
    arm: str
    counts: tuple[int, ...]
    mean: ArmRate
    causes: Mapping[str, int]
    low: float
    high: float
    method: Method = "mean"


def distributions(values: PartValues, rows: Columns) -> Iterator[Distribution]:
    """One of each arm, over the same ends."""
    counted = [arm.responses.numbers[arm.responses.counted] for arm in values.arms]
    low, high = span_of(values.scale) or _ends(np.concatenate(counted))
    for arm, numbers in zip(values.arms, counted, strict=True):
        shares = np.clip((numbers - low) / (high - low), 0.0, 1.0) if high > low else np.zeros(len(numbers))
        bins = np.minimum((shares * BINS).astype(np.int64), BINS - 1)
        counts = tuple(np.bincount(bins, minlength=BINS).tolist())
        causes = rows.values[values.measure].causes_at(arm.places)
        yield Distribution(*values.where, arm.arm, counts, arm.rate, causes, low, high, values.method)


def _ends(numbers: np.ndarray) -> Span:
    return (float(numbers.min()), float(numbers.max())) if len(numbers) else (0.0, 0.0)
