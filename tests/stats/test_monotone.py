"""Near 0 an upper limit never falls because a hit was added; near 1 a lower one never rises because one was taken."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inoc_evals.stats import rates, these_questions
from inoc_evals.stats.responses import Responses
from inoc_evals.stats.seeds import arm_rate
from inoc_evals.stats.tables import Table
from tests.stats.tables import counted, responses

INTERVALS = [rates.interval, these_questions.interval]


@dataclass(frozen=True)
class Layout:
    """How many responses each checkpoint gave to each question, and in which order hits come to them."""

    asked: np.ndarray
    cells: np.ndarray

    def hits(self, count: int) -> np.ndarray:
        found = np.zeros_like(self.asked)
        np.add.at(found.reshape(-1), self.cells[:count], 1)
        return found


@st.composite
def layouts(draw: st.DrawFn) -> Layout:
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    shape = (draw(st.sampled_from([1, 1, 2, 3, 5])), draw(st.integers(2, 100)))
    most = draw(st.sampled_from([1, 2, 5, 100]))
    asked = random.integers(1, most + 1, shape)
    match draw(st.sampled_from(["any", "few are long", "some are missing"])):
        case "few are long":
            asked = np.where(random.random(shape) < 0.8, 1, most)
        case "some are missing":
            asked = np.where(random.random(shape) < 0.3, 0, asked)
            asked[0] = np.maximum(1, asked[0])
    cells = np.repeat(np.arange(asked.size), asked.ravel())
    by_cell = random.random(asked.size)
    match draw(st.sampled_from(["anywhere", "cell by cell", "mostly one checkpoint", "mostly some questions"])):
        case "anywhere":
            order = random.random(len(cells))
        case "cell by cell":
            order = by_cell[cells]
        case "mostly one checkpoint":
            order = random.random(len(cells)) + 3 * (cells // shape[1])
        case _:
            order = random.random(len(cells)) + 3 * by_cell[cells % shape[1]]
    return Layout(asked, cells[np.argsort(order, kind="stable")])


@pytest.mark.parametrize("interval", INTERVALS)
@given(layouts(), st.floats(0, 1))
def test_no_added_hit_lowers_an_upper_limit_or_lifts_its_mirror(interval: object, layout: Layout, start: float) -> None:
    tenth = int(layout.asked.sum()) // 10
    first = min(int(start * tenth), max(0, tenth - 3))
    last = -1.0
    for count in range(first, min(tenth, first + 3) + 1):
        hits = layout.hits(count)
        high = interval(counted(hits, layout.asked))[1]  # type: ignore[operator]
        assert high >= last - 1e-12
        last = high
    mirrored = interval(counted(layout.asked - hits, layout.asked))[0]  # type: ignore[operator]
    assert mirrored == pytest.approx(1 - last, abs=1e-9)


@pytest.mark.parametrize("interval", INTERVALS)
@pytest.mark.parametrize(
    ("asked", "spread"),
    [
        (np.full((1, 20), 100), True),
        (np.full((1, 20), 100), False),
        (np.full((2, 10), 10), True),
        (np.full((3, 30), 1), True),
        (np.array([[1, 100, 2, 50, 3, 7, 1, 20]]), False),
        (np.array([[1] * 16 + [200] * 4]), True),
    ],
)
def test_every_hit_up_to_a_tenth_in_turn(interval: object, asked: np.ndarray, spread: bool) -> None:
    hits, last = np.zeros_like(asked), -1.0
    for count in range(int(asked.sum()) // 10 + 1):
        high = interval(counted(hits, asked))[1]  # type: ignore[operator]
        assert high >= last - 1e-12
        last = high
        free = np.flatnonzero(hits.ravel() < asked.ravel())
        hits.reshape(-1)[free[(7 * count) % len(free)] if spread else free[0]] += 1


def test_the_first_hit_of_two_thousand_does_not_collapse_the_interval() -> None:
    none, one = (arm_rate(responses([hits] + [0] * 19, 100)) for hits in (0, 1))
    assert one.high >= none.high
    assert one.on_these_questions.high > none.on_these_questions.high
    # No interval for other questions can know more than 20 questions tell, nor less.
    assert 0.05 < none.high < 0.168


@settings(max_examples=50)
@given(
    st.lists(st.lists(st.floats(0, 0.15), min_size=2, max_size=6), min_size=3, max_size=12),
    st.integers(0, 100),
)
def test_a_rating_that_rises_from_lowest_to_highest_does_not_lower_the_limits(
    ratings: list[list[float]], place: int
) -> None:
    rows = [(value, f"q{question}") for question, values in enumerate(ratings) for value in values]
    rows[place % len(rows)] = (0.0, rows[place % len(rows)][1])
    limits = []
    for value in (0.0, 100.0):
        rows[place % len(rows)] = (value / 100, rows[place % len(rows)][1])
        values = [100 * share for share, _ in rows]
        if sum(values) > 10 * len(values):
            return
        found = arm_rate(Responses(values, [name for _, name in rows], ["one"] * len(rows), (0, 100)))
        limits.append((found.high, found.on_these_questions.high))
    assert limits[1][0] >= limits[0][0] - 1e-9
    assert limits[1][1] >= limits[0][1] - 1e-9


def test_questions_that_grow_alike_may_lower_a_limit_further_in() -> None:
    apart, alike = ([50] + [0] * 7, [50] + [50] * 7)
    one, eight = (rates.interval(counted(hits, 100)) for hits in (apart, alike))
    assert eight[0] > one[0]
    assert eight[1] - 0.5 < one[1] - 0.0625


def test_parts_of_the_hits_are_what_brute_force_finds() -> None:
    random = np.random.default_rng(3)
    for _ in range(30):
        asked = random.integers(1, 4, (1, 4))
        hits = random.binomial(asked, 0.2)
        if hits.sum() * 10 > asked.sum() or not hits.sum():
            continue
        table = counted(hits, asked)
        parts = np.array(np.meshgrid(*[np.arange(count + 1) for count in hits[0]])).reshape(4, -1).T
        highest = max(_plain(counted(part, asked)) for part in parts)
        assert rates.interval(table)[1] >= highest - 1e-9


def _plain(table: Table) -> float:
    parts = rates.components(table)
    number, quantile, _ = rates.trials(parts, 0.025)
    return float(rates.upper(parts.mean, number, quantile, 0.025))
