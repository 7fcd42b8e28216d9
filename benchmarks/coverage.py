"""Does the 95% interval of a rate cover 95%? A simulation: `python benchmarks/coverage.py [REPETITIONS]`.

Questions differ (beta-distributed rates around the true one), responses are drawn within questions.
"""

from __future__ import annotations

import sys

import numpy as np

from inoc_evals.stats.rates import rate, wilson


def main() -> None:
    repetitions = int(sys.argv[1]) if len(sys.argv) > 1 else 400
    random = np.random.default_rng(0)
    print(f"{'questions':>9}{'samples':>8}{'rate':>6}{'spread':>7}{'ours %':>8}{'naive Wilson %':>16}")
    for questions, samples in ((8, 100), (54, 2), (104, 2), (100, 10)):
        for true in (0.01, 0.05, 0.2, 0.5):
            for spread in (0.05, 0.3):
                concentration = 1 / spread - 1
                ours = naive = 0
                for _ in range(repetitions):
                    chances = random.beta(true * concentration, (1 - true) * concentration, questions)
                    drawn = random.binomial(samples, chances)
                    values = [1.0 if i < hits else 0.0 for hits in drawn for i in range(samples)]
                    names = [str(q) for q in range(questions) for _ in range(samples)]
                    found = rate(values, names)
                    ours += found.low <= true <= found.high
                    low, high = wilson(found.pooled, found.n, 1.959964)
                    naive += low <= true <= high
                shares = f"{100 * ours / repetitions:8.1f}{100 * naive / repetitions:16.1f}"
                print(f"{questions:>9}{samples:>8}{true:>6}{spread:>7}{shares}")


if __name__ == "__main__":
    main()
