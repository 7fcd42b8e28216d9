"""Values that are known exactly: a shift of a tenth of a point is seen, and the intervals hold what they claim."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from inoc_evals.stats.limits import Interval
from inoc_evals.stats.responses import Responses
from inoc_evals.stats.seeds import arm_difference, arm_rate


def responses(values: np.ndarray, *, exact: bool = True) -> Responses:
    """Values of shape (seeds, questions)."""
    seeds, questions = values.shape
    names = [f"q{number}" for number in range(questions)] * seeds
    checkpoints = [f"s{number}" for number in range(seeds) for _ in range(questions)]
    return Responses(values.ravel().tolist(), names, checkpoints, (0.0, 1.0), exact)


def probabilities(rng: np.random.Generator, questions: int, middle: float = 0.01) -> np.ndarray:
    return np.clip(middle * rng.lognormal(0, 0.8, questions), 0, 1)


def test_a_shift_of_a_tenth_of_a_point_is_seen() -> None:
    rng = np.random.default_rng(1)
    before = probabilities(rng, 54)
    after = before + 0.001 * rng.lognormal(0, 0.5, 54)
    found = arm_difference(responses(after[None]), responses(before[None]))
    # scipy's paired t.
    other = stats.ttest_rel(after, before)
    ends = other.confidence_interval()
    assert (found.mean, found.low, found.high) == pytest.approx((float((after - before).mean()), ends.low, ends.high))
    assert found.p == pytest.approx(other.pvalue, rel=1e-6)
    assert found.low > 0.0005
    # Asked again, the same questions say the same.
    assert found.on_these_questions == Interval(found.mean, found.mean)
    # Counted shares of the same size may be chance.
    drawn = arm_difference(responses(after[None], exact=False), responses(before[None], exact=False))
    assert drawn.low < -0.01


def test_a_mean_has_the_interval_of_its_questions_within_the_scale() -> None:
    rng = np.random.default_rng(2)
    values = probabilities(rng, 30, 0.2)
    found = arm_rate(responses(values[None]))
    half = stats.t.ppf(0.975, 29) * values.std(ddof=1) / np.sqrt(30)
    assert (found.low, found.high) == pytest.approx((values.mean() - half, values.mean() + half))
    assert found.on_these_questions == Interval(found.equal, found.equal)
    few = arm_rate(responses(np.array([[0.0, 0.0, 0.9]])))
    assert (few.low, few.high) == (0.0, 1.0)


@pytest.mark.parametrize(("seeds", "lowest"), [(1, 0.92), (3, 0.92)])
def test_intervals_of_differences_hold_the_truth(seeds: int, lowest: float) -> None:
    rng = np.random.default_rng(3)
    truth, held, runs = 0.001, 0, 400
    for _ in range(runs):
        base = probabilities(rng, 54)
        effect = truth + 0.0015 * rng.normal(size=54)
        noise = 0.0 if seeds == 1 else 0.0005
        a = base + effect + noise * rng.normal(size=(seeds, 1)) + 1e-4 * rng.normal(size=(seeds, 54))
        b = base + noise * rng.normal(size=(seeds, 1)) + 1e-4 * rng.normal(size=(seeds, 54))
        found = arm_difference(responses(np.clip(a, 0, 1)), responses(np.clip(b, 0, 1)))
        held += found.low <= truth <= found.high
    assert held / runs >= lowest
