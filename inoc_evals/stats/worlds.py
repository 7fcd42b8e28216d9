"""In which share of worlds that might have been does the order of two arms stay?

A multiverse analysis (Steegen, Tuerlinckx, Gelman and Vanpaemel, Perspect. Psychol. Sci. 11, 2016, 702) over the ways
to read the same responses, and in each of them a cluster bootstrap (Davison and Hinkley, Bootstrap Methods, 1997, 3.8)
of the questions, the same ones in both arms, and of each arm's training seeds, the same ones in both where both are of
the same weights. Where there are few worlds, each is taken one time with its probability; else 2,000 are drawn, the
same ones every time.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

import numpy as np
import numpy.typing as npt

from inoc_evals.stats.responses import Floats

WORLDS = 2000
# What is nearer to 0 is 0: sums in another order differ by less.
NOTHING = 1e-12
_SEED = 0
# Shares are sums of chances.
_DECIMALS = 9


@dataclass(frozen=True)
class Reading:
    """Both arms read in one way: the means of their cells, of shape (checkpoints, questions), NaN where nothing counts.
    Both have the same questions. `chance` (0 to 1) is that of this way among all that may be chosen. With
    `same_weights` both have the same checkpoints, row by row, which are drawn together."""

    first: Floats
    second: Floats
    chance: float = 1.0
    same_weights: bool = False


@dataclass(frozen=True)
class Order:
    """Shares (0 to 1) of `worlds` in which the difference has the sign that it was measured with (`stays`), and in
    which there is none (`ties`); in all others it is turned around. With `exact` these are all the worlds there are."""

    stays: float
    ties: float
    worlds: int
    exact: bool


@dataclass(frozen=True)
class _Draws:
    """Ways to draw again: how often each is in a draw, of shape (draws, those that are drawn), and its chance; `exact`
    if these are all the ways there are."""

    counts: Floats
    chances: Floats
    exact: bool


def difference(reading: Reading) -> float:
    """The mean of first less second over the questions that both have, questions weighing equally, and a question's
    checkpoints equally; NaN for none."""
    gaps = _of_seeds(reading.first, _once(reading.first)) - _of_seeds(reading.second, _once(reading.second))
    return float(_over_questions(gaps, np.ones((1, gaps.shape[1])))[0])


def of_questions(reading: Reading, sign: float) -> Order:
    """The order when questions are drawn again; `sign` (1 or -1) is that of the measured difference."""
    draws = _drawn(reading.first.shape[1], 0)
    gaps = _of_seeds(reading.first, _once(reading.first)) - _of_seeds(reading.second, _once(reading.second))
    return _order(sign * _over_questions(gaps, draws.counts), draws.chances, draws.exact)


def of_seeds(reading: Reading, sign: float) -> Order:
    """The order when the training seeds of both arms are drawn again, each arm's by themselves unless they are of the
    same weights."""
    draws = _together(_drawn_seeds(reading))
    first, second = draws[0].counts, draws[-1].counts
    gaps = _of_seeds(reading.first, first) - _of_seeds(reading.second, second)
    return _order(
        sign * _over_questions(gaps, np.ones((1, gaps.shape[1]))), _chances(draws), all(d.exact for d in draws)
    )


def of_readings(readings: Sequence[Reading], sign: float) -> Order:
    """The order when only the way of reading is chosen again."""
    chances = np.array([each.chance for each in readings])
    return _order(sign * np.array([difference(each) for each in readings]), chances / chances.sum(), True)


def of_all(readings: Sequence[Reading], sign: float) -> Order:
    """The order when questions, seeds and the way of reading are all drawn again. All readings have the same questions
    and, of each arm, the same checkpoints, so that all or none are of the same weights."""
    shape = readings[0]
    chances = np.array([each.chance for each in readings])
    ways = _Draws(np.arange(len(readings), dtype=np.float64)[:, None], chances / chances.sum(), True)
    together = _together([_drawn(shape.first.shape[1], 0), *_drawn_seeds(shape), ways])
    # Of the same weights there is one draw for both arms.
    questions, first, second = (together[place].counts for place in (0, 1, -2))
    chosen = together[-1].counts[:, 0].astype(np.intp)
    gaps = np.full(len(chosen), np.nan)
    for place, reading in enumerate(readings):
        inside = chosen == place
        of_seeds = _of_seeds(reading.first, first[inside]) - _of_seeds(reading.second, second[inside])
        gaps[inside] = _over_questions(of_seeds, questions[inside])
    return _order(sign * gaps, _chances(together), all(each.exact for each in together))


def without_each_question(reading: Reading) -> Floats:
    """The difference without each question in turn, of shape (questions,); NaN where none is left."""
    left = 1.0 - np.eye(reading.first.shape[1])
    gaps = _of_seeds(reading.first, _once(reading.first)) - _of_seeds(reading.second, _once(reading.second))
    return _over_questions(gaps, left)


def without_each_seed(reading: Reading) -> tuple[Floats, Floats]:
    """The difference without each checkpoint of the first arm, and of the second, in turn; of an arm that has one
    alone, nothing. Of the same weights each is left out of both arms, and stands with the first."""
    if reading.same_weights:
        seeds = range(len(reading.first)) if len(reading.first) > 1 else ()
        left = [Reading(np.delete(reading.first, seed, 0), np.delete(reading.second, seed, 0)) for seed in seeds]
        return np.array([difference(each) for each in left], dtype=np.float64), np.array([], dtype=np.float64)
    found = []
    for place, values in enumerate((reading.first, reading.second)):
        differences = []
        for seed in range(len(values)) if len(values) > 1 else ():
            rest = np.delete(values, seed, axis=0)
            other = Reading(rest, reading.second) if place == 0 else Reading(reading.first, rest)
            differences.append(difference(other))
        found.append(np.array(differences, dtype=np.float64))
    return found[0], found[1]


def _drawn_seeds(reading: Reading) -> list[_Draws]:
    """The draws of the first arm's seeds and of the second's; one for both if they are of the same weights."""
    first = _drawn(len(reading.first), 1)
    return [first] if reading.same_weights else [first, _drawn(len(reading.second), 2)]


def _chances(draws: Sequence[_Draws]) -> Floats:
    """The chance of each world, of draws that do not depend on each other."""
    total = np.prod([each.chances for each in draws], axis=0)
    shares: Floats = total / total.sum()
    return shares


def _once(values: Floats) -> Floats:
    return np.ones((1, len(values)))


def _of_seeds(values: Floats, seeds: Floats) -> Floats:
    """Each question's mean over checkpoints that count so often, of shape (worlds, questions); NaN where none has a
    response."""
    present = ~np.isnan(values)
    counted = seeds @ present.astype(np.float64)
    total = seeds @ np.where(present, values, 0.0)
    means: Floats = np.divide(total, counted, out=np.full(total.shape, np.nan), where=counted > 0)
    return means


def _over_questions(gaps: Floats, questions: Floats) -> Floats:
    """The mean over questions that count so often; one of the two may be of one world only."""
    there = ~np.isnan(gaps)
    weights = questions * there
    counted = weights.sum(axis=1)
    total = (weights * np.where(there, gaps, 0.0)).sum(axis=1)
    means: Floats = np.divide(total, counted, out=np.full(total.shape, np.nan), where=counted > 0)
    return means


@lru_cache(maxsize=64)
def _drawn(number: int, stream: int) -> _Draws:
    """`number` things drawn again, with replacement: all ways where they are few, else `WORLDS` of them."""
    if number <= 1:
        return _Draws(np.ones((1, number)), np.ones(1), True)
    if number**number <= WORLDS:
        return _all_ways(number)
    generator = np.random.default_rng((_SEED, stream))
    counts = generator.multinomial(number, np.full(number, 1 / number), size=WORLDS).astype(np.float64)
    return _Draws(counts, np.full(WORLDS, 1 / WORLDS), False)


def _all_ways(number: int) -> _Draws:
    """Every draw that differs, with its chance."""
    counts: dict[tuple[int, ...], int] = {}
    for way in product(range(number), repeat=number):
        told = tuple(np.bincount(way, minlength=number).tolist())
        counts[told] = counts.get(told, 0) + 1
    chances = np.array(list(counts.values()), dtype=np.float64) / number**number
    return _Draws(np.array(list(counts), dtype=np.float64), chances, True)


def _together(draws: Sequence[_Draws]) -> list[_Draws]:
    """Draws that do not depend on each other, world by world: each with each where they are few, else `WORLDS`."""
    sizes = [len(each.counts) for each in draws]
    exact = all(each.exact for each in draws)
    if exact and math.prod(sizes) <= WORLDS:
        places = [each.ravel() for each in np.indices(sizes)]
        chances = [each.chances[at] for each, at in zip(draws, places, strict=True)]
        return [_Draws(each.counts[at], part, True) for each, at, part in zip(draws, places, chances, strict=True)]
    generator = np.random.default_rng((_SEED, len(draws)))
    even = np.full(WORLDS, 1.0)
    taken: list[npt.NDArray[np.intp]] = [
        generator.choice(len(each.counts), WORLDS, p=each.chances) if each.exact else generator.permutation(WORLDS)
        for each in draws
    ]
    return [_Draws(each.counts[at], even, False) for each, at in zip(draws, taken, strict=True)]


def _order(gaps: Floats, chances: Floats, exact: bool) -> Order:
    """`gaps` have the sign that was measured where they are above 0."""
    ties = np.isnan(gaps) | (np.abs(gaps) <= NOTHING)
    stays = ~ties & (gaps > 0)
    stay, tie = (round(math.fsum(chances[where].tolist()), _DECIMALS) for where in (stays, ties))
    return Order(stay, tie, len(gaps), exact)
