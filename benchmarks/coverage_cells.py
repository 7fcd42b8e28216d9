"""The settings that coverage.py simulates, and how their responses are drawn."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy import optimize, special

from inoc_evals.stats.tables import Table

QUESTIONS = (8, 20, 100)
RATES = (0.01, 0.05, 0.2, 0.5)
PAIRS = ((0.01, 0.01), (0.05, 0.05), (0.2, 0.2), (0.5, 0.5), (0.05, 0.01), (0.2, 0.01), (0.5, 0.2))
SEEDS = (2, 3, 5)
SPREADS = (("beta", 0.05), ("beta", 0.3), ("logit-normal", 1.0), ("logit-normal", 2.0))
SEED_SDS = (0.3, 0.6)
INTERACTION_SD = 0.2
CORRELATION = 0.7
CONCENTRATION = 2.0
RARE = 0.05, 0.99, 0.01
SEED_RARE = 0.2, 0.5, 0.02

_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(41)
_WEIGHTS = _WEIGHTS / _WEIGHTS.sum()
_GRID = np.linspace(-6.5, 6.5, 2001)
_MIDPOINTS = special.ndtri((np.arange(2000) + 0.5) / 2000)


@dataclass(frozen=True)
class Cell:
    """One setting; `rates` has one rate for a single arm and two for a difference. `group` is "grid", or the name of a
    hard setting. `samples` are responses for each question and checkpoint."""

    group: str
    kind: str
    rates: tuple[float, ...]
    questions: int
    seeds: int
    samples: tuple[int, ...]
    spread: tuple[str, float]
    seed_sd: float

    @property
    def is_open(self) -> bool:
        """Is it about values without ends?"""
        return self.kind.startswith("open")

    def __str__(self) -> str:
        seed = f", seed SD {self.seed_sd}" if self.seeds > 1 and self.spread[0] != "seeds" else ""
        name = " vs ".join(f"{rate:g}" for rate in self.rates)
        asked = " or ".join(map(str, sorted(set(self.samples))))
        drawn = f"{self.questions} questions x {asked}, {self.seeds} checkpoint{'s' * (self.seeds > 1)}"
        return f"{self.kind} {name}, {drawn}, {self.spread[0]} {self.spread[1]}{seed}"


def grid() -> Iterator[Cell]:
    """Settings that the intervals for questions like these are made for."""
    for questions, spread in itertools.product(QUESTIONS, SPREADS):
        for kind, of in (("rate", [(rate,) for rate in RATES]), ("difference", PAIRS)):
            for rates, samples in itertools.product(of, (1, 10, 100)):
                yield Cell("grid", kind, rates, questions, 1, (samples,), spread, 0.0)
            for rates, seeds, sd in itertools.product(of, SEEDS, SEED_SDS):
                yield Cell("grid", kind, rates, questions, seeds, (20,), spread, sd)
        for rate in RATES:
            yield Cell("grid", "rating", (rate,), questions, 1, (10,), spread, 0.0)
    yield from open_scale("grid", ("normal", 1.0))


def hard() -> Iterator[Cell]:
    """Settings in which what matters is often not in the sample, or hardly weighs."""
    share, high, low = RARE
    for questions, samples in itertools.product((8, 20, 50, 100), (1, 100)):
        for kind, rates in (("rate", ()), ("difference", (low,))):
            true = (share * high + (1 - share) * low, *rates)
            yield Cell("5% of questions at .99", kind, true, questions, 1, (samples,), ("rare", share), 0.0)
    share, high, low = SEED_RARE
    for seeds, kind in itertools.product(SEEDS, ("rate", "difference")):
        true = (share * high + (1 - share) * low,) + ((low,) if kind == "difference" else ())
        yield Cell("20% of seeds at .5", kind, true, 20, seeds, (100,), ("seeds", share), 0.0)
    for questions, rates in itertools.product(
        (10, 20, 100), ((0.01,), (0.05,), (0.2,), (0.5,), (0.2, 0.01), (0.5, 0.2))
    ):
        kind = "rate" if len(rates) == 1 else "difference"
        asked = (1,) * (questions * 4 // 5) + (200,) * (questions // 5)
        yield Cell("80% x 1, 20% x 200", kind, rates, questions, 1, asked, ("logit-normal", 2.0), 0.0)
    for questions, rates, seeds in itertools.product(
        (16, 50), ((0.05,), (0.2,), (0.5,), (0.2, 0.01), (0.5, 0.2)), SEEDS
    ):
        kind = "rate" if len(rates) == 1 else "difference"
        yield Cell("seeds differ by 1.0", kind, rates, questions, seeds, (20,), ("logit-normal", 1.0), 1.0)
    yield from open_scale("questions skewed", ("skewed", 1.0))


def open_scale(group: str, spread: tuple[str, float]) -> Iterator[Cell]:
    """Settings for values without ends: questions differ by an SD of 1, and responses to one of them by as much."""
    for questions, (kind, means) in itertools.product(QUESTIONS, (("open", (0.0,)), ("open difference", (0.0, 0.0)))):
        for samples in (1, 10):
            yield Cell(group, kind, means, questions, 1, (samples,), spread, 0.0)
        for seeds, sd in itertools.product(SEEDS, (0.0, *SEED_SDS)):
            yield Cell(group, kind, means, questions, seeds, (20,), spread, sd)


def logits(spread: tuple[str, float], centre: float, normal: np.ndarray) -> np.ndarray:
    """Logits of the questions' rates from standard normal numbers."""
    kind, size = spread
    if kind == "logit-normal":
        return centre + size * normal
    total, mean = 1 / size - 1, special.expit(centre)
    shares = special.betaincinv(mean * total, (1 - mean) * total, special.ndtr(_GRID))
    found = special.logit(np.clip(shares, 1e-300, 1 - 1e-15))
    return np.interp(normal, _GRID, found)


@cache
def centred(spread: tuple[str, float], rate: float, sd: float) -> float:
    """The centre at which the rate averages to `rate` over questions, and checkpoints of spread `sd`."""

    def off(centre: float) -> float:
        shifted = logits(spread, centre, _MIDPOINTS)[:, None] + sd * _NODES
        return float((special.expit(shifted) @ _WEIGHTS).mean()) - rate

    return float(optimize.brentq(off, -15, 5))


def chances(cell: Cell, rate: float, normal: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """True rates, shape (repetitions, seeds, questions), that average to `rate`."""
    shape = (len(normal), cell.seeds, cell.questions)
    if cell.spread[0] in ("rare", "seeds"):
        share, high, low = RARE if cell.spread[0] == "rare" else SEED_RARE
        if rate == low:
            return np.full(shape, low)
        rare = special.ndtr(normal)[:, None, :] < share
        if cell.spread[0] == "seeds":
            rare = random.random((*shape[:2], 1)) < share
        return np.broadcast_to(np.where(rare, high, low), shape)
    several = cell.seeds > 1
    centre = centred(cell.spread, rate, math.hypot(cell.seed_sd, INTERACTION_SD) if several else 0.0)
    base = logits(cell.spread, centre, normal)[:, None, :]
    if several:
        base = base + cell.seed_sd * random.standard_normal((*shape[:2], 1))
        base = base + INTERACTION_SD * random.standard_normal(shape)
    return special.expit(base)


def open_means(cell: Cell, mean: float, normal: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """True means on a scale without ends, shape (repetitions, seeds, questions), that average to `mean`."""
    kind, size = cell.spread
    # Skewed: most questions a little below the mean, a few far above it.
    effects = size * normal if kind == "normal" else np.exp(size * normal) - math.exp(size * size / 2)
    shape = (len(normal), cell.seeds, cell.questions)
    true = np.broadcast_to(mean + effects[:, None, :], shape)
    if cell.seeds > 1:
        true = true + cell.seed_sd * random.standard_normal((*shape[:2], 1))
        true = true + INTERACTION_SD * random.standard_normal(shape)
    return true


def drawn(cell: Cell, repetitions: int, random: np.random.Generator) -> list[tuple[np.ndarray, list[Table]]]:
    """For each arm of the cell the true rates, shape (repetitions, seeds, questions), and the responses."""
    shape = (repetitions, cell.questions)
    normal = random.standard_normal(shape)
    other = CORRELATION * normal + math.sqrt(1 - CORRELATION**2) * random.standard_normal(shape)
    asked = np.broadcast_to(np.array(cell.samples), (cell.seeds, cell.questions))
    names = tuple(map(str, range(cell.seeds))), tuple(map(str, range(cell.questions)))
    arms = []
    for rate, numbers in zip(cell.rates, (normal, other), strict=False):
        true = open_means(cell, rate, numbers, random) if cell.is_open else chances(cell, rate, numbers, random)
        if cell.is_open:
            values = true[..., None] + random.standard_normal((*true.shape, cell.samples[0]))
            means, deviations = values.mean(-1), values.var(-1) * cell.samples[0]
        elif cell.kind == "rating":
            shares = np.maximum(true[..., None] * CONCENTRATION, 1e-12), (1 - true[..., None]) * CONCENTRATION
            values = random.beta(*shares, (*true.shape, cell.samples[0]))
            means, deviations = values.mean(-1), values.var(-1) * cell.samples[0]
        else:
            means = random.binomial(asked, true) / asked
            deviations = asked * means * (1 - means)
        tables = [Table(*names, mean, asked, deviation) for mean, deviation in zip(means, deviations, strict=True)]
        arms.append((true, tables))
    return arms
