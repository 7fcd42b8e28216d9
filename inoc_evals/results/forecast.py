"""What a forecast said of the arms of an experiment, held against what was measured."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from inoc_evals.stats.correlations import Calibration, Correlation, calibration, pearson, spearman


@dataclass(frozen=True)
class Foretold:
    """An arm that was trained with a candidate: its prompt, its place (from 1) in the predicted order of all
    candidates, and by predictor what the untrained model had of it, and the suppression (0..1) that this foresees."""

    arm: str
    prompt: str
    place: int
    predictors: Mapping[str, float]
    predicted: Mapping[str, float]


@dataclass(frozen=True)
class Road:
    """What one way of finding good prompts took for so many `candidates`; None where it was not measured in this run
    (what was there already took nothing), or does not apply."""

    candidates: int
    seconds: float | None
    tokens: float | None
    responses: int
    training_rows: int = 0


@dataclass(frozen=True)
class Prediction:
    """A forecast: when it was `made` (UTC), its content hash, what it speaks of, the predictor that ranks
    (`ranked_by`), how many `candidates` it has, and those that are arms here. `rules` say in words how its numbers are
    made, `roads` what they took."""

    made: str
    sha256: str
    task: str
    part: str
    value: str
    ranked_by: str
    candidates: int
    arms: Sequence[Foretold]
    rules: Mapping[str, str] = field(default_factory=dict)
    roads: Mapping[str, Road] = field(default_factory=dict)


@dataclass(frozen=True)
class Suppression:
    """By how much an arm's rate lies below the reference's, a share of the scale, with its 95% interval."""

    arm: str
    mean: float
    low: float
    high: float
    these_checkpoints_only: bool


@dataclass(frozen=True)
class Tested:
    """One predictor against the measured suppression of the arms: correlations of what the untrained model had of it,
    and the calibration of the suppression that it foresees."""

    predictor: str
    spearman: Correlation
    pearson: Correlation
    calibration: Calibration


@dataclass(frozen=True)
class ForecastTest:
    """A forecast, the suppression measured in each of its arms, and how each predictor did; the one that ranks first.
    `unmeasured` are arms without a difference."""

    prediction: Prediction
    measured: tuple[Suppression, ...]
    tests: tuple[Tested, ...]
    unmeasured: tuple[str, ...] = ()


def held_against(prediction: Prediction, measured: Sequence[Suppression]) -> ForecastTest:
    """The forecast against what was `measured`, in the predicted order. Arms that were not measured are named."""
    by_arm = {one.arm: one for one in measured if not math.isnan(one.mean)}
    arms = [one for one in sorted(prediction.arms, key=lambda one: one.place) if one.arm in by_arm]
    found = [by_arm[one.arm] for one in arms]
    means, ends = [one.mean for one in found], [(one.low, one.high) for one in found]
    names = sorted({name for one in arms for name in one.predictors}, key=lambda name: name != prediction.ranked_by)
    tests = []
    for name in names:
        numbers = [one.predictors[name] for one in arms]
        foreseen = [one.predicted[name] for one in arms]
        tests.append(
            Tested(name, spearman(numbers, means), pearson(numbers, means), calibration(foreseen, means, ends))
        )
    left = tuple(one.arm for one in prediction.arms if one.arm not in by_arm)
    return ForecastTest(prediction, tuple(found), tuple(tests), left)
