"""Do intervals cover 95% if sampling stops when they are narrow enough, and how many responses does that save? A
simulation of `score --ci-width`: `python benchmarks/adaptive.py [REPETITIONS] [LEVEL] [PART/OF]` (default 400).

Every repetition draws new questions, whose rates are beta-distributed or logit-normal around those of the arms and
correlated 0.7 between arms, asks as `score` would, look after look, and notes whether each interval at the end holds
the truth: over all questions of the kind, and over the questions that were asked. Settings below 95% are measured again
with three times the repetitions and other random numbers, so that the worst one is not just the unluckiest.

The fixed design of equal width asks all arms the same: the fewest responses with which the same intervals, at the level
of 95% and without looking, are on average as narrow; a run by rounds makes each of them so narrow. "planned": its rates
are not known, and it is planned for 50% in all arms. "known": it is planned for the true rates, which nobody knows. A
run under five conditions, one with the rates of a suppressed trait and four with 2% in all arms, is put together from
those two; all conditions of a fixed design have as many responses as the one that needs most.
"""

from __future__ import annotations

import itertools
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing import Pool

import numpy as np
from coverage_cells import CORRELATION, centred, logits
from scipy import special

from inoc_evals.stats import differences, rates, these_questions
from inoc_evals.stats.allowed import Allowed, Taken
from inoc_evals.stats.narrowing import LEVEL, allocate, look
from inoc_evals.stats.responses import Floats
from inoc_evals.stats.tables import Table

LIKE, THESE = "like", "these"
KINDS = tuple(itertools.product(("rate", "difference"), (LIKE, THESE)))
AGAIN, FIXED_DRAWS = 0.95, 20
SPREADS = (("beta", 0.05), ("beta", 0.3), ("logit-normal", 1.0))
# Rates of the arms, the reference first.
SUPPRESSED = ((0.5, 0.05), (0.2, 0.02), (0.5, 0.05, 0.02), (0.3, 0.02, 0.02, 0.02), (0.5, 0.05, 0.05, 0.02, 0.02))
RARE = ((0.02, 0.02), (0.05, 0.02, 0.02, 0.02), (0.02,) * 5, (0.1, 0.05, 0.02, 0.02, 0.02))
ALIKE = ((0.5, 0.5), (0.2, 0.2), (0.1, 0.1, 0.1), (0.5,) * 5, (0.5, 0.4, 0.3, 0.2, 0.1))
# Questions, the most responses to each, the least, and widths in points.
DESIGNS = ((30, 100, 2, 10), (30, 100, 2, 20), (100, 50, 2, 10), (200, 20, 2, 10), (200, 1, 1, 20))


@dataclass(frozen=True)
class Setting:
    """Rates of the arms, the reference first; `width` in points; the arms' `group` of settings."""

    group: str
    rates: tuple[float, ...]
    spread: tuple[str, float]
    allowed: Allowed
    width: int

    def __str__(self) -> str:
        rates = " ".join(f"{rate:g}" for rate in self.rates)
        asked = f"{self.allowed.questions} questions x {self.allowed.most}"
        return f"{rates}; {self.spread[0]} {self.spread[1]}; {asked}; {self.width} points"


def settings() -> Iterator[Setting]:
    groups = (("suppressed", SUPPRESSED), ("rare everywhere", RARE), ("alike or graded", ALIKE))
    arms = [(group, rates_of) for group, those in groups for rates_of in those]
    for turn, (questions, most, least, width) in enumerate(DESIGNS):
        for place, (group, rates_of) in enumerate(arms):
            # Every design and every set of rates meets each spread.
            spread = SPREADS[(turn + place) % len(SPREADS)]
            yield Setting(group, rates_of, spread, Allowed(questions, least, most), width)


def chances(setting: Setting, random: np.random.Generator) -> Floats:
    """True rates, shape (arms, questions)."""
    shape = (len(setting.rates), setting.allowed.questions)
    shared = np.sqrt(CORRELATION) * random.standard_normal(shape[1])
    normal = shared + np.sqrt(1 - CORRELATION) * random.standard_normal(shape)
    centres = [centred(setting.spread, rate, 0.0) for rate in setting.rates]
    found: Floats = special.expit(
        np.stack([logits(setting.spread, at, own) for at, own in zip(centres, normal, strict=True)])
    )
    return found


def table(hits: Floats, asked: np.ndarray) -> Table:
    """One arm's table of the questions that it was asked."""
    there = np.flatnonzero(asked)
    counts = asked[there][None, :]
    means = hits[there][None, :] / counts
    names = tuple(f"{place:04}" for place in there)
    return Table(("one",), names, means, counts, counts * means * (1 - means))


def run(setting: Setting, level: float, random: np.random.Generator) -> tuple[dict[tuple[str, str], float], int, int]:
    """The share of intervals of each kind that hold the truth at the end, the responses, and the looks."""
    true, width = chances(setting, random), setting.width / 100
    arms = [str(place) for place in range(len(setting.rates))]
    hits, asked = np.zeros(true.shape), np.zeros(true.shape, dtype=np.int64)
    now, looks = dict.fromkeys(arms, setting.allowed.first), 0
    while True:
        for place, arm in enumerate(arms):
            more = np.zeros(true.shape[1], dtype=np.int64)
            more[: now[arm].questions] = now[arm].responses
            more -= asked[place]
            hits[place] += random.binomial(more, true[place])
            asked[place] += more
        tables = {arm: table(hits[place], asked[place]) for place, arm in enumerate(arms)}
        looks += 1
        seen = look(tables, arms[0], level)
        then = allocate(seen, now, width, setting.allowed, dict.fromkeys(arms, 1))
        if then == now:
            break
        now = then
    return held(setting, tables, true, level), int(asked.sum()), looks


def held(setting: Setting, tables: dict[str, Table], true: Floats, level: float) -> dict[tuple[str, str], float]:
    """The share of the intervals that hold the truth, by kind; of a difference the questions in common count."""
    found: dict[tuple[str, str], list[bool]] = {kind: [] for kind in KINDS}
    first = tables["0"]
    for place, (arm, one) in enumerate(tables.items()):
        here = true[place, : len(one.questions)].mean()
        found["rate", LIKE].append(_inside(rates.interval(one, level), setting.rates[place]))
        found["rate", THESE].append(_inside(these_questions.interval(one, level), here))
        if arm == "0":
            continue
        common = min(len(one.questions), len(first.questions))
        a, b = one.only(one.questions[:common]), first.only(first.questions[:common])
        gap = (true[place, :common] - true[0, :common]).mean()
        target = setting.rates[place] - setting.rates[0]
        found["difference", LIKE].append(_inside(differences.interval(differences.paired(a, b), level), target))
        found["difference", THESE].append(_inside(these_questions.difference(a, b, level), gap))
    return {kind: float(np.mean(holds)) for kind, holds in found.items()}


def _inside(limits: tuple[float, float], truth: float) -> bool:
    return limits[0] - 1e-12 <= truth <= limits[1] + 1e-12


def fixed(setting: Setting, random: np.random.Generator) -> int:
    """The responses of the smallest fixed design whose widths are, on average, what is wanted. Where questions are the
    limit for an interval, that on these questions counts, as in a run."""
    most = setting.allowed.questions
    wanted = _goals(setting, random)

    def enough(taken: Taken) -> bool:
        widths = _widths(setting, taken, random)
        return all(float(widths[place, int(kind == THESE)].mean()) * 100 <= setting.width for place, kind in wanted)

    if enough(Taken(most, 1)):
        return len(setting.rates) * _fewest(most, lambda count: enough(Taken(count, 1)))
    most_responses = 4 * max(100, setting.allowed.most)
    return len(setting.rates) * most * _fewest(most_responses, lambda count: enough(Taken(most, count)))


def _goals(setting: Setting, random: np.random.Generator) -> list[tuple[int, str]]:
    widths = _widths(setting, setting.allowed.all, random).mean(axis=2)
    return [(place, LIKE if like * 100 <= setting.width else THESE) for place, (like, _) in enumerate(widths)]


def _widths(setting: Setting, taken: Taken, random: np.random.Generator) -> Floats:
    """Shape (intervals, 2, draws)."""
    found = []
    for _ in range(FIXED_DRAWS):
        true = chances(setting, random)
        asked = np.zeros(true.shape[1], dtype=np.int64)
        asked[: taken.questions] = taken.responses
        tables = {str(place): table(random.binomial(asked, row).astype(float), asked) for place, row in enumerate(true)}
        found.append([(one.like, one.these) for one in look(tables, "0", 0.95)])
    return np.array(found).transpose(1, 2, 0)


def _fewest(most: int, enough: Callable[[int], bool]) -> int:
    low, high = 1, most
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle + 1, high)
    return low


@dataclass(frozen=True)
class Measured:
    setting: Setting
    coverage: dict[tuple[str, str], float]
    responses: float
    looks: float
    planned: int
    known: int
    again: bool


def measured(numbered: tuple[int, Setting], repetitions: int, level: float) -> Measured:
    number, setting = numbered
    random = np.random.default_rng([number, 1])
    at_half = replace(setting, rates=(0.5,) * len(setting.rates))
    planned, known = fixed(at_half, random), fixed(setting, random)
    coverage, responses, looks = simulated(setting, repetitions, level, number)
    again = min(coverage.values()) < AGAIN
    if again:
        coverage, responses, looks = simulated(setting, 3 * repetitions, level, number)
    return Measured(setting, coverage, responses, looks, planned, known, again)


def simulated(
    setting: Setting, repetitions: int, level: float, number: int
) -> tuple[dict[tuple[str, str], float], float, float]:
    random = np.random.default_rng([number, repetitions])
    runs = [run(setting, level, random) for _ in range(repetitions)]
    coverage = {kind: float(np.mean([one[0][kind] for one in runs])) for kind in KINDS}
    return coverage, float(np.mean([one[1] for one in runs])), float(np.mean([one[2] for one in runs]))


def tell(one: Measured) -> None:
    covered = " ".join(f"{100 * one.coverage[kind]:.1f}" for kind in KINDS)
    shares = f"{one.responses / one.planned:.2f} {one.responses / one.known:.2f}"
    said = f"{one.setting}: {covered}; {one.responses:.0f}, {one.looks:.1f}; {shares}{' *' if one.again else ''}"
    print(said, flush=True)


def summary(found: Sequence[Measured]) -> None:
    for kind in KINDS:
        worst = min(found, key=lambda one: one.coverage[kind])
        print(f"LOWEST {' '.join(kind)}: {100 * worst.coverage[kind]:.1f}% ({worst.setting})")
    for group in dict.fromkeys(one.setting.group for one in found):
        some = [one for one in found if one.setting.group == group]
        for name, shares in (
            ("planned", [one.responses / one.planned for one in some]),
            ("known", [one.responses / one.known for one in some]),
        ):
            third = sum(share <= 1 / 3 for share in shares)
            quartiles = " / ".join(f"{share:.2f}" for share in np.quantile(shares, (0, 0.25, 0.5, 0.75, 1)))
            print(f"{group}, share of {name}: {quartiles}; at most 1/3 in {third} of {len(shares)}")


def conditions(found: Sequence[Measured]) -> None:
    """Five conditions, in one of which the trait shows."""
    hot = {(one.setting.allowed, one.setting.width): one for one in found if one.setting.rates == SUPPRESSED[-1]}
    for one in found:
        other = hot.get((one.setting.allowed, one.setting.width))
        if one.setting.rates == RARE[2] and other is not None and other.setting.spread == one.setting.spread:
            responses = other.responses + 4 * one.responses
            planned, known = 5 * max(one.planned, other.planned), 5 * max(one.known, other.known)
            told = f"{responses:.0f}; share of planned, known: {responses / planned:.2f} {responses / known:.2f}"
            print(f"five conditions, one of them {other.setting}: {told}")


def main() -> None:
    repetitions = int(sys.argv[1]) if len(sys.argv) > 1 else 400
    level = float(sys.argv[2]) if len(sys.argv) > 2 else LEVEL
    part, of = map(int, sys.argv[3].split("/")) if len(sys.argv) > 3 else (1, 1)
    start = time.perf_counter()
    chosen = list(enumerate(settings()))[part - 1 :: of]
    print("setting: coverage % (rate like, these; difference like, these); responses, looks; share of planned, known")
    found = []
    with Pool(os.cpu_count()) as pool:
        for one in pool.imap(partial(measured, repetitions=repetitions, level=level), chosen):
            tell(one)
            found.append(one)
    summary(found)
    conditions(found)
    print(f"{repetitions} repetitions (*: 3 times as many), level {level}; {time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
