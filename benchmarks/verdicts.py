"""How often a statement is answered falsely where the truth lies on its edge, and rightly elsewhere, in simulated
experiments: `python benchmarks/verdicts.py [EXPERIMENTS]`.

Questions spread by 1.5 on the logit scale in both arms alike and by 0.5 in each, checkpoints by 0.3; one response each.
"""

from __future__ import annotations

import sys
from collections import Counter

import numpy as np
from scipy import optimize, special

from inoc_evals.definitions.statements import parse_statement
from inoc_evals.results.about import Claim
from inoc_evals.results.verdicts import Measured, verdicts
from inoc_evals.stats.responses import Floats, Responses, labels
from inoc_evals.stats.tables import cells

SHARED, OWN, SEEDS = 1.5, 0.5, 0.3
# Statement, rates of a and b, questions, checkpoints an arm.
CASES = (
    ("x of a is within 20 points of b", 0.7, 0.5, 104, 1),
    ("x of a is within 20 points of b", 0.7, 0.5, 104, 3),
    ("x of a is below b by more than 20 points", 0.5, 0.7, 104, 3),
    ("x of a is below b by more than 20 points", 0.05, 0.25, 40, 1),
    ("x of a is within 10 points of b", 0.12, 0.02, 30, 1),
    ("x of a is below b", 0.5, 0.5, 104, 3),
    ("x of a is within 20 points of b", 0.5, 0.5, 104, 3),
)


def centre(rate: float, spread: float) -> float:
    nodes, weights = np.polynomial.hermite_e.hermegauss(61)
    shares = weights / weights.sum()
    return float(optimize.brentq(lambda at: shares @ special.expit(at + spread * nodes) - rate, -12, 12))


def measured(chances: Floats, random: np.random.Generator) -> Measured:
    seeds, questions = chances.shape
    numbers = (random.random(chances.shape) < chances).astype(float).ravel()
    names = labels([f"q{question}" for _ in range(seeds) for question in range(questions)])
    whose = labels([f"s{seed}" for seed in range(seeds) for _ in range(questions)])
    return Measured("task", "part", cells(Responses(numbers, names, whose, (0.0, 1.0))), True)


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    random = np.random.default_rng(1)
    for text, first, second, questions, seeds in CASES:
        spread = float(np.hypot(np.hypot(SHARED, OWN), SEEDS if seeds > 1 else 0))
        answers: Counter[str] = Counter()
        for _ in range(count):
            shared = SHARED * random.normal(size=questions)
            arms = {}
            for arm, rate in (("a", first), ("b", second)):
                own = OWN * random.normal(size=questions) + (SEEDS if seeds > 1 else 0) * random.normal(size=(seeds, 1))
                arms[arm] = measured(special.expit(centre(rate, spread) + shared + own), random)
            (found,) = verdicts([Claim(parse_statement(text), "")], lambda _task, _key, arm, _part: arms[arm])  # noqa: B023
            answers[found.answer] += 1
        told = ", ".join(f"{answer} {100 * answers[answer] / count:.1f}%" for answer in sorted(answers))
        print(f"{text}; {first:.0%} and {second:.0%}, {questions} questions, {seeds} checkpoints: {told}")


if __name__ == "__main__":
    main()
