from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from inoc_evals.stats.responses import Responses
from inoc_evals.stats.seeds import ArmRate, arm_difference, arm_rate

LOGS = [-3.0, 2.0, 5.0, None, 9.5, 7.5]
QUESTIONS = ["a", "a", "b", "b", "c", "c"]

Row = tuple[float | None, str, str]
ROW = st.tuples(
    st.none() | st.floats(-50, 50).map(lambda value: round(value, 3)), st.sampled_from("abcd"), st.sampled_from("xyz")
)


def arm(rows: list[Row]) -> Responses:
    values, questions, checkpoints = zip(*rows, strict=True) if rows else ((), (), ())
    return Responses(values, questions, checkpoints, None)


def alone(values: list[float | None], questions: list[str], level: float = 0.95) -> ArmRate:
    return arm_rate(Responses(values, questions, ["s"] * len(values), None), level)


def crossed(means: np.ndarray) -> list[Row]:
    """One response for each checkpoint (row) and question (column)."""
    return [(float(value), f"q{place[1]}", f"s{place[0]}") for place, value in np.ndenumerate(means)]


@pytest.mark.parametrize("level", [0.5, 0.95, 0.99])
def test_one_checkpoint_is_t_over_question_means(level: float) -> None:
    found = alone(LOGS, QUESTIONS, level)
    means = [-0.5, 5.0, 8.5]
    wanted = stats.t.interval(level, 2, loc=np.mean(means), scale=stats.sem(means))
    assert (found.low, found.high) == pytest.approx(wanted)
    assert (found.n, found.excluded, found.questions) == (5, 1, 3)
    assert (found.equal, found.pooled) == pytest.approx((13 / 3, 21 / 5))


def test_several_checkpoints_bring_their_variance() -> None:
    means = np.array([[1.0, 4.0, 2.5, 8.0], [2.0, 7.5, 1.0, 9.0], [-1.0, 5.0, 2.0, 7.0]])
    found = arm_rate(arm(crossed(means)))
    # The half-widths over questions and over checkpoints, by hand.
    by_question = stats.t.ppf(0.975, 3) * stats.sem(means.mean(0))
    by_seed = stats.t.ppf(0.975, 2) * stats.sem(means.mean(1))
    half = math.hypot(by_question, by_seed)
    assert (found.low, found.high) == pytest.approx((means.mean() - half, means.mean() + half))
    assert not found.these_checkpoints_only


def test_on_these_questions_one_stratum_is_students_interval() -> None:
    values = [3.0, 1.0, 4.0, 1.5, 9.0]
    found = alone([*values], ["a"] * 5)
    wanted = stats.t.interval(0.95, 4, loc=np.mean(values), scale=stats.sem(values))
    assert (found.on_these_questions.low, found.on_these_questions.high) == pytest.approx(wanted)
    assert math.isnan(found.low)


def test_on_these_questions_two_arms_are_welchs_interval() -> None:
    a, b = [3.0, 1.0, 4.0, 1.5, 9.0], [2.0, 2.5, -4.0]
    found = arm_difference(*(arm([(value, "a", "s") for value in values]) for values in (a, b)))
    wanted = stats.ttest_ind(a, b, equal_var=False).confidence_interval(0.95)
    assert (found.on_these_questions.low, found.on_these_questions.high) == pytest.approx((wanted.low, wanted.high))


def test_strata_with_one_response_are_taken_together() -> None:
    found = alone([1.0, 4.0, 6.0], ["a", "b", "c"])
    assert (found.on_these_questions.low, found.on_these_questions.high) == pytest.approx((found.low, found.high))
    lonely = alone([1.0], ["a"])
    assert math.isnan(lonely.on_these_questions.low)


def test_differences_of_several_checkpoints_by_hand() -> None:
    a = np.array([[1.0, 4.0, 2.5, 8.0], [2.0, 7.5, 1.0, 9.0], [-1.0, 5.0, 2.0, 7.0]])
    b = np.array([[0.0, 1.0, 2.0, 2.0], [1.0, 2.0, 1.0, 4.0]])
    found = arm_difference(arm(crossed(a)), arm(crossed(b)))
    by_question = stats.t.ppf(0.975, 3) * stats.sem(a.mean(0) - b.mean(0))
    errors = [stats.sem(cells.mean(1)) for cells in (a, b)]
    welch = sum(error**2 for error in errors) ** 2 / (errors[0] ** 4 / 2 + errors[1] ** 4 / 1)
    half = math.hypot(by_question, stats.t.ppf(0.975, welch) * math.hypot(*errors))
    gap = a.mean() - b.mean()
    assert (found.low, found.high) == pytest.approx((gap - half, gap + half))
    # At the level of its own p the interval ends at 0.
    ending = arm_difference(arm(crossed(a)), arm(crossed(b)), 1 - found.p)
    assert min(abs(ending.low), abs(ending.high)) == pytest.approx(0, abs=1e-9)


def test_one_checkpoint_in_each_arm_is_the_paired_t_test() -> None:
    a, b = [1.0, 4.0, 2.5, 8.0, 3.0], [0.0, 5.0, 0.5, 4.0, 1.0]
    rows = [[(value, f"q{place}", "s") for place, value in enumerate(values)] for values in (a, b)]
    found = arm_difference(arm([*rows[0], (9.0, "other", "s")]), arm([*rows[1]]))
    test = stats.ttest_rel(a, b)
    wanted = test.confidence_interval(0.95)
    assert (found.low, found.high, found.p) == pytest.approx((wanted.low, wanted.high, test.pvalue))
    assert (found.questions, found.unpaired, found.these_checkpoints_only) == (5, 1, True)


def test_excluded_responses_leave_everything_open() -> None:
    found = alone(LOGS, QUESTIONS)
    assert math.isnan(found.bounds.low)
    assert math.isnan(found.bounds.high)
    whole = alone([1.0, 3.0], ["a", "b"])
    assert (whole.bounds.low, whole.bounds.high) == (2.0, 2.0)


@pytest.mark.parametrize("values", [[], [None, None], [math.nan]])
def test_nothing_to_say(values: list[float | None]) -> None:
    found = alone(values, ["a"] * len(values))
    assert (found.n, found.excluded, found.questions) == (0, len(values), 0)
    assert all(map(math.isnan, (found.pooled, found.equal, found.low, found.high)))


def test_an_infinite_value_is_refused() -> None:
    with pytest.raises(ValueError, match="infinite"):
        alone([1.0, -math.inf], ["a", "b"])


@given(st.lists(ROW, max_size=25), st.floats(-100, 100), st.sampled_from([-2.0, 0.5, 10.0]))
def test_another_unit_and_origin_change_nothing_else(rows: list[Row], shift: float, unit: float) -> None:
    before = arm_rate(arm(rows))
    moved = [(None if value is None else value * unit + shift, *where) for value, *where in rows]
    after = arm_rate(arm(moved))
    for first, second in (
        ((before.low, before.high), (after.low, after.high)),
        (
            (before.on_these_questions.low, before.on_these_questions.high),
            (after.on_these_questions.low, after.on_these_questions.high),
        ),
    ):
        ends = sorted(end * unit + shift for end in first) if not math.isnan(first[0]) else first
        assert second == pytest.approx(tuple(ends), nan_ok=True, rel=1e-6, abs=1e-5)


@settings(max_examples=60)
@given(st.lists(ROW, max_size=25), st.lists(ROW, max_size=25))
def test_differences_mirror_and_p_agrees_with_the_interval(rows: list[Row], others: list[Row]) -> None:
    found, mirrored = arm_difference(arm(rows), arm(others)), arm_difference(arm(others), arm(rows))
    given_ends = (found.mean, found.low, found.high, found.p)
    assert given_ends == pytest.approx((-mirrored.mean, -mirrored.high, -mirrored.low, mirrored.p), nan_ok=True)
    if not math.isnan(found.p) and found.high - found.low > 1e-9 and abs(found.p - 0.05) > 1e-9:
        assert (found.low > 0 or found.high < 0) == (found.p < 0.05)
