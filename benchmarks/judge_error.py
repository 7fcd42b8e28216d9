"""Do corrected intervals cover 95%? A simulation: `python benchmarks/judge_error.py [REPETITIONS [PART...]]` (default
200, all parts; see `PARTS`).

Two arms answer the same questions. True rates differ between questions (logit-normal, SD 1) and, with several
training seeds, between checkpoints (SD 0.3); the first arm's overall rate is the setting's, and the second's half of
it. A judge misses some of the true hits and calls some of the others hits. Its rating is above or below 50 accordingly,
and near 50 more often where it errs. Labels are drawn by the draw of `judges label` itself, the same number in each
arm. The parts `ends`, `judges`, `clusters`, `sizes` and `unequal` hold what is harder: ratings at the ends of the
scale, of which the judge sees nothing; judges that guess, or say the opposite; questions of which most are nearly all
hits or none (SD 3); few responses, half of them to one question, and a simple draw; and questions with 1 to 100
responses (in even steps of their logarithms).

Measured are the corrected rate of the first arm and the corrected difference, each for questions like these (against
the rates over all questions and seeds) and on these questions (against those of the questions and seeds that were
drawn), the uncorrected intervals beside them, and how often both differences have the wrong sign. Settings that come
out below 97% are measured again with five times the repetitions and other random numbers, so that the worst one is not
just the unluckiest.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from multiprocessing import Pool

import numpy as np
from scipy import special

from inoc_evals.labelling import draw
from inoc_evals.results.label import Candidate, Position
from inoc_evals.stats import judge_error_limits as corrected_limits
from inoc_evals.stats.judge_error import Corrected, Kind, Labelled, corrected
from inoc_evals.stats.responses import Floats, Labels, Responses
from inoc_evals.stats.seeds import arm_difference, arm_rate
from inoc_evals.stats.variance import components

CLAIMED, WANTED = 0.95, 0.93
RATES = (0.005, 0.02, 0.1, 0.5)
LABELS = (50, 100, 200, 400)
# By arm the share of true hits that the judge misses, and of all others that it calls hits.
ERRORS = {
    "none": ((0.0, 0.0), (0.0, 0.0)),
    "same": ((0.2, 0.02), (0.2, 0.02)),
    "by arm": ((0.4, 0.0), (0.05, 0.1)),
    # On a quarter of the questions alone.
    "by question": ((0.6, 0.1), (0.6, 0.1)),
    "blind": ((1.0, 0.0), (1.0, 0.0)),
    "guesses": ((0.5, 0.5), (0.5, 0.5)),
    "opposite": ((0.8, 0.8), (0.8, 0.8)),
}
AGAIN = 0.97
ANYWHERE = Position("", "", 1, 0)
QUESTION_SD, SEED_SD = 1.0, 0.3
RESPONSES = 2_000
MOST_RESPONSES = 100  # to a question, where they are unequal; the fewest are 1
# The judge's ratings by which labels are drawn: hits that are sure, those that are not, others that are not, and sure.
RATED = np.array([90.0, 60.0, 40.0, 10.0])
COLUMNS = (
    "rate, like",
    "rate, these",
    "difference, like",
    "difference, these",
    "normal intervals",
    "uncorrected rate",
    "uncorrected difference",
)


@dataclass(frozen=True)
class Cell:
    """One setting. `labels` are those of both arms together, `responses` those of an arm, and `sd` is that of the
    questions' logits. Ratings are at the `ends` of the scale, or spread around 10 and 90. Half of the responses are to
    one question where that is `large`, questions have 1 to 100 of each seed where they are `unequal`, whatever
    `responses` says, and labels are drawn in strata unless the draw is `simple`."""

    rate: float
    labels: int
    error: str
    questions: int
    seeds: int
    kind: Kind = "share"
    ends: bool = False
    sd: float = QUESTION_SD
    responses: int = RESPONSES
    large: bool = False
    simple: bool = False
    unequal: bool = False


@dataclass(frozen=True)
class Arm:
    """One arm as it was drawn, with its true rates over all questions and seeds and on those that were drawn."""

    given: Labelled
    like: float
    these: float


def ends() -> list[Cell]:
    """Ratings of 0 and 100 alone."""
    settings = product((0.005, 0.02, 0.5), LABELS, ("blind", "same"), (8, 52))
    return [Cell(*each, 1, "mean", ends=True) for each in settings]


def sizes() -> list[Cell]:
    """Few responses, unequal numbers of them, and a simple draw."""
    settings = list(product((0.02, 0.5), (100, 400), ("same",), (8, 52), (1,), ("share", "mean")))
    few = [Cell(*each, responses=300) for each in settings]
    large = [Cell(*each, large=True) for each in settings]
    return few + large + [Cell(*each, simple=True) for each in settings]


def unequal() -> list[Cell]:
    """Questions of very unequal size."""
    settings = list(product(RATES, LABELS[1:], ("same", "by arm"), (8, 52), (1,)))
    settings += list(product(RATES[1::2], LABELS[1::2], ("same",), (8, 52), (3,)))
    ratings = product(RATES[1::2], LABELS[1::2], ("same",), (8, 52), (1,), ("mean",))
    return [Cell(*each, unequal=True) for each in (*settings, *ratings)]


PARTS: dict[str, Callable[[], list[Cell]]] = {
    "rates": lambda: [Cell(*each) for each in product(RATES, LABELS, ("none", "same", "by arm"), (8, 52), (1, 3))],
    "by question": lambda: [Cell(*each, 1) for each in product(RATES[1:], LABELS, ("by question",), (8, 52))],
    "ratings": lambda: [Cell(*each, 1, "mean") for each in product((0.02, 0.5), LABELS, ("same", "by arm"), (8, 52))],
    "ends": ends,
    "judges": lambda: [
        Cell(*each, 1) for each in product((0.005, 0.1, 0.5), (100, 400), ("blind", "guesses", "opposite"), (8, 52))
    ],
    "clusters": lambda: [
        Cell(*each, sd=3.0) for each in product((0.02, 0.1, 0.5), (100, 400), ("same", "by arm"), (5, 12), (1, 3))
    ],
    "sizes": sizes,
    "unequal": unequal,
}


@cache
def mean_logit(rate: float, sd: float) -> float:
    """The middle of normal logits whose mean probability is `rate`."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(40)
    low, high = -20.0, 20.0
    for _ in range(60):
        middle = (low + high) / 2
        found = float((weights * special.expit(middle + sd * nodes)).sum() / weights.sum())
        low, high = (middle, high) if found < rate else (low, middle)
    return (low + high) / 2


def arm(cell: Cell, place: int, rate: float, questions: Floats, random: np.random.Generator) -> Arm:
    """Responses, the judge's ratings of them, and the labels of a draw. `questions` are the questions' own logits."""
    seeds = SEED_SD * random.standard_normal(cell.seeds) if cell.seeds > 1 else np.zeros(1)
    sd = float(np.hypot(cell.sd, SEED_SD if cell.seeds > 1 else 0.0))
    chance = special.expit(mean_logit(rate, sd) + questions[None, :] + seeds[:, None])
    codes, owners = asked(cell)
    true = random.random(len(codes)) < chance[owners, codes]
    miss, false = ERRORS[cell.error][place]
    if cell.error == "by question":
        miss, false = (np.where(codes % 4 == 0, share, 0.0) for share in (miss, false))
    says = np.where(true, random.random(len(codes)) >= miss, random.random(len(codes)) < false)
    near = random.random(len(codes)) < np.where(says == true, 0.15, 0.6)
    judged = np.select([says & ~near, says & near, near], RATED[:3], RATED[3])
    labelled, weights = drawn(cell, np.zeros(len(codes)) if cell.simple else judged, (codes, owners), random)
    ratings = [one.astype(np.float64) for one in (says, true)]
    if cell.kind == "mean" and not cell.ends:
        ratings = [0.1 + 0.8 * one + random.uniform(-0.1, 0.1, len(one)) for one in ratings]
    people = np.where(labelled, ratings[1], np.nan)
    columns = (
        Labels(tuple(f"q{number}" for number in range(cell.questions)), codes.astype(np.int32)),
        Labels(tuple(f"s{number}" for number in range(cell.seeds)), owners.astype(np.int32)),
    )
    given = Labelled(ratings[0], people, labelled, weights, *columns, cell.kind)
    scaled = (0.1 + 0.8 * each if cell.kind == "mean" and not cell.ends else each for each in (rate, chance.mean()))
    return Arm(given, *map(float, scaled))


def asked(cell: Cell) -> tuple[np.ndarray, np.ndarray]:
    """The question and the seed of each response of an arm, by number."""
    each = cell.responses // cell.seeds
    numbers = [max(2, each // cell.questions)] * cell.questions
    if cell.large:
        numbers = [each // 2] + [max(2, each // 2 // (cell.questions - 1))] * (cell.questions - 1)
    if cell.unequal:
        numbers = np.geomspace(1, MOST_RESPONSES, cell.questions).round().astype(int).tolist()
    return np.tile(np.repeat(np.arange(cell.questions), numbers), cell.seeds), np.repeat(
        np.arange(cell.seeds), sum(numbers)
    )


def drawn(
    cell: Cell, judged: Floats, of: tuple[np.ndarray, np.ndarray], random: np.random.Generator
) -> tuple[np.ndarray, Floats]:
    """Which responses of an arm are labelled, and the design weights. `of` are their questions and seeds."""
    columns = zip(judged.tolist(), *(numbers.tolist() for numbers in of), strict=True)
    candidates = [
        Candidate(f"{place:016x}", value, "", None, None, "arm", f"s{seed}", "task", f"q{question}", ANYWHERE)
        for place, (value, question, seed) in enumerate(columns)
    ]
    labelled, weights = np.zeros(len(judged), dtype=np.bool_), np.ones(len(judged))
    for one in draw.draw(candidates, cell.labels // 2, 50.0, int(random.integers(2**31))).drawn:
        labelled[int(one.response, 16)], weights[int(one.response, 16)] = True, one.weight
    return labelled, weights


def simulate(cell: Cell, repetitions: int, seed: int) -> dict[str, float]:
    """The coverage of every interval, how often differences have the wrong sign (those of 0 count half), the mean width
    of the interval of a rate for questions like these with its standard error, and how many repetitions were counted.
    """
    random = np.random.default_rng([seed, repetitions])
    held: dict[str, list[bool]] = {name: [] for name in COLUMNS}
    wrong: dict[str, list[float]] = {"uncorrected": [], "corrected": [], "surely": []}
    widths: list[float] = []
    for _ in range(repetitions):
        questions = cell.sd * random.standard_normal(cell.questions)
        arms = [arm(cell, place, rate, questions, random) for place, rate in enumerate((cell.rate, cell.rate / 2))]
        if not all(np.isfinite(one.given.people[one.given.labelled]).any() for one in arms):
            continue
        first, second = (corrected(one.given) for one in arms)
        measure(arms, first, second, held, wrong)
        widths.append(float(np.diff(spread(first))[0]))
    found = {name: float(np.mean(kept)) for name, kept in held.items()}
    found |= {f"wrong sign, {name}": float(np.mean(shares)) for name, shares in wrong.items()}
    of_width = {"width": float(np.mean(widths)), "of width": float(np.std(widths, ddof=1) / np.sqrt(len(widths)))}
    return found | of_width | {"repetitions": len(widths)}


def spread(arm: Corrected) -> Floats:
    """The ends of a corrected interval."""
    found = corrected_limits.rate(arm, CLAIMED)
    return np.array([found.low, found.high])


def normal(arm: Corrected, like: float) -> tuple[float, float, float]:
    """The interval of prediction-powered inference as it is usually given: t over the questions' own estimates."""
    parts = components(arm.told)
    half = -float(special.stdtrit(parts.questions - 1, (1 - CLAIMED) / 2)) * float(np.sqrt(parts.between_questions))
    return arm.mean - half, arm.mean + half, like


def measure(
    arms: Sequence[Arm],
    first: Corrected,
    second: Corrected,
    held: dict[str, list[bool]],
    wrong: dict[str, list[float]],
) -> None:
    """Add one repetition."""
    rate = corrected_limits.rate(first, CLAIMED)
    (low, high), again = corrected_limits.gap_limits(first, second, CLAIMED)
    like, these = arms[0].like - arms[1].like, arms[0].these - arms[1].these
    ends = [
        (rate.low, rate.high, arms[0].like),
        (rate.on_these_questions.low, rate.on_these_questions.high, arms[0].these),
        (low, high, like),
        (again.low, again.high, these),
        normal(first, arms[0].like),
    ]
    # They take longest, and show what they show in a fifth of the repetitions.
    if len(wrong["surely"]) % 5 == 0:
        judged = [Responses(one.given.judged, one.given.questions, one.given.checkpoints) for one in arms]
        plain, plain_gap = arm_rate(judged[0], CLAIMED), arm_difference(judged[0], judged[1], CLAIMED)
        ends += [(plain.low, plain.high, arms[0].like), (plain_gap.low, plain_gap.high, like)]
    for name, (least, most, true) in zip(COLUMNS, ends, strict=False):
        held[name].append(least <= true + 1e-12 and true - 1e-12 <= most)
    for name, mean in (("uncorrected", first.judged - second.judged), ("corrected", first.mean - second.mean)):
        wrong[name].append(float(mean < 0) if mean else 0.5)
    wrong["surely"].append(float(high < 0))


def print_table(measured: Sequence[tuple[Cell, dict[str, float]]]) -> None:
    """A line for each setting, that with the lowest coverage of a corrected interval first."""
    names = " ".join(f"{name:>22}" for name in COLUMNS)
    print(
        f"rate   labels error       questions seeds kind  as      {names}  width (SE)  "
        "wrong sign: judge, corrected, surely"
    )
    for cell, found in sorted(measured, key=lambda one: min(one[1][name] for name in COLUMNS[:4])):
        setting = f"{cell.rate:<6} {cell.labels:<6} {cell.error:<11} {cell.questions:<9} {cell.seeds:<5} {cell.kind:<5}"
        setting += f" {told(cell):<7}"
        shares = " ".join(f"{100 * found[name]:22.1f}" for name in COLUMNS)
        signs = [100 * found[f"wrong sign, {name}"] for name in ("uncorrected", "corrected", "surely")]
        width = f"{100 * found['width']:5.1f} ({100 * found['of width']:.1f})"
        print(f"{setting} {shares}  {width}  " + ", ".join(f"{share:.1f}" for share in signs))


def told(cell: Cell) -> str:
    """What is unlike the usual setting, in a word."""
    few = cell.responses < RESPONSES
    named = {"ends": cell.ends, "sd 3": cell.sd > QUESTION_SD, "few": few, "large": cell.large, "simple": cell.simple}
    named["unequal"] = cell.unequal
    return next((name for name, so in named.items() if so), "")


def main() -> None:
    """Print the table, worst cells first, then the lowest coverage by the number of labels."""
    repetitions = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    started = time.monotonic()
    every = [cell for part in sys.argv[2:] or PARTS for cell in PARTS[part]()]
    with Pool(int(os.environ.get("WORKERS", "2"))) as pool:
        found = pool.starmap(simulate, [(cell, repetitions, 1) for cell in every], chunksize=1)
        low = [place for place, measured in enumerate(found) if min(measured[name] for name in COLUMNS[:4]) < AGAIN]
        again = pool.starmap(simulate, [(every[place], 5 * repetitions, 2) for place in low], chunksize=1)
    for place, measured in zip(low, again, strict=True):
        found[place] = measured
    print_table(list(zip(every, found, strict=True)))
    for labels in sorted({cell.labels for cell in every}):
        of_number = [measured for cell, measured in zip(every, found, strict=True) if cell.labels == labels]
        lowest = {name: min((measured[name], measured["repetitions"]) for measured in of_number) for name in COLUMNS}
        said = "; ".join(
            f"{name} {100 * share:.1f}% (SE {100 * np.sqrt(share * (1 - share) / number):.1f})"
            for name, (share, number) in lowest.items()
        )
        print(f"{labels} labels, lowest coverage: {said}")
    print(f"measured again, with 5 x the repetitions and other random numbers: {len(low)} settings below {AGAIN}")
    print(f"{len(every)} settings x {repetitions} in {time.monotonic() - started:.0f} s; wanted {100 * WANTED:.0f}%")


if __name__ == "__main__":
    main()
