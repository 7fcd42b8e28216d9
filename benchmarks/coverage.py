"""Do the 95% intervals cover 95%? A simulation: `python benchmarks/coverage.py [REPETITIONS]` (default 400: 5 minutes).

Questions are drawn anew in every repetition: their rates are beta-distributed (intraclass correlation 0.05 or 0.3) or
logit-normal (SD 1 or 2) around the true one, correlated 0.7 between arms. Each checkpoint shifts every question by a
normal amount on the logit scale (SD 0.3 or 0.6), and each question by one of its own (SD 0.2). With one checkpoint
there is no shift: the interval speaks of that checkpoint only. The true rate averages over questions and checkpoints,
by quadrature. Cells that come out below 95% are measured again with ten times the repetitions and other random
numbers, so that the worst cell is not just the unluckiest.
"""

from __future__ import annotations

import itertools
import math
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy import optimize, special

from inoc_evals.stats import differences, rates
from inoc_evals.stats.variance import components

QUESTIONS = (8, 16, 32, 50, 100)
RATES = (0.01, 0.05, 0.2, 0.5)
PAIRS = ((0.01, 0.01), (0.05, 0.05), (0.2, 0.2), (0.5, 0.5), (0.05, 0.01), (0.2, 0.01), (0.5, 0.2))
SEEDS = (1, 2, 3, 5)
SPREADS = (("beta", 0.05), ("beta", 0.3), ("logit-normal", 1.0), ("logit-normal", 2.0))
SEED_SDS = (0.3, 0.6)
INTERACTION_SD = 0.2
CORRELATION = 0.7
CLAIMED, WANTED, AGAIN = 0.95, 0.93, 0.95
CONCENTRATION = 2.0

PRINTED = {
    "rate": "rate of an arm",
    "difference": "difference of two arms",
    "rating": "mean rating with its span",
}
COMPARED = {
    "naive": "Wilson, responses independent",
    "paired t": "paired t over questions",
    "satterthwaite": "two-way, Satterthwaite",
    "rating t": "mean rating without its span (t)",
}

_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(41)
_WEIGHTS = _WEIGHTS / _WEIGHTS.sum()
_GRID = np.linspace(-6.5, 6.5, 2001)
_MIDPOINTS = special.ndtri((np.arange(2000) + 0.5) / 2000)


@dataclass(frozen=True)
class Cell:
    """One setting; `rates` has one rate for a single arm and two for a difference."""

    kind: str
    rates: tuple[float, ...]
    questions: int
    seeds: int
    samples: int
    spread: tuple[str, float]
    seed_sd: float

    def __str__(self) -> str:
        seed = f", seed SD {self.seed_sd}" if self.seeds > 1 else ""
        name = " vs ".join(map(str, self.rates))
        drawn = f"{self.questions} questions x {self.samples}, {self.seeds} checkpoint{'s' * (self.seeds > 1)}"
        return f"rate {name}, {drawn}, {self.spread[0]} {self.spread[1]}{seed}"


def cells() -> Iterator[Cell]:
    for questions, spread in itertools.product(QUESTIONS, SPREADS):
        for rate, samples in itertools.product(RATES, (1, 10, 100)):
            yield Cell("rate", (rate,), questions, 1, samples, spread, 0.0)
        for pair, samples in itertools.product(PAIRS, (1, 10, 100)):
            yield Cell("difference", pair, questions, 1, samples, spread, 0.0)
        for rate in RATES:
            yield Cell("rating", (rate,), questions, 1, 10, spread, 0.0)
        for seeds, sd in itertools.product(SEEDS[1:], SEED_SDS):
            for rate in RATES:
                yield Cell("rate", (rate,), questions, seeds, 20, spread, sd)
            for pair in PAIRS:
                yield Cell("difference", pair, questions, seeds, 20, spread, sd)


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
    """True rates, shape (repetitions, seeds, questions)."""
    several = cell.seeds > 1
    centre = centred(cell.spread, rate, math.hypot(cell.seed_sd, INTERACTION_SD) if several else 0.0)
    base = logits(cell.spread, centre, normal)[:, None, :]
    if several:
        shape = (len(normal), cell.seeds, cell.questions)
        base = base + cell.seed_sd * random.standard_normal((*shape[:2], 1))
        base = base + INTERACTION_SD * random.standard_normal(shape)
    return special.expit(base)


def simulate(cell: Cell, repetitions: int, seed: int) -> dict[str, tuple[float, float]]:
    """For every interval of the cell: coverage and mean width."""
    random = np.random.default_rng([seed, repetitions])
    shape = (repetitions, cell.questions)
    normal = random.standard_normal(shape)
    other = CORRELATION * normal + math.sqrt(1 - CORRELATION**2) * random.standard_normal(shape)
    drawn = []
    for rate, numbers in zip(cell.rates, (normal, other), strict=False):
        true = chances(cell, rate, numbers, random)
        if cell.kind == "rating":
            concentration = np.maximum(true[..., None] * CONCENTRATION, 1e-12), (1 - true[..., None]) * CONCENTRATION
            drawn.append(random.beta(*concentration, (*true.shape, cell.samples)).mean(-1))
        else:
            drawn.append(random.binomial(cell.samples, true) / cell.samples)
    target = cell.rates[0] - sum(cell.rates[1:])
    found: dict[str, list[tuple[float, float]]] = {}
    for arms in zip(*drawn, strict=True):
        for name, limits in intervals(cell, arms).items():
            found.setdefault(name, []).append(limits)
    result = {}
    for name, pairs in found.items():
        low, high = np.array(pairs).T
        covered = (low <= target + 1e-12) & (target - 1e-12 <= high)
        result[name] = (float(covered.mean()), float((high - low).mean()))
    return result


def intervals(cell: Cell, arms: tuple[np.ndarray, ...]) -> dict[str, tuple[float, float]]:
    """Printed intervals, and those they are compared with, of arms of shape (seeds, questions)."""
    n = cell.questions * cell.seeds * cell.samples
    quantile = -float(special.stdtrit(cell.questions - 1, (1 - CLAIMED) / 2))
    if cell.kind != "difference":
        parts = components(arms[0], n)
        result = {cell.kind: rates.interval(parts, CLAIMED)}
        if cell.kind == "rate":
            result["naive"] = rates.wilson(parts.mean, n, 1.959964)
        else:
            half = quantile * math.sqrt(parts.between_questions)
            result["rating t"] = (parts.mean - half, parts.mean + half)
        return result
    gap = differences.gap_variance(arms[0].mean(axis=0) - arms[1].mean(axis=0))
    both = differences.Paired(components(arms[0], math.inf), components(arms[1], math.inf), gap)
    result = {"difference": differences.interval(both, CLAIMED)}
    if cell.seeds == 1:
        half = quantile * math.sqrt(gap)
        result["paired t"] = (both.mean - half, both.mean + half)
    else:
        v_a, v_b = both.a.between_seeds, both.b.between_seeds
        total = max(gap + v_a + v_b - both.a.cells - both.b.cells, gap, v_a + v_b)
        squares = gap**2 / (cell.questions - 1) + (v_a**2 + v_b**2) / (cell.seeds - 1)
        freedom = max(1.0, total**2 / squares) if squares > 0 else 1.0
        half = -float(special.stdtrit(freedom, (1 - CLAIMED) / 2)) * math.sqrt(total)
        result["satterthwaite"] = (both.mean - half, both.mean + half)
    return result


def measured(repetitions: int) -> tuple[dict[tuple[str, Cell], tuple[float, float]], int]:
    """(interval, cell) -> coverage and mean width, and how many cells were measured again."""
    results, again = {}, 0
    for number, cell in enumerate(cells()):
        found = simulate(cell, repetitions, number)
        if found[cell.kind][0] < AGAIN:
            found = simulate(cell, 10 * repetitions, number)
            again += 1
        results |= {(name, cell): value for name, value in found.items()}
    return results, again


def main() -> None:
    repetitions = int(sys.argv[1]) if len(sys.argv) > 1 else 400
    start = time.perf_counter()
    results, again = measured(repetitions)
    for name, title in (PRINTED | COMPARED).items():
        print(f"\n{title}: coverage % over the settings, mean (lowest), and mean width")
        print(f"{'checkpoints':>11}  {'rate':12}" + "".join(f"{f'{q} questions':>22}" for q in QUESTIONS))
        groups = sorted({(cell.seeds, cell.rates) for kind, cell in results if kind == name})
        for seeds, true in groups:
            line = f"{seeds:>11}  {' vs '.join(map(str, true)):12}"
            for questions in QUESTIONS:
                place = (seeds, true, questions)
                cover, width = np.array(
                    [v for (kind, c), v in results.items() if kind == name and (c.seeds, c.rates, c.questions) == place]
                ).T
                line += f"{100 * cover.mean():9.1f} ({100 * cover.min():.1f}) {width.mean():.3f}"
            print(line)
    print()
    for name, title in (PRINTED | COMPARED).items():
        of = {cell: value for (kind, cell), value in results.items() if kind == name}
        worst = min(of, key=lambda cell: of[cell][0])
        short = sum(value[0] < WANTED for value in of.values())
        print(f"{title}: worst {100 * of[worst][0]:.1f}% ({worst}); {short} of {len(of)} cells below {WANTED:.0%}")
    short = [(100 * v[0], PRINTED[k], c) for (k, c), v in results.items() if k in PRINTED and v[0] < WANTED]
    total = sum(k in PRINTED for k, _ in results)
    for cover, title, cell in sorted(short, key=lambda row: row[0]):
        print(f"SHORT: {title} {cover:.1f}% ({cell})")
    verdict = "every printed interval covers" if not short else f"{len(short)} of {total} cells fall short:"
    seconds = time.perf_counter() - start
    print(
        f"{repetitions} repetitions, {again} of {total} cells measured again with {10 * repetitions}, {seconds:.0f} s"
    )
    print(f"VERDICT: {verdict} {WANTED:.0%} or more where {CLAIMED:.0%} is claimed.")


if __name__ == "__main__":
    main()
