"""How often `judges drift` calls a simulated judge another one: judges that stay as they are, and ones that move.

Run as `python benchmarks/judge_drift.py [RUNS]`; it prints a table in Markdown, with 95% intervals (Clopper-Pearson).
"""

from __future__ import annotations

import math
import random
import sys
from collections.abc import Callable

from scipy import stats

from inoc_evals.definitions.catalog import find_rubric
from inoc_evals.judging.distribution import Distribution, from_samples
from inoc_evals.judging.drift import ANOTHER, Pair, change, decided
from inoc_evals.judging.prompt import from_rubric

EXAMPLES = [5 + 6 * place for place in range(16)]  # what the judge means, from one end of the scale to the other
DRAWS, SPREAD = 5, 15.0
INSTRUMENT = from_rubric(find_rubric("alignment")[1])
Simulated = Callable[[random.Random], list[Pair]]


def draws(chance: random.Random, middle: float) -> Distribution:
    texts = [str(min(100, max(0, round(chance.gauss(middle, SPREAD))))) for _ in range(DRAWS)]
    return from_samples(INSTRUMENT, texts)


def drawn(shift: float) -> Simulated:
    return lambda chance: [Pair(draws(chance, middle), (draws(chance, middle + shift),)) for middle in EXAMPLES]


def read(chance: random.Random, middle: int, noise: float) -> Distribution:
    """Three answers, whose log probabilities have normal noise."""
    weights = {middle: 0.6, middle - 5: 0.3, middle + 5: 0.1}
    noisy = {n: w * math.exp(chance.gauss(0, noise)) for n, w in weights.items()}
    return Distribution({n: w / sum(noisy.values()) for n, w in noisy.items()}, {}, "first token")


def exact(noise: float, shift: int = 0) -> Simulated:
    def pairs(chance: random.Random) -> list[Pair]:
        twice = [(read(chance, middle + shift, noise), read(chance, middle + shift, noise)) for middle in EXAMPLES]
        return [Pair(read(chance, middle, noise), now) for middle, now in zip(EXAMPLES, twice, strict=True)]

    return pairs


CASES: dict[str, Simulated] = {
    f"draws {DRAWS} answers, standard deviation {SPREAD:g} points, unchanged": drawn(0),
    "the same, moved by 5 points": drawn(5),
    "the same, moved by 10 points": drawn(10),
    "exact, noise of 0.05 in its log probabilities, unchanged": exact(0.05),
    "exact, noise of 0.3, unchanged": exact(0.3),
    "exact, noise of 1, unchanged": exact(1.0),
    "exact, noise of 0.3, moved by 1 point": exact(0.3, 1),
}


def main(runs: int) -> None:
    print("| judge | called another |\n|---|---|")
    for name, simulated in CASES.items():
        chance = random.Random(20251)
        hits = sum(decided([change(INSTRUMENT, simulated(chance))])[0].told == ANOTHER for _ in range(runs))
        low, high = stats.binomtest(hits, runs).proportion_ci(0.95, method="exact")
        print(f"| {name} | {100 * hits / runs:.1f}% ({100 * low:.1f} to {100 * high:.1f}) |", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 400)
