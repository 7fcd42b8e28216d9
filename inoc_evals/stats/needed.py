"""How many drawn answers would tell as much as probabilities that are known?

Let question q have the known probability p_q, and let n answers to it be drawn. The mean of the drawn shares has the
variance of the mean of the p_q and, beside it, mean(p_q (1 - p_q)) / (n Q) for Q questions: what drawing adds (Cochran,
Sampling Techniques, 1977, chapter 10: two stages). Half-widths add as squares, so that an interval for questions like
these, whose half-width is h with known probabilities, has with drawn ones

    h_n = sqrt(h^2 + t^2 D / n),    D = sum over cells of w^2 p (1 - p),

t being the quantile that h was made with and w a cell's weight in the mean. On these questions nothing but drawing
varies, and h_n = z sqrt(D / n).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from inoc_evals.stats import means
from inoc_evals.stats.responses import Floats, Responses
from inoc_evals.stats.tables import table

NAN = float("nan")
SLACK = 0.05
# Beyond it a number of answers is no plan.
MOST = 10_000_000


@dataclass(frozen=True)
class Known:
    """One item as one checkpoint was asked it: its `probability` (0..1), of which so much more may be true as is
    `unresolved` (0..1)."""

    question: str
    checkpoint: str
    probability: float
    unresolved: float = 0.0


@dataclass(frozen=True)
class Needed:
    """Answers to each item and checkpoint with which the intervals of drawn shares would be as narrow as those of known
    probabilities. `low` and `high` are the ends of the known mean, apart by what is unresolved; `half_like` is half the
    width of its interval for questions like these (shares; NaN for one question).

    `like` is the number for an interval for questions like these that is wider by at most a share `SLACK`, `these` for
    one on these questions that is as wide as what is unresolved. None: no number up to `MOST` would do. 1 is the least.
    """

    items: int
    low: float
    high: float
    half_like: float
    like: int | None
    these: int | None


def needed(items: Sequence[Known], level: float = 0.95) -> Needed:
    """How many answers to each item the same intervals would need, see the module.

    What is unresolved widens the known interval: it reaches from the lower end with nothing of it to the upper end with
    all. Answers are drawn by the middle of what is possible. `level` is in 0..1 exclusive. Raises
    ValueError without items, and for a probability outside 0..1.
    """
    if not items:
        raise ValueError("there are no probabilities")
    if not all(0 <= each.probability <= each.probability + each.unresolved <= 1 + 1e-6 for each in items):
        raise ValueError("a probability is outside 0..1")
    middle = np.array([min(1.0, each.probability + each.unresolved / 2) for each in items])
    names = [each.question for each in items], [each.checkpoint for each in items]
    cells = table(Responses(middle, *names, exact=True))
    low, high = means.interval(cells, level)
    unknown = _mean(items, [each.unresolved for each in items])
    drawn = _drawn(items, middle)
    half = (high - low) / 2 + unknown / 2
    quantile = -float(special.stdtrit(max(1, len(cells.questions) - 1), (1 - level) / 2))
    spare = ((1 + SLACK) * half) ** 2 - ((high - low) / 2) ** 2
    z = -float(special.ndtri((1 - level) / 2))
    mean = cells.mean
    return Needed(
        items=len(items),
        # A rounding error is no probability.
        low=max(0.0, mean - unknown / 2),
        high=min(1.0, mean + unknown / 2),
        half_like=half,
        like=None if math.isnan(half) else _number(quantile**2 * drawn, spare),
        these=_number(z**2 * drawn, (unknown / 2) ** 2),
    )


def _number(variance: float, spare: float) -> int | None:
    """The fewest answers with which `variance` / answers is at most `spare`."""
    if variance <= 0:
        return 1
    if not spare > 0 or variance / spare > MOST:
        return None
    # A rounding error must not cost an answer.
    return max(1, math.ceil(variance / spare * (1 - 1e-9)))


def _weights(items: Sequence[Known]) -> Floats:
    """Each item's weight in the mean: questions weigh equally, a question's checkpoints, and a checkpoint's items."""
    cells: dict[tuple[str, str], int] = {}
    for each in items:
        cells[each.question, each.checkpoint] = cells.get((each.question, each.checkpoint), 0) + 1
    checkpoints: dict[str, int] = {}
    for question, _ in cells:
        checkpoints[question] = checkpoints.get(question, 0) + 1
    found = [
        1 / cells[each.question, each.checkpoint] / checkpoints[each.question] / len(checkpoints) for each in items
    ]
    return np.array(found, dtype=np.float64)


def _mean(items: Sequence[Known], values: Sequence[float]) -> float:
    return float((_weights(items) * np.array(values)).sum())


def _drawn(items: Sequence[Known], probabilities: Floats) -> float:
    """The variance of the mean of shares with one answer to each item, around what the probabilities say."""
    return float((_weights(items) ** 2 * probabilities * (1 - probabilities)).sum())
