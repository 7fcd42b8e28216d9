from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from inoc_evals.stats.differences import paired_difference
from inoc_evals.stats.rates import rate, wilson

VALUES = st.lists(st.tuples(st.sampled_from([0.0, 1.0, None]), st.sampled_from("abcdefgh")), max_size=60)


def test_wilson_agrees_with_scipy() -> None:
    for hits, n in [(0, 10), (3, 10), (10, 10), (50, 200)]:
        expected = stats.binomtest(hits, n).proportion_ci(method="wilson")
        low, high = wilson(hits / n, n, stats.norm.ppf(0.975))
        assert (low, high) == pytest.approx((expected.low, expected.high))


def test_one_response_per_question_is_wilson_with_the_t_quantile() -> None:
    values = [1.0] * 30 + [0.0] * 70
    found = rate(values, [str(i) for i in range(100)])
    # The variance of 100 question means is p(1-p)/99, so the effective size is 99.
    low, high = wilson(0.3, 99, float(stats.t.ppf(0.975, 99)))
    assert (found.low, found.high) == pytest.approx((low, high))
    assert (found.equal, found.pooled, found.n, found.clusters) == (0.3, 0.3, 100, 100)


def test_questions_weigh_equally_or_responses_do() -> None:
    found = rate([1, 1, 1, 0], ["a", "a", "a", "b"])
    assert found.equal == 0.5
    assert found.pooled == 0.75


def test_questions_that_agree_within_themselves_count_once() -> None:
    clustered = rate([1.0] * 50 + [0.0] * 50, ["a"] * 50 + ["b"] * 50)
    spread = rate([1.0, 0.0] * 50, [str(i // 10) for i in range(100)])
    assert clustered.high - clustered.low > 0.9
    assert spread.high - spread.low < 0.3


def test_no_hit_in_few_questions_is_not_certainty() -> None:
    found = rate([0.0] * 800, [str(i % 8) for i in range(800)])
    assert found.equal == 0
    assert found.low == 0
    assert 0.2 < found.high < 0.6


def test_excluded_responses_give_bounds() -> None:
    found = rate([1.0, None, 0.0, None], ["a", "a", "b", "b"])
    assert (found.n, found.excluded, found.equal) == (2, 2, 0.5)
    # a: 1 and missing -> 0.5 or 1; b: 0 and missing -> 0 or 0.5
    assert (found.bound_low, found.bound_high) == (0.25, 0.75)


def test_nothing_to_count() -> None:
    assert math.isnan(rate([], []).equal)
    found = rate([None, None], ["a", "b"])
    assert (found.n, found.excluded, found.bound_low, found.bound_high) == (0, 2, 0.0, 1.0)


@given(VALUES)
def test_intervals_and_bounds_contain_the_rate(data: list[tuple[float | None, str]]) -> None:
    values, clusters = [v for v, _ in data], [c for _, c in data]
    found = rate(values, clusters)
    backwards = rate(values[::-1], clusters[::-1])
    if found.n:
        assert 0 <= found.low <= found.equal <= found.high <= 1
        assert (backwards.equal, backwards.low) == pytest.approx((found.equal, found.low))
        wider = rate(values, clusters, level=0.99)
        assert wider.low <= found.low + 1e-12
        assert wider.high >= found.high - 1e-12
    if values:
        assert found.bound_low <= found.bound_high
    if not found.excluded and found.n:
        assert found.bound_low == pytest.approx(found.equal)


def test_paired_difference_agrees_with_scipy() -> None:
    a = {"q1": 0.9, "q2": 0.5, "q3": 0.7, "q4": 1.0, "only": 0.3}
    b = {"q1": 0.2, "q2": 0.4, "q3": 0.1, "q4": 0.6}
    names = ["q1", "q2", "q3", "q4"]
    expected = stats.ttest_rel([a[n] for n in names], [b[n] for n in names])
    interval = expected.confidence_interval()
    found = paired_difference(a, b)
    assert (found.low, found.high, found.p) == pytest.approx((interval.low, interval.high, expected.pvalue))
    assert (found.clusters, found.unpaired) == (4, 1)
    assert math.isnan(paired_difference({}, b).mean)
    assert math.isnan(paired_difference({"q1": 1.0}, b).low)
