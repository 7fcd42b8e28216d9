"""Rows -> histograms of ratings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from inoc_evals.report.columns import parts, responses
from inoc_evals.report.values import values_of
from inoc_evals.results.row import ResponseRow
from inoc_evals.stats.seeds import ArmRate, arm_rate

BINS = 20


@dataclass(frozen=True)
class Histogram:
    """One arm's ratings. `counts` are numbers of responses in bins of 5 points: the first holds 0 <= rating < 5, the
    last 95 <= rating <= 100. `mean` is in shares of 100 points, NaN for an arm without a rated response. `causes`
    counts the responses without a rating."""

    task: str
    category: str
    rating: str
    arm: str
    counts: tuple[int, ...]
    mean: ArmRate
    causes: dict[str, int]


def histograms(rows: Sequence[ResponseRow], arms: Sequence[str]) -> tuple[Histogram, ...]:
    """One histogram per task, category (or condition), rating and arm."""
    values = values_of(rows)
    found = []
    for (task, category), by_arm in parts(rows, values).items():
        for key in (key for key in values[task].keys if key in values[task].ratings):
            for arm in arms:
                columns = responses(by_arm.get(arm, []), key, values[task].top(key))
                counts = [0] * BINS
                for value in columns.values:
                    if value is not None:
                        counts[min(int(value * BINS), BINS - 1)] += 1
                causes = Counter(row.causes[key] for row in by_arm.get(arm, []) if key in row.causes)
                found.append(
                    Histogram(task, category, key, arm, tuple(counts), arm_rate(columns), dict(sorted(causes.items())))
                )
    return tuple(found)
