from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special, stats

from inoc_evals.stats.bounds import bounds, difference_bounds
from inoc_evals.stats.limits import limits
from inoc_evals.stats.responses import Responses
from inoc_evals.stats.seeds import arm_difference, arm_rate
from inoc_evals.stats.tables import cells
from inoc_evals.stats.variance import steadied

ROW = st.tuples(st.sampled_from([0.0, 1.0, 0.3, None, math.nan]), st.sampled_from("abcd"), st.sampled_from("xyz"))
ROWS = st.lists(ROW, max_size=40)


def arm(rows: list[tuple[float | None, str, str]], span: tuple[float, float] = (0.0, 1.0)) -> Responses:
    values, questions, checkpoints = zip(*rows, strict=True) if rows else ((), (), ())
    return Responses(values, questions, checkpoints, span)


def table(hits: np.ndarray, samples: int) -> Responses:
    """Responses from hits, shape (checkpoints, questions), out of `samples` each."""
    rows: list[tuple[float | None, str, str]] = []
    for (seed, question), count in np.ndenumerate(hits):
        rows += [(float(i < count), f"q{question}", f"s{seed}") for i in range(samples)]
    return arm(rows)


def test_checkpoints_that_differ_widen_the_interval() -> None:
    alike = arm_rate(table(np.array([[4, 5, 6, 5], [5, 4, 5, 6]]), 20))
    apart = arm_rate(table(np.array([[1, 2, 2, 1], [8, 8, 9, 9]]), 20))
    assert not apart.these_checkpoints_only
    assert apart.equal == pytest.approx(alike.equal)
    assert apart.high - apart.low > 1.25 * (alike.high - alike.low)


def test_difference_of_seeded_arms_by_hand() -> None:
    a = np.array([[2, 18, 4, 16], [4, 19, 7, 18]])
    b = np.array([[15, 5, 14, 3], [17, 8, 15, 7]])
    x, y = a / 20, b / 20
    between = [t.mean(1).var(ddof=1) / 2 for t in (x, y)]
    # Two checkpoints, and the prior's one degree of freedom.
    welch = sum(between) ** 2 / (between[0] ** 2 / 2 + between[1] ** 2 / 2)
    freedom = (2 + welch) / 2
    t_questions, t_seeds = stats.t.ppf(0.975, 3), stats.t.ppf(0.975, freedom)
    margins, squares = [], []
    for t, variance in zip((x, y), between, strict=True):
        mean = t.mean()
        binomial = mean * (1 - mean)
        by_question = t_questions**2 * steadied(float(t.mean(0).var(ddof=1)) / 4, float(mean), 4)
        by_seed = ((0.4 * binomial) ** 2 / 2 + max(0, variance - binomial / 160)) / 2
        total = by_question + t_seeds**2 * by_seed
        assert total > by_question
        low, high = limits(mean, mean * (1 - mean) * t_questions**2 / total, t_questions, 0.025)
        margins.append((mean - low, high - mean))
        squares.append(by_question / total)
    correlation = np.corrcoef(x.mean(0), y.mean(0))[0, 1] * math.sqrt(squares[0] * squares[1])
    gaps = x.mean(0) - y.mean(0)
    floor = t_questions**2 * gaps.var(ddof=1) / 4
    (down_a, up_a), (down_b, up_b) = margins
    low = math.sqrt(max(floor, down_a**2 + up_b**2 - 2 * correlation * down_a * up_b))
    high = math.sqrt(max(floor, up_a**2 + down_b**2 - 2 * correlation * up_a * down_b))
    found = arm_difference(table(a, 20), table(b, 20))
    assert found.mean == pytest.approx(gaps.mean())
    assert (found.low, found.high) == pytest.approx((max(-1, gaps.mean() - low), min(1, gaps.mean() + high)))
    assert (found.questions, found.checkpoints, found.these_checkpoints_only) == (4, (2, 2), False)


def test_one_checkpoint_in_an_arm_is_paired_by_question_only() -> None:
    a, b = np.array([[3, 5, 9, 2, 4]]), np.array([[1, 2, 5, 0, 1], [2, 2, 2, 2, 2]])
    found = arm_difference(table(a, 10), table(b, 10))
    plain = arm_difference(table(a, 10), table(b.sum(axis=0, keepdims=True), 20))
    assert found.these_checkpoints_only
    assert (found.low, found.high, found.p) == pytest.approx((plain.low, plain.high, plain.p))


def test_more_checkpoints_narrow_the_difference() -> None:
    random = np.random.default_rng(0)
    widths = []
    for seeds in (2, 3, 6):
        of = []
        for _ in range(50):
            arms = [
                table(
                    random.binomial(
                        20, special.expit(centre + 0.4 * random.standard_normal((seeds, 1)) + np.zeros(20))
                    ),
                    20,
                )
                for centre in (-1, 0)
            ]
            found = arm_difference(arms[0], arms[1])
            of.append(found.high - found.low)
        widths.append(np.mean(of))
    assert widths[0] > widths[1] > widths[2]


def test_ratings_scale_with_their_span() -> None:
    rows: list[tuple[float | None, str, str]] = [
        (float(v), q, c) for v, (q, c) in zip((0, 1, 0, 0, 1, 1, 0, 1), product("abcd", "xy"), strict=True)
    ]
    other = [(1 - (v or 0), q, c) for v, q, c in rows[:6]] + rows[6:]
    hundred = [[(None if v is None else 100 * v, q, c) for v, q, c in r] for r in (rows, other)]
    share, rating = arm_rate(arm(rows)), arm_rate(arm(hundred[0], (0, 100)))
    assert (100 * share.low, 100 * share.equal) == pytest.approx((rating.low, rating.equal))
    small = arm_difference(arm(rows), arm(other))
    big = arm_difference(arm(hundred[0], (0, 100)), arm(hundred[1], (0, 100)))
    assert (100 * small.low, 100 * small.mean, small.p) == pytest.approx((big.low, big.mean, big.p))
    with pytest.raises(ValueError, match="spans"):
        arm_difference(arm(rows), arm(hundred[0], (0, 100)))


def test_wrong_columns_are_named() -> None:
    with pytest.raises(ValueError, match="length"):
        Responses([1.0], [], ["s"])
    with pytest.raises(ValueError, match=r"2\.0 is outside"):
        Responses([2.0], ["a"], ["s"])
    with pytest.raises(ValueError, match="empty"):
        Responses([], [], [], (1, 1))


@settings(max_examples=60)
@given(ROWS)
def test_bounds_are_those_of_every_filling(rows: list[tuple[float | None, str, str]]) -> None:
    rows = [row for i, row in enumerate(rows) if row[0] is not None or i < 8][:20]
    missing = [i for i, (v, _, _) in enumerate(rows) if v is None or math.isnan(v)][:6]
    rows = [
        (0.3 if i not in missing and (r[0] is None or math.isnan(r[0])) else r[0], *r[1:]) for i, r in enumerate(rows)
    ]
    found = bounds(cells(arm(rows)))
    if not rows:
        assert math.isnan(found.low)
        return
    fillings = []
    for ends in product((0.0, 1.0), repeat=len(missing)):
        filled = dict(zip(missing, ends, strict=True))
        fillings.append(arm_rate(arm([(filled.get(i, r[0]), *r[1:]) for i, r in enumerate(rows)])).equal)
    assert (found.low, found.high) == pytest.approx((min(fillings), max(fillings)))


def test_bounds_of_a_difference_by_hand() -> None:
    a = arm([(1.0, "q", "s"), (None, "q", "s"), (0.0, "r", "s"), (1.0, "only a", "s")])
    b = arm([(None, "q", "s"), (None, "r", "s"), (1.0, "r", "s")])
    # a: q is 0.5 to 1, r is 0; b: q is 0 to 1, r is 0.5 to 1. Lowest 0.25 - 1, highest 0.5 - 0.25.
    found = difference_bounds(cells(a), cells(b))
    assert (found.low, found.high) == pytest.approx((-0.75, 0.25))
    assert arm_difference(a, b).bounds == found
    assert arm_difference(a, b).excluded == (1, 2)


@given(ROWS, ROWS)
def test_arms_are_total_and_swapping_them_negates(
    first: list[tuple[float | None, str, str]], second: list[tuple[float | None, str, str]]
) -> None:
    a, b = arm(first), arm(second)
    for one in (a, b):
        found = arm_rate(one)
        assert found.n + found.excluded == len(one.values)
        if found.n:
            assert -1e-12 <= found.low <= found.equal + 1e-12
            assert found.equal - 1e-12 <= found.high <= 1 + 1e-12
            assert found.bounds.low <= found.bounds.high
    found_difference, swapped = arm_difference(a, b), arm_difference(b, a)
    assert found_difference.mean == pytest.approx(-swapped.mean, nan_ok=True)
    assert (found_difference.low, found_difference.high) == pytest.approx((-swapped.high, -swapped.low), nan_ok=True)
    assert found_difference.p == pytest.approx(swapped.p, nan_ok=True, rel=1e-4)
    assert found_difference.checkpoints == swapped.checkpoints[::-1]
    assert found_difference.bounds.low == pytest.approx(-swapped.bounds.high, nan_ok=True)
    if found_difference.questions > 1:
        assert -1 <= found_difference.low <= found_difference.mean + 1e-12
        assert 0 < found_difference.p <= 1


@given(ROWS, st.randoms(use_true_random=False))
def test_order_of_rows_is_nothing(rows: list[tuple[float | None, str, str]], random: object) -> None:
    mixed = list(rows)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    one, other = arm_rate(arm(rows)), arm_rate(arm(mixed))
    assert (one.equal, one.low, one.high) == pytest.approx((other.equal, other.low, other.high), nan_ok=True)
