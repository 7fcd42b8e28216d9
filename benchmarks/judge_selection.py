"""How often `judges select` tells a gain, where there is one and where there is none, and how often its interval holds
the gain that labels without number show.

    python benchmarks/judge_selection.py [SEEDS]

Then how often the interval of `judges worth` holds the number of draws that a judge, who is the reference, was given.
Judges are simulated: log odds of a label's side, by a strength, with errors of their own and of each question. Cases:
`two` err independently, `good` are three that do so on one or two of a hundred, `error` is one judge and three that are
it with an error on top, `ignorant` are four that know nothing, `same` is one judge and two copies.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from itertools import product

import numpy as np

from inoc_evals.judging.selection import Selection, select
from inoc_evals.judging.worth import curve, from_exact, scored, worth
from inoc_evals.stats.calibration import Truth, fit_temperature, log_scores, smoothed, weighted

EACH = 5  # responses a question
MANY = 4000  # questions of the labels "without number"


def judged(case: str, truth: Truth, random: np.random.Generator) -> np.ndarray:
    """Probabilities (judges, responses, 2)."""
    sign = 2 * truth.labels - 1

    def own(strength: float) -> np.ndarray:
        shared = random.normal(size=truth.clusters.max() + 1)[truth.clusters]
        return strength * sign + 0.6 * shared + 0.8 * random.normal(size=len(truth))

    def more(odds: np.ndarray) -> np.ndarray:
        return odds + random.normal(size=len(truth))

    first = own(1.0)
    cases: dict[str, Callable[[], list[np.ndarray]]] = {
        "two": lambda: [first, own(0.9), own(0.0)],
        "good": lambda: [own(2.5), own(2.2), own(2.0)],
        "error": lambda: [first, more(first), more(first), more(first)],
        "ignorant": lambda: [own(0.0) for _ in range(4)],
        "same": lambda: [first, first, first],
    }
    ones = 1 / (1 + np.exp(-np.array(cases[case]())))
    return np.clip(np.stack([1 - ones, ones], axis=-1), 1e-5, 1)


def truth_of(questions: int, random: np.random.Generator) -> Truth:
    """Labels of two kinds, with weights from 1 to 3."""
    clusters = np.repeat(np.arange(questions), EACH)
    labels = random.integers(0, 2, size=len(clusters))
    return Truth(2, labels, random.uniform(1, 3, size=len(clusters)), clusters)


def true_gain(found: Selection, candidates: np.ndarray, truth: Truth, many: np.ndarray, kept: Truth) -> float:
    """What the set that was chosen on all labels gains over the single one on labels without number."""

    def reached(members: tuple[int, ...]) -> float:
        temperature = fit_temperature(candidates[list(members)].mean(axis=0), truth)
        return weighted(log_scores(many[list(members)].mean(axis=0), kept, temperature), kept)

    return reached(found.members) - reached((found.single,))


def valued(count: int, questions: int, seed: int) -> tuple[bool, bool, bool]:
    """Whether `count` draws of a judge come out as worth half a draw less, or more, in other draws of its own, and
    whether the interval holds `count`."""
    random = np.random.default_rng([count, questions, seed])
    shares = np.repeat(random.beta(0.8, 0.8, size=questions), EACH) * 0.6 + 0.4 * random.beta(
        0.8, 0.8, questions * EACH
    )
    labels = (random.random(len(shares)) < shares).astype(int)
    truth = Truth(2, labels, random.uniform(1, 3, size=len(labels)), np.arange(len(labels)) // EACH)
    exact = np.stack([1 - shares, shares, np.zeros(len(shares))], axis=1)
    drawn = random.binomial(count, shares) / count
    own = smoothed(np.stack([1 - drawn, drawn, np.zeros(len(drawn))], axis=1), count)
    found = worth(scored(own, truth, seed), curve(from_exact(exact, 8), truth, seed))
    return found.draws < count - 0.5, found.draws > count + 0.5, found.low <= count <= found.high


def main(seeds: int) -> None:
    """Print a line for each case and number of labels."""
    print("case      labels  gain told  mean gain  of the true  interval holds it")
    for case, questions in product(("two", "good", "error", "ignorant", "same"), (12, 30, 80)):
        drawing = np.random.default_rng(1)
        kept = truth_of(MANY, drawing)
        many = judged(case, kept, drawing)
        told, gains, true, holds = [], [], [], []
        for seed in range(seeds):
            random = np.random.default_rng([questions, seed])
            truth = truth_of(questions, random)
            candidates = judged(case, truth, random)
            found = select(candidates, truth, 3, seed)
            real = true_gain(found, candidates, truth, many, kept)
            told.append(found.gains)
            gains.append(found.gain.mean)
            true.append(real)
            holds.append(found.gain.low <= real <= found.gain.high)
        figures = f"{np.mean(told):9.3f}  {np.mean(gains):9.4f}  {np.mean(true):11.4f}  {np.mean(holds):17.3f}"
        print(f"{case:<9} {questions * EACH:6}  {figures}", flush=True)

    print("draws  labels  worth below, within and above  interval holds it")
    for count, questions in product((1, 3, 6), (12, 30, 80)):
        found = [valued(count, questions, seed) for seed in range(seeds // 2)]
        middle = np.mean([[low, not (low or high), high] for low, high, _ in found], axis=0)
        parts = " ".join(f"{part:.2f}" for part in middle)
        print(f"{count:5}  {questions * EACH:6}  {parts:<30} {np.mean([held for *_, held in found]):.3f}", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
