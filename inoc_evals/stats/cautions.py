"""What a rate does not show by itself: its hits come from one question, or its checkpoints disagree."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from inoc_evals.stats.tables import Cells, Table

FEWEST_QUESTIONS = 3
FEWEST_HITS = 2
MOST = 0.8
SIGNIFICANT = 0.01


@dataclass(frozen=True)
class Concentration:
    """`here` of all `total` hits (or, where most responses are hits, misses) come from one question."""

    question: str
    here: int
    total: int
    misses: bool


@dataclass(frozen=True)
class Disagreement:
    """The lowest and highest rate of a checkpoint (shares of the span; a checkpoint that lacks responses to a question
    counts there as all do), and the p-value of no difference between checkpoints."""

    low: float
    high: float
    p: float


def cautions(arm: Cells) -> tuple[str, ...]:
    """Both warnings in words, where they hold."""
    found = []
    if (one := concentration(arm)) is not None:
        what = "misses" if one.misses else "hits"
        count = f"all {one.total}" if one.here == one.total else f"{one.here} of {one.total}"
        found.append(f"{count} {what} come from one question ({one.question})")
    if (apart := disagreement(arm.table)) is not None and apart.p < SIGNIFICANT:
        low, high = (f"{100 * mean:.1f}" if arm.ended else f"{mean:.3g}" for mean in (apart.low, apart.high))
        found.append(f"checkpoints disagree: {low} to {high}")
    return tuple(found)


def concentration(arm: Cells) -> Concentration | None:
    """The question from which at least four fifths of the hits come, or of the misses where those are fewer; None where
    there is none, with fewer than 2 of them or fewer than 3 questions, or where values are not all 0 or 1.

    It is a description, not a test: with two hits it is often chance, and is said all the same, because the rate of
    other questions then hangs on one.
    """
    if not arm.yes_or_no:
        return None
    hits, asked = arm.sums.sum(axis=0), arm.counts.sum(axis=0)
    misses = bool(hits.sum() * 2 > asked.sum())
    counts = asked - hits if misses else hits
    total = int(counts.sum())
    if np.count_nonzero(asked) < FEWEST_QUESTIONS or total < FEWEST_HITS:
        return None
    most = int(counts.argmax())
    here = int(counts[most])
    return Concentration(arm.questions[most], here, total, misses) if here >= MOST * total else None


def disagreement(cells: Table) -> Disagreement | None:
    """Whether the checkpoints of an arm differ by more than the sampling of their responses explains; None for fewer
    than two that share a question where responses differ.

    The generalised Cochran-Mantel-Haenszel test (Landis, Heyman and Koch, Int. Stat. Rev. 46, 1978, 237) with questions
    as strata: what each checkpoint has above its share, question by question, against what it would have if responses
    to a question fell to the checkpoints at random. It needs no large counts within a question. With 2 to 5 checkpoints
    that are alike, p < 0.01 came in at most 1.2% of simulated arms (1,500 for each of 45 settings), and in fewer where
    hits are few.
    """
    counts = cells.counts.astype(float)
    asked = counts.sum(axis=0)
    pooled = np.where(cells.present, cells.means * counts, 0.0).sum(axis=0) / np.maximum(1, asked)
    above = np.where(cells.present, (cells.means - pooled) * counts, 0.0)
    squares = (cells.deviations + np.where(cells.present, counts * (cells.means - pooled) ** 2, 0.0)).sum(axis=0)
    variance = np.where(asked > 1, squares / np.maximum(1, asked - 1), 0.0)
    covariance = np.diag((counts * variance).sum(axis=1)) - (counts * variance / np.maximum(1, asked)) @ counts.T
    freedom = int(np.linalg.matrix_rank(covariance, hermitian=True)) if covariance.size else 0
    if freedom < 1:
        return None
    distance = above.sum(axis=1)
    statistic = float(distance @ np.linalg.pinv(covariance, hermitian=True) @ distance)
    means = cells.filled.mean(axis=1)
    return Disagreement(float(means.min()), float(means.max()), float(special.chdtrc(freedom, max(0.0, statistic))))
