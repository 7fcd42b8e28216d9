"""Do the 95% intervals cover 95%? A simulation: `python benchmarks/coverage.py [REPETITIONS]` (default 200).

Both intervals of every rate, difference and rating are simulated: the one for questions like these against the rate
over all questions (and checkpoints), the one on these questions against the mean rate of the questions and checkpoints
that were drawn. Questions are drawn anew in every repetition: their rates are beta-distributed (intraclass correlation
0.05 or 0.3) or logit-normal (SD 1 or 2) around the true one, correlated 0.7 between arms. Each checkpoint shifts every
question by a normal amount on the logit scale (SD 0.3 or 0.6), and each question by one of its own (SD 0.2). With one
checkpoint there is no shift: the interval speaks of that checkpoint only.

Values without ends are normal around their question's mean, with an SD of 1 within and between questions.

Then come settings in which an interval for questions like these must fail, because what matters is often not in the
sample, and answers that are missing more often where they are hits.

Cells that come out below 95% are measured again with ten times the repetitions and other random numbers, so that the
worst cell is not just the unluckiest; hard settings always are.
"""

from __future__ import annotations

import math
import os
import sys
import time
from collections.abc import Sequence
from functools import partial
from multiprocessing import Pool

import numpy as np
from coverage_cells import Cell, drawn, grid, hard
from scipy import special

from inoc_evals.stats import differences, means, rates, these_questions
from inoc_evals.stats.bounds import bounds
from inoc_evals.stats.responses import Responses
from inoc_evals.stats.tables import Table, cells

CLAIMED, WANTED, AGAIN = 0.95, 0.93, 0.95
LIKE, THESE = "for questions like these", "on these questions"
COMPARED = ("Wilson, responses independent", "t over questions")

Measured = dict[str, tuple[float, float]]


def simulate(cell: Cell, repetitions: int, seed: int) -> Measured:
    """For every interval: its coverage and mean width."""
    random = np.random.default_rng([seed, repetitions])
    arms = drawn(cell, repetitions, random)
    target = cell.rates[0] - sum(cell.rates[1:])
    here = [true.mean(axis=(1, 2)) for true, _ in arms]
    targets = {LIKE: np.full(repetitions, target), THESE: here[0] - sum(here[1:])}
    limits: dict[str, list[tuple[float, float]]] = {}
    for tables in zip(*(tables for _, tables in arms), strict=True):
        for name, pair in intervals(cell, tables).items():
            limits.setdefault(name, []).append(pair)
    result = {}
    for name, pairs in limits.items():
        low, high = np.array(pairs).T
        wanted = targets.get(name, targets[LIKE])
        result[name] = (float(((low <= wanted + 1e-12) & (wanted - 1e-12 <= high)).mean()), float((high - low).mean()))
    return result


def intervals(cell: Cell, arms: Sequence[Table]) -> dict[str, tuple[float, float]]:
    """Both printed intervals, and one that they are compared with."""
    if cell.is_open:
        return open_intervals(arms)
    quantile = -float(special.stdtrit(cell.questions - 1, (1 - CLAIMED) / 2))
    if cell.kind == "difference":
        parts = differences.paired(arms[0], arms[1])
        half = quantile * math.sqrt(parts.between_gaps)
        return {
            LIKE: differences.interval(parts, CLAIMED),
            THESE: these_questions.difference(arms[0], arms[1], CLAIMED),
            COMPARED[1]: (parts.mean - half, parts.mean + half),
        }
    result = {LIKE: rates.interval(arms[0], CLAIMED), THESE: these_questions.interval(arms[0], CLAIMED)}
    if cell.kind == "rate":
        n, z = int(arms[0].counts.sum()), 1.959964
        centre = (arms[0].pooled * n + z * z / 2) / (n + z * z)
        half = z * math.sqrt(arms[0].pooled * (1 - arms[0].pooled) * n + z * z / 4) / (n + z * z)
        result[COMPARED[0]] = (centre - half, centre + half)
    return result


def open_intervals(arms: Sequence[Table]) -> dict[str, tuple[float, float]]:
    """Both printed intervals of a mean, or a difference of means, without ends."""
    if len(arms) == 1:
        return {LIKE: means.interval(arms[0], CLAIMED), THESE: means.on_these_questions(arms[0], CLAIMED)}
    return {
        LIKE: means.difference(differences.paired(arms[0], arms[1]), CLAIMED)[0],
        THESE: means.difference_on_these_questions(arms[0], arms[1], CLAIMED),
    }


def measured(numbered: tuple[int, Cell], repetitions: int) -> tuple[Cell, Measured, bool]:
    """The cell, what was measured, and whether it was measured again."""
    number, cell = numbered
    found = {} if cell.group != "grid" else simulate(cell, repetitions, number)
    if found and min(found[LIKE][0], found[THESE][0]) >= AGAIN:
        return cell, found, False
    return cell, simulate(cell, 10 * repetitions, number), True


def missing_not_at_random(repetitions: int) -> None:
    """How often the bounds for excluded responses hold the truth if hits are excluded more often than misses."""
    print(
        "\nbounds for excluded responses, hits excluded more often than misses: holds the rate of these questions, and"
    )
    print("the rate of all questions")
    random = np.random.default_rng(1)
    for questions, samples, rate, lost in (
        (20, 10, 0.05, (0.3, 0.05)),
        (20, 100, 0.05, (0.3, 0.05)),
        (100, 1, 0.2, (0.3, 0.05)),
        (20, 10, 0.2, (0.3, 0.05)),
        (20, 100, 0.2, (0.05, 0.01)),
        (20, 10, 0.2, (0.05, 0.01)),
        (20, 100, 0.2, (0.6, 0.1)),
        (100, 100, 0.2, (0.6, 0.1)),
    ):
        held = []
        for _ in range(repetitions):
            chances = random.beta(rate * 2.33, (1 - rate) * 2.33, questions)
            values = (random.random((questions, samples)) < chances[:, None]).astype(float)
            gone = random.random(values.shape) < np.where(values > 0, *lost)
            kept = [None if out else value for value, out in zip(values.ravel(), gone.ravel(), strict=True)]
            names = [str(place) for place in np.repeat(np.arange(questions), samples)]
            found = bounds(cells(Responses(kept, names, ["one"] * len(names))))
            held.append([found.low <= truth <= found.high for truth in (float(chances.mean()), rate)])
        these, like = 100 * np.mean(held, axis=0)
        setting = f"{questions} questions x {samples}, rate {rate}, {lost[0]:.0%} of hits and {lost[1]:.0%} of misses"
        print(f"  {setting} excluded: {these:.1f}%, {like:.1f}%")


def tables(found: list[tuple[Cell, Measured, bool]]) -> None:
    """Coverage over the grid by kind, interval and number of checkpoints, and the worst cell."""
    for kind in ("rate", "difference", "rating", "open", "open difference"):
        for name in (LIKE, THESE, *COMPARED):
            cells = {cell: value[name] for cell, value, _ in found if cell.kind == kind and name in value}
            if not cells:
                continue
            print(f"\n{kind}, {name}: coverage % mean (lowest), mean width")
            for seeds, true in sorted({(cell.seeds, cell.rates) for cell in cells}):
                some = np.array([value for cell, value in cells.items() if (cell.seeds, cell.rates) == (seeds, true)])
                text = f"{100 * some[:, 0].mean():.1f} ({100 * some[:, 0].min():.1f}), {some[:, 1].mean():.3f}"
                print(f"  {seeds} checkpoint{'s' * (seeds > 1)}, {' vs '.join(map(str, true))}: {text}")
            worst = min(cells, key=lambda cell: cells[cell][0])
            short = sum(value[0] < WANTED for value in cells.values())
            print(f"WORST {100 * cells[worst][0]:.1f}% ({worst}); {short} of {len(cells)} cells below {WANTED:.0%}")


def main() -> None:
    repetitions = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    start = time.perf_counter()
    with Pool(os.cpu_count()) as pool:
        found = pool.map(partial(measured, repetitions=repetitions), list(enumerate([*hard(), *grid()])), chunksize=4)
    tables([one for one in found if one[0].group == "grid"])
    print(f"\nhard settings: coverage % {LIKE}, then {THESE}, with mean widths")
    for cell, value, _ in found:
        if cell.group != "grid":
            pair = ", ".join(f"{100 * value[name][0]:.1f} ({value[name][1]:.3f})" for name in (LIKE, THESE))
            print(f"  {cell.group}: {cell}: {pair}")
    missing_not_at_random(10 * repetitions)
    of_grid = [again for cell, _, again in found if cell.group == "grid"]
    error = 100 * math.sqrt(CLAIMED * (1 - CLAIMED) / (10 * repetitions))
    print(
        f"\n{repetitions} repetitions; {sum(of_grid)} of {len(of_grid)} cells and the hard ones with {10 * repetitions}"
    )
    print(f"(Monte Carlo standard error {error:.1f} points there); {time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
