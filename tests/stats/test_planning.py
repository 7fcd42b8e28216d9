from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import special

from inoc_evals.stats import differences
from inoc_evals.stats.planning import Plan, chance, detectable, expected, samples_needed
from tests.stats.tables import counted


def logit_centre(rate: float, sd: float) -> float:
    """By bisection on a fine grid of the normal distribution, unlike the quadrature under test."""
    normal = special.ndtri((np.arange(20_000) + 0.5) / 20_000)
    low, high = -20.0, 20.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if special.expit(middle + sd * normal).mean() < rate else (low, middle)
    return low


def simulated(plan: Plan, other: float, repetitions: int = 1000) -> tuple[float, float]:
    """The share of simulated runs whose interval leaves out 0 on the right side, and the SD of the differences."""
    random = np.random.default_rng(0)
    seed_sd = plan.seed_sd if plan.seeds > 1 else 0.0
    sd = math.hypot(plan.question_sd, plan.contrast_sd, seed_sd)
    centres = [logit_centre(rate, sd) for rate in (plan.rate, other)]
    hits, means = 0, []
    for _ in range(repetitions):
        shared = plan.question_sd * random.standard_normal(plan.questions)
        arms = []
        for centre in centres:
            own = plan.contrast_sd * random.standard_normal(plan.questions)
            chances = special.expit(centre + shared + own + seed_sd * random.standard_normal((plan.seeds, 1)))
            arms.append(counted(random.binomial(plan.samples, chances), plan.samples))
        parts = differences.paired(arms[0], arms[1])
        low, high = differences.interval(parts)
        hits += high < 0 if other > plan.rate else low > 0
        means.append(parts.mean)
    return hits / repetitions, float(np.std(means))


@pytest.mark.parametrize(
    "plan",
    [
        Plan(50, 10, 1, 0.2),
        Plan(8, 100, 1, 0.5),
        Plan(54, 2, 1, 0.2),
        Plan(100, 10, 3, 0.2),
        Plan(16, 20, 4, 0.5),
        Plan(30, 20, 2, 0.3),
        Plan(100, 10, 1, 0.01),
        Plan(40, 10, 5, 0.1, question_sd=0.8, contrast_sd=0.2, seed_sd=0.4),
    ],
)
def test_the_detectable_rise_is_found_four_times_in_five(plan: Plan) -> None:
    found = detectable(plan)
    other = plan.rate + found.rise
    power, error = simulated(plan, other)
    assert found.these_checkpoints_only == (plan.seeds == 1)
    assert power == pytest.approx(0.8, abs=0.05)
    assert expected(plan, other)[1] == pytest.approx(error, rel=0.06)


def test_a_fall_is_found_as_often_as_planned() -> None:
    plan = Plan(50, 20, 1, 0.3)
    assert simulated(plan, plan.rate - detectable(plan).fall)[0] == pytest.approx(0.8, abs=0.05)


def test_more_of_anything_finds_smaller_differences() -> None:
    base = Plan(20, 5, 3, 0.2)
    smallest = detectable(base).rise
    for better in (Plan(40, 5, 3, 0.2), Plan(20, 20, 3, 0.2), Plan(20, 5, 6, 0.2), Plan(20, 5, 3, 0.2, seed_sd=0.1)):
        assert detectable(better).rise < smallest
    assert detectable(base, power=0.9).rise > smallest
    assert detectable(base, level=0.99).rise > smallest


def test_samples_needed_is_the_inverse() -> None:
    plan = Plan(50, 10, 3, 0.2)
    needed = samples_needed(plan, 0.4)
    assert needed is not None
    assert chance(Plan(50, needed, 3, 0.2), 0.4) >= 0.8
    assert needed == 1 or chance(Plan(50, needed - 1, 3, 0.2), 0.4) < 0.8
    assert samples_needed(Plan(8, 10, 2, 0.2), 0.25) is None


def test_what_cannot_be_found_is_nan() -> None:
    found = detectable(Plan(8, 10, 1, 0.01))
    assert math.isnan(found.fall)
    assert 0 < found.rise < 1
    assert math.isnan(detectable(Plan(2, 1, 1, 0.5)).rise)


def test_no_variation_at_all_still_plans() -> None:
    found = detectable(Plan(10, 1000, 2, 0.5, question_sd=0, contrast_sd=0, seed_sd=0))
    assert 0 < found.rise < 0.5
    assert found.rise == pytest.approx(found.fall, abs=1e-3)


@pytest.mark.parametrize("wrong", [{"questions": 1}, {"samples": 0}, {"seeds": 0}, {"rate": 0.0}, {"seed_sd": -1.0}])
def test_impossible_plans_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"plan|rate|deviation"):
        Plan(**({"questions": 8, "samples": 10, "seeds": 1, "rate": 0.2} | wrong))  # type: ignore[arg-type]
