"""Before anything is spent: which difference between two arms could the planned responses show?"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy import optimize, special

from inoc_evals.stats import differences
from inoc_evals.stats.responses import Floats
from inoc_evals.stats.variance import Components

NAN = float("nan")
MOST_SAMPLES = 10_000
MOST_SEEDS = 50
POINTS = 256
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(41)
_WEIGHTS = _WEIGHTS / _WEIGHTS.sum()


@dataclass(frozen=True)
class Plan:
    """A planned comparison of two arms on the same questions.

    `questions` (2 or more), `samples` for each question and checkpoint, and `seeds` (checkpoints in each arm) are 1 or
    more. `rate` is the expected rate of the first arm, in 0..1 exclusive. The standard deviations are on the logit
    scale and normal, 0 or more: `question_sd` between questions in both arms alike, `contrast_sd` between questions in
    what the arms differ by, `seed_sd` between checkpoints of an arm. Their defaults are assumptions, not measurements:
    a question SD of 1.5 spreads a rate of 0.2 over 0.01 to 0.73 in 95% of the questions. Use those of an earlier run
    where there is one. With one seed the plan is for these checkpoints only, and `seed_sd` is not used.

    Raises ValueError for a value outside these ranges.
    """

    questions: int
    samples: int
    seeds: int
    rate: float
    question_sd: float = 1.5
    contrast_sd: float = 0.5
    seed_sd: float = 0.3

    def __post_init__(self) -> None:
        if self.questions < 2 or self.samples < 1 or self.seeds < 1:
            raise ValueError("a plan needs 2 questions, 1 sample and 1 seed or more")
        if not 0 < self.rate < 1:
            raise ValueError("the expected rate is outside 0 to 1")
        if min(self.question_sd, self.contrast_sd, self.seed_sd) < 0:
            raise ValueError("a standard deviation is negative")


@dataclass(frozen=True)
class Detectable:
    """The smallest rise from a plan's rate, and the smallest fall, that are found with the wanted power: positive
    differences of rates in 0..1, NaN where even a rise to 1 or a fall to 0 would be missed too often."""

    rise: float
    fall: float
    these_checkpoints_only: bool


def detectable(plan: Plan, power: float = 0.8, level: float = 0.95) -> Detectable:
    """The minimum detectable differences at `power` (0..1) and a two-sided test at 1 - `level`."""

    def solved(limit: float) -> float:
        def lacking(other: float) -> float:
            return chance(plan, other, level) - power

        near = plan.rate + 1e-6 * (limit - plan.rate)
        if not lacking(limit) > 0:
            return NAN
        if lacking(near) > 0:
            return abs(near - plan.rate)
        return abs(float(optimize.brentq(lacking, near, limit, xtol=1e-5)) - plan.rate)

    return Detectable(solved(1 - 1e-4), solved(plan.rate * 1e-2), plan.seeds == 1)


def samples_needed(plan: Plan, other: float, power: float = 0.8, level: float = 0.95, edge: float = 0.0) -> int | None:
    """The fewest samples for each question and checkpoint with which the difference of the first arm from a second one
    of rate `other` (0..1 exclusive) is told from `edge` with `power`; None if 10,000 are not enough, because questions
    or seeds are the limit."""
    return _fewest(MOST_SAMPLES, lambda samples: chance(replace(plan, samples=samples), other, level, edge) >= power)


def seeds_needed(plan: Plan, other: float, power: float = 0.8, level: float = 0.95, edge: float = 0.0) -> int | None:
    """The fewest training seeds an arm, two or more, for the same; None if 50 are not enough."""

    def enough(seeds: int) -> bool:
        return seeds > 1 and chance(replace(plan, seeds=seeds), other, level, edge) >= power

    return _fewest(MOST_SEEDS, enough)


def _fewest(most: int, enough: Callable[[int], bool]) -> int | None:
    if not enough(most):
        return None
    low, high = 0, most
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def chance(plan: Plan, other: float, level: float = 0.95, edge: float = 0.0) -> float:
    """The power, 0..1: how likely the interval of `differences.interval` leaves out the difference `edge` on the right
    side if the second arm's rate is `other` (0..1 exclusive).

    The difference is taken as normal, and the estimated variances of questions and of each arm's checkpoints as scaled
    chi-squared: with two or three checkpoints they vary so much that their average would promise too much power. In
    simulations around 80% this is mostly within 5 points of the real power. It is too low, by up to 10 points, where
    checkpoints differ much (logit SD of 0.6) or rates are near 0.
    """
    parts, error = expected(plan, other)
    gap = parts.mean - edge
    distances = abs(gap) - _half_widths(parts, gap > 0, level, *_scaled_chi_squared(plan))
    return float(np.mean(special.ndtr(distances / error) if error > 0 else distances > 0))


def _half_widths(
    parts: differences.Paired, lower: bool, level: float, questions: Floats, seeds_a: Floats, seeds_b: Floats
) -> Floats:
    """The distances from the estimate to its lower or upper limit, with variances multiplied by each of these
    factors."""
    first, second = (
        replace(arm, between_questions=arm.between_questions * questions, between_seeds=arm.between_seeds * seeds)
        for arm, seeds in ((parts.a, seeds_a), (parts.b, seeds_b))
    )
    scaled = differences.Paired(first, second, parts.between_gaps * questions)
    low, high = differences.limits_at(scaled, (1 - level) / 2)
    return parts.mean - low if lower else high - parts.mean


def _scaled_chi_squared(plan: Plan) -> Floats:
    """Chi-squared values over their degrees of freedom, shape (3, POINTS): for questions and each arm's checkpoints.

    A lattice instead of random draws keeps the power a smooth function, the same in every run (additive recurrence
    with powers of the inverse root of x^4 = x + 1: M. Roberts,
    extremelearning.com.au/unreasonable-effectiveness-of-quasirandom-sequences).
    """
    steps = np.array([[1.2207440846057596**-power] for power in (1, 2, 3)])
    uniform = (0.5 + steps * np.arange(1, POINTS + 1)) % 1
    freedom = np.array([[plan.questions - 1], [max(1, plan.seeds - 1)], [max(1, plan.seeds - 1)]])
    values: Floats = 2 * special.gammaincinv(freedom / 2, uniform) / freedom
    return values


def expected(plan: Plan, other: float) -> tuple[differences.Paired, float]:
    """The components of both arms that the plan leads to on average, and the true standard error of the difference."""
    shared_a, between_a, effects_a, left_a = _moments(plan, plan.rate)
    shared_b, between_b, effects_b, left_b = _moments(plan, other)
    covariance = float(_WEIGHTS @ ((shared_a - plan.rate) * (shared_b - other)))
    several = plan.seeds > 1
    arms = [
        Components(
            mean=rate,
            between_questions=(between + left / plan.seeds) / plan.questions,
            between_seeds=(effects + left / plan.questions) / plan.seeds if several else 0.0,
            questions=plan.questions,
            seeds=plan.seeds,
            responses=plan.questions * plan.seeds * plan.samples,
        )
        for rate, between, effects, left in (
            (plan.rate, between_a, effects_a, left_a),
            (other, between_b, effects_b, left_b),
        )
    ]
    gaps = max(0.0, between_a + between_b - 2 * covariance) + (left_a + left_b) / plan.seeds
    seeds = (effects_a + effects_b) / plan.seeds if several else 0.0
    return differences.Paired(arms[0], arms[1], gaps / plan.questions), math.sqrt(gaps / plan.questions + seeds)


def _moments(plan: Plan, rate: float) -> tuple[Floats, float, float, float]:
    """The rate at each node of the questions' shared effect; the variance between questions' rates, between
    checkpoints' rates, and within cells (interaction and sampling), each for one."""
    seed_sd = plan.seed_sd if plan.seeds > 1 else 0.0
    own = math.hypot(plan.question_sd, plan.contrast_sd)
    centre = _centre(rate, math.hypot(own, seed_sd))
    shared = _averaged(centre + plan.question_sd * _NODES, math.hypot(plan.contrast_sd, seed_sd))
    questions = _variance(_averaged(centre + own * _NODES, seed_sd))
    seeds = _variance(_averaged(centre + seed_sd * _NODES, own))
    cells = special.expit(centre + math.hypot(own, seed_sd) * _NODES)
    interaction = max(0.0, _variance(cells) - questions - seeds)
    return shared, questions, seeds, interaction + float(_WEIGHTS @ (cells * (1 - cells))) / plan.samples


def _centre(rate: float, sd: float) -> float:
    """The logit whose normal spread `sd` has the mean rate `rate`."""

    def off(centre: float) -> float:
        return float(_WEIGHTS @ special.expit(centre + sd * _NODES)) - rate

    middle = float(special.logit(rate))
    reach = 1 + sd * sd + 3 * sd
    return float(optimize.brentq(off, middle - reach, middle + reach))


def _averaged(logits: Floats, sd: float) -> Floats:
    """The mean rate at each logit under a further normal spread."""
    rates: Floats = special.expit(logits[:, None] + sd * _NODES) @ _WEIGHTS
    return rates


def _variance(rates: Floats) -> float:
    return float(_WEIGHTS @ rates**2) - float(_WEIGHTS @ rates) ** 2
