from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy import stats

from inoc_evals.stats.differences import gap_variance, interval, paired
from inoc_evals.stats.limits import limits
from inoc_evals.stats.responses import Responses
from inoc_evals.stats.seeds import ArmDifference, arm_difference
from inoc_evals.stats.tables import cells
from inoc_evals.stats.variance import steadied
from tests.stats.tables import valued

SHARE = st.one_of(st.sampled_from([0.0, 0.5, 1.0]), st.floats(0, 1))
ARM = st.dictionaries(st.sampled_from("abcdefgh"), SHARE)


def paired_difference(a: dict[str, float], b: dict[str, float], level: float = 0.95) -> ArmDifference:
    """One checkpoint in each arm, with as many responses to a question as leave its mean without doubt."""
    many = 50
    arms = [
        Responses([v for v in arm.values() for _ in range(many)], [q for q in arm for _ in range(many)], ["s"] * n)
        for arm, n in ((a, many * len(a)), (b, many * len(b)))
    ]
    return arm_difference(arms[0], arms[1], level)


def test_moderate_rates_give_the_paired_t_interval() -> None:
    random = np.random.default_rng(0)
    a = dict(enumerate(random.uniform(0.3, 0.9, 200)))
    b = dict(enumerate(random.uniform(0.1, 0.7, 200)))
    expected = stats.ttest_rel(list(a.values()), list(b.values())).confidence_interval()
    found = paired_difference({str(k): v for k, v in a.items()}, {str(k): v for k, v in b.items()})
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=0.003)


def test_never_surer_than_paired_t() -> None:
    a = {"q1": 0.9, "q2": 0.5, "q3": 0.7, "q4": 1.0, "only": 0.3}
    b = {"q1": 0.2, "q2": 0.4, "q3": 0.1, "q4": 0.6}
    names = ["q1", "q2", "q3", "q4"]
    expected = stats.ttest_rel([a[n] for n in names], [b[n] for n in names])
    limits_of_t = expected.confidence_interval()
    found = paired_difference(a, b)
    assert found.mean == pytest.approx(0.45)
    assert found.low <= limits_of_t.low + 1e-12
    assert found.high >= min(1, limits_of_t.high) - 1e-12
    assert found.p >= expected.pvalue * (1 - 1e-5)
    assert (found.questions, found.unpaired) == (4, 1)


def test_nothing_to_compare() -> None:
    assert math.isnan(paired_difference({}, {"q": 1.0}).mean)
    one = paired_difference({"q1": 1.0}, {"q1": 0.4, "q2": 1.0})
    assert (one.mean, one.questions, one.unpaired) == (0.6, 1, 1)
    assert math.isnan(one.low)
    assert math.isnan(one.p)


def test_uncorrelated_arms_by_hand() -> None:
    # Question means 0.2 and 0.4 against 0.5 and 0.5: the second arm has no variance, so the correlation is 0.
    parts = paired(valued([[0.2, 0.4]], 100), valued([[0.5, 0.5]], 100))
    quantile = float(stats.t.ppf(0.975, 1))
    # The variance of the mean is 0.02 / 2 = 0.01 for the first arm; the second has only the prior's.
    first = limits(0.3, 0.21 / steadied(0.01, 0.3, 2), quantile, 0.025)
    second = limits(0.5, 0.25 / steadied(0.0, 0.5, 2), quantile, 0.025)
    low = -0.2 - max(math.hypot(0.3 - first[0], second[1] - 0.5), quantile * 0.1)
    high = -0.2 + max(math.hypot(first[1] - 0.3, 0.5 - second[0]), quantile * 0.1)
    assert interval(parts) == pytest.approx((max(-1, low), min(1, high)))


def test_no_hit_in_either_arm_is_not_certainty() -> None:
    zero = {str(i): 0.0 for i in range(8)}
    found = paired_difference(zero, zero)
    assert found.p == 1
    assert -0.3 < found.low < -0.1
    assert found.high == pytest.approx(-found.low)
    assert 0 < paired_difference(dict.fromkeys(zero, 1.0), zero).p < 0.01


@given(ARM, ARM)
@example({"a": 0.0, "b": 0.0}, {"a": 5e-324, "b": 5e-324})
def test_limits_hold_the_mean_and_p_agrees_with_them(a: dict[str, float], b: dict[str, float]) -> None:
    found = paired_difference(a, b)
    if found.questions < 2:
        assert math.isnan(found.p)
        return
    assert -1 <= found.low <= found.mean <= found.high <= 1
    assert 0 < found.p <= 1
    if min(abs(found.low), abs(found.high)) > 0.01:
        assert (found.low > 0 or found.high < 0) == (found.p < 0.05)
    if 1e-9 < found.p < 1 - 1e-9:
        edge = paired_difference(a, b, level=1 - found.p)
        assert min(abs(edge.low), abs(edge.high)) == pytest.approx(0, abs=0.01)


@given(ARM, ARM)
def test_swapping_arms_negates(a: dict[str, float], b: dict[str, float]) -> None:
    one, other = paired_difference(a, b), paired_difference(b, a)
    assert one.mean == pytest.approx(-other.mean, nan_ok=True)
    assert (one.low, one.high) == pytest.approx((-other.high, -other.low), nan_ok=True)
    assert one.p == pytest.approx(other.p, nan_ok=True, rel=1e-4)


@given(ARM, ARM)
def test_order_of_questions_is_nothing(a: dict[str, float], b: dict[str, float]) -> None:
    one, other = paired_difference(a, b), paired_difference(dict(reversed(a.items())), b)
    assert one == other or math.isnan(one.p)


@given(
    st.lists(st.tuples(st.floats(0.2, 0.6), st.floats(0.2, 0.6)), min_size=2, max_size=12),
    st.floats(0, 0.2),
)
def test_a_constant_in_both_arms_leaves_the_estimate_and_its_t_limits(
    pairs: list[tuple[float, float]], constant: float
) -> None:
    a, b = ({str(i): pair[side] for i, pair in enumerate(pairs)} for side in (0, 1))
    raised = [{name: value + constant for name, value in arm.items()} for arm in (a, b)]
    found = paired_difference(raised[0], raised[1])
    assert found.mean == pytest.approx(paired_difference(a, b).mean)
    gaps = np.array([x - y for x, y in pairs])
    half = float(stats.t.ppf(0.975, len(pairs) - 1)) * math.sqrt(gap_variance(gaps))
    assert found.low <= max(-1.0, found.mean - half) + 1e-9
    assert found.high >= min(1.0, found.mean + half) - 1e-9


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=2, max_size=40))
def test_correlation_of_single_answers_is_newcombes(pairs: list[tuple[bool, bool]]) -> None:
    """Phi with its continuity correction, by the counts of a table of two by two (method 10 of his paper)."""
    a, b = zip(*pairs, strict=True)
    both, first = sum(x and y for x, y in pairs), sum(x and not y for x, y in pairs)
    second, neither = sum(y and not x for x, y in pairs), sum(not x and not y for x, y in pairs)
    margins = (both + first) * (second + neither) * (both + second) * (first + neither)
    apart = both * neither - first * second
    numerator = max(apart - len(pairs) / 2, 0) if apart > 0 else apart
    expected = numerator / math.sqrt(margins) if margins else 0.0
    tables = [
        cells(Responses(list(map(float, each)), list(map(str, range(len(pairs)))), ["x"] * len(pairs))).table
        for each in (a, b)
    ]
    assert float(paired(*tables).correlation) == pytest.approx(expected, abs=1e-9)


def one_answer_each(answers: list[float]) -> Responses:
    return Responses(answers, list(map(str, range(len(answers)))), ["x"] * len(answers))


@pytest.mark.parametrize("answers", [[0.0, 1.0], [0.0, 1.0, 1.0], [0.0, 1.0, 1.0, 0.0, 1.0, 0.0, 0.0, 1.0]])
def test_arms_that_answer_alike_are_not_proven_alike(answers: list[float]) -> None:
    found = arm_difference(one_answer_each(answers), one_answer_each(answers))
    # Answers that differ for one question in so many would often not have been seen.
    assert found.high >= 1 / (2 * len(answers))
    assert found.low == pytest.approx(-found.high)


def test_two_questions_that_move_alike_prove_nothing() -> None:
    found = arm_difference(one_answer_each([0.95, 1.0]), one_answer_each([0.0, 0.05]))
    assert found.low < 0 < found.mean < found.high
    assert found.p > 0.1
