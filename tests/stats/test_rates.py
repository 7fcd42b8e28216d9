from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from inoc_evals.stats.limits import limits
from inoc_evals.stats.responses import Responses
from inoc_evals.stats.seeds import ArmRate, arm_rate
from tests.stats.wilson import wilson

Z = float(stats.norm.ppf(0.975))
VALUES = st.lists(st.tuples(st.sampled_from([0.0, 1.0, None]), st.sampled_from("abcdefgh")), max_size=60)


def rate(values: list[float | None], questions: list[str], level: float = 0.95) -> ArmRate:
    return arm_rate(Responses(values, questions, ["one"] * len(values)), level)


def test_limits_are_wilsons_in_the_middle() -> None:
    for hits, n in [(30, 100), (50, 200), (180, 300)]:
        expected = stats.binomtest(hits, n).proportion_ci(method="wilson")
        assert limits(hits / n, n, Z, 0.025) == pytest.approx((expected.low, expected.high), abs=2e-4)


def test_few_hits_move_the_inner_limit_out() -> None:
    low, high = limits(0.03, 100, Z, 0.025)
    # 0.95 = P(fewer than 3 hits in 100 | low), the one-sided 5% limit; Wilson's own would be 0.0103.
    assert stats.binom.cdf(2, 100, low) == pytest.approx(0.95)
    assert float(high) == pytest.approx(wilson(0.03, 100, Z)[1])
    mirrored = limits(0.97, 100, Z, 0.025)
    assert mirrored == pytest.approx((1 - high, 1 - low))


def test_every_rate_is_covered_with_one_response_per_question() -> None:
    for n in (8, 16, 50, 100):
        found = [rate([1.0] * hits + [0.0] * (n - hits), [str(i) for i in range(n)]) for hits in range(n + 1)]
        for true in (0.01, 0.02, 0.05, 0.2, 0.5):
            chances = stats.binom.pmf(range(n + 1), n, true)
            assert sum(p for p, one in zip(chances, found, strict=True) if one.low <= true <= one.high) > 0.93


def test_one_response_per_question_is_wilson_with_the_t_quantile() -> None:
    values = [1.0] * 30 + [0.0] * 70
    found = rate(values, [str(i) for i in range(100)])
    # The variance of 100 question means is p(1-p)/99, so the effective size is 99.
    low, high = wilson(0.3, 99, float(stats.t.ppf(0.975, 99)))
    assert (found.low, found.high) == pytest.approx((low, high))
    assert (found.equal, found.pooled, found.n, found.questions) == (0.3, 0.3, 100, 100)


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
    # As many trials as 8 questions with an intraclass correlation of 1/3 are worth: 24.
    assert found.high == pytest.approx(wilson(0, 24, float(stats.t.ppf(0.975, 7)))[1])
    # One response a question cannot be worth more than 8.
    assert rate([0.0] * 8, list("abcdefgh")).high > 0.4


def test_excluded_responses_give_bounds() -> None:
    found = rate([1.0, None, 0.0, None], ["a", "a", "b", "b"])
    assert (found.n, found.excluded, found.equal) == (2, 2, 0.5)
    # a: 1 and missing -> 0.5 or 1; b: 0 and missing -> 0 or 0.5
    assert (found.bounds.low, found.bounds.high) == (0.25, 0.75)


def test_nothing_to_count() -> None:
    assert math.isnan(rate([], []).equal)
    found = rate([None, None], ["a", "b"])
    assert (found.n, found.excluded, found.bounds.low, found.bounds.high) == (0, 2, 0.0, 1.0)


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
        assert found.bounds.low <= found.bounds.high
    if not found.excluded and found.n:
        assert found.bounds.low == pytest.approx(found.equal)
