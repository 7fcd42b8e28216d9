"""Corrected rates against hand-made numbers, the published formulas, brute force and simulated judges."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special, stats

from inoc_evals.stats.judge_error import Labelled, corrected
from inoc_evals.stats.judge_error_limits import difference, error, error_difference, gap_limits, rate
from inoc_evals.stats.limits import weighted_upper
from inoc_evals.stats.responses import Responses
from inoc_evals.stats.seeds import arm_difference, arm_rate
from tests.stats.labelled import SPREAD, Judge, arm, chances, simulated

REPETITIONS = 40


def judged(one: Labelled) -> Responses:
    return Responses(one.judged, one.questions, one.checkpoints)


def test_design_weights_and_what_the_judge_said_make_the_rate_by_hand() -> None:
    # Two questions, which weigh equally: four responses to the first, two to the second.
    entries = [("a", 1, 1), ("a", 1, 0), ("a", 0, 0), ("a", 0, 1), ("b", 0, 0), ("b", 1, 1)]
    # Labelled are one of two of the judge's hits to a, with both of what is rated otherwise.
    found = corrected(arm(entries, [0, 2, 1, 3, 1, 1]))
    share = [Fraction(1, 8)] * 4 + [Fraction(1, 4)] * 2
    hits = (share[5] * 1) / (share[1] * 2 + share[5] * 1)
    misses = (share[3] * 3) / (share[2] * 1 + share[3] * 3 + share[4] * 1)
    judge = share[0] + share[1] + share[5]
    assert found.mean == pytest.approx(float(judge * hits + (1 - judge) * misses))
    assert found.judged == pytest.approx(float(judge))
    assert (found.labels, found.set_apart) == (5, 0)


def test_what_people_leave_out_counts_in_no_rate() -> None:
    # The judge says yes to two and no to two; people leave out one of each, and of the judge's yes half.
    entries = [("a", 1, 1), ("a", 1, None), ("a", 0, 0), ("a", 0, 0)]
    found = corrected(arm(entries, [1, 1, 1, 1]))
    assert found.mean == pytest.approx(1 / 3)
    assert (found.labels, found.set_apart) == (3, 1)


def test_what_the_judge_leaves_out_counts_where_people_do_not() -> None:
    # One response of four the judge's rule leaves out, and people call it a hit; all are labelled.
    entries = [("a", 1, 1), ("a", 0, 0), ("a", 0, 0), ("a", None, 1)]
    found = corrected(arm(entries, [1, 1, 1, 1]))
    assert found.mean == pytest.approx(1 / 2)
    assert found.judged == pytest.approx(1 / 3)
    # Without a label of it the judge is believed, and the interval allows for it.
    unseen = rate(corrected(arm(entries, [1, 1, 1, 0])))
    assert unseen.mean == pytest.approx(1 / 3)
    assert unseen.high > 0.49


def test_a_simple_draw_gives_the_estimate_of_ppi_plus_plus() -> None:
    random = np.random.default_rng(3)
    says = (random.random(300) < 0.4).astype(float)
    true = np.where(random.random(300) < 0.2, 1 - says, says)
    drawn = np.zeros(300)
    drawn[random.choice(300, 80, replace=False)] = 300 / 80
    found = corrected(arm([(f"q{i}", says[i], true[i]) for i in range(300)], drawn))
    inside = drawn > 0
    # arXiv 2311.01453, example of the mean: labels, less lambda times how far their predictions are from all.
    slope = float(np.cov(true[inside], says[inside], ddof=0)[0, 1] / np.var(says[inside]))
    expected = true[inside].mean() - slope * (says[inside].mean() - says.mean())
    assert found.mean == pytest.approx(expected)


def test_ratings_are_tuned_by_the_slope_and_allow_for_one_label_more_as_far_off_as_can_be() -> None:
    random = np.random.default_rng(4)
    says = random.random(400)
    true = np.clip(0.2 + 0.5 * says + 0.05 * random.standard_normal(400), 0, 1)
    drawn = np.zeros(400)
    drawn[random.choice(400, 60, replace=False)] = 400 / 60
    found = corrected(arm([(f"q{i}", says[i], true[i]) for i in range(400)], drawn, "mean"))
    inside = drawn > 0
    line = stats.linregress(says[inside], true[inside])
    assert found.mean == pytest.approx(line.intercept + line.slope * says.mean())
    expected = line.intercept + line.slope * says[inside]
    # HC3, the residuals of lines without the label itself, for a finite number of responses.
    along = says[inside] - says[inside].mean()
    seen = math.sqrt(1 - 60 / 400)
    off = true[inside] - expected
    alone = off / (1 - 1 / 60 - along**2 / (along**2).sum()) * seen / 60
    line_of_all = np.sort(line.intercept + line.slope * says)
    sides = []
    for sign, room in ((1, 1 - line_of_all), (-1, line_of_all[::-1])):
        mean, variance = np.maximum(sign * off, 0).sum() / 60, (np.maximum(sign * alone, 0) ** 2).sum()
        # A label stands for 6 and two thirds of 400 responses, and one more is of those that can be furthest off.
        more = (room[:6].sum() + room[6] * 2 / 3) / 400 * seen
        events, spread = mean + more, variance + more**2
        upper = stats.gamma.ppf(0.975, events**2 / spread, scale=spread / events)
        lower = stats.gamma.ppf(0.025, mean**2 / variance, scale=variance / mean)
        sides.append((upper - mean, mean - lower))
    (more_above, less_above), (more_below, less_below) = sides
    whole = error(found)
    # The judge's error is its mean less the corrected one: its lower end is the corrected one's upper.
    assert whole.mean - whole.low == pytest.approx(math.hypot(more_above, less_below))
    assert whole.high - whole.mean == pytest.approx(math.hypot(more_below, less_above))
    plain = arm_rate(Responses(true, [f"q{i}" for i in range(400)], ["c"] * 400))
    assert abs(found.mean - plain.equal) < abs(found.judged - plain.equal)


def test_an_error_of_ratings_that_no_label_shows_stays_possible() -> None:
    # People and the judge give 0 to all 50 of a thousand: Poisson's limit of no event, for what was not seen.
    drawn = [20.0 if place % 20 == 0 else 0.0 for place in range(1000)]
    found = error(corrected(arm([(f"q{i}", 0.0, 0.0) for i in range(1000)], drawn, "mean")))
    assert (found.mean, found.high) == (0, 0)
    assert -found.low == pytest.approx(-math.log(0.025) / 50 * math.sqrt(0.95))
    # A hundred questions with one response and a hundred with nine, labels by what each weighs: 20 of either. One more
    # is as much of the mean as any is, a 40th, and of 45 responses where least was seen.
    entries, weights = [], []
    for question in range(100):
        entries += [(f"s{question}", 0.0, 0.0)] + [(f"n{question}", 0.0, 0.0)] * 9
        weights += [5.0, 45.0] + [0.0] * 8 if question % 5 == 0 else [0.0] * 10
    found = error(corrected(arm(entries, weights, "mean")))
    assert -found.low == pytest.approx(-math.log(0.025) / 40 * math.sqrt(44 / 45))


def test_ratings_of_which_one_in_fifty_is_at_the_other_end_are_held() -> None:
    random = np.random.default_rng(11)
    held, by_t = 0, 0
    for _ in range(REPETITIONS):
        true = np.where(random.random(1000) < 0.02, 1.0, 0.0)
        drawn = np.zeros(1000)
        drawn[random.choice(1000, 60, replace=False)] = 1000 / 60
        found = error(corrected(arm([(f"q{i % 40}", 0.1, true[i]) for i in range(1000)], drawn, "mean")))
        labels = 0.1 - true[drawn > 0]
        half = stats.t.ppf(0.975, 59) * labels.std(ddof=1) / math.sqrt(60)
        held += found.low <= 0.1 - true.mean() <= found.high
        by_t += abs(labels.mean() - (0.1 - true.mean())) <= half
    assert held >= 0.93 * REPETITIONS
    assert by_t < 0.85 * REPETITIONS


def test_errors_of_ratings_that_one_label_alone_shows_have_wide_limits() -> None:
    says = [0.9] * 200
    true = [0.1 if place == 4 else 0.9 for place in range(200)]
    drawn = [8.0 if place % 8 == 4 else 0.0 for place in range(200)]
    found = error(corrected(arm([(f"q{i}", says[i], true[i]) for i in range(200)], drawn, "mean")))
    # One of 25 is 80 points off, which is 3.2 in the mean; a normal interval would end at 9.5.
    assert found.mean == pytest.approx(0.032)
    assert found.high > 0.14


def test_few_labels_of_ratings_are_not_tuned() -> None:
    says = np.linspace(0, 1, 40)
    drawn = [4.0 if place % 4 == 0 else 0.0 for place in range(40)]
    found = corrected(arm([(f"q{i}", says[i], says[i] / 2) for i in range(40)], drawn, "mean"))
    inside = np.array(drawn) > 0
    assert found.mean == pytest.approx(float((says / 2)[inside].mean() + says.mean() - says[inside].mean()))


def test_with_all_labelled_the_rate_is_the_people_s_own() -> None:
    random = np.random.default_rng(5)
    few, _ = simulated(chances(0.2, 20, random), Judge(0.3, 0.1), 40, random)
    true = np.where(random.random(400) < 0.25, 1.0, 0.0)
    every = replace(few, people=true, labelled=np.ones(400, dtype=np.bool_), weights=np.ones(400))
    whole = rate(corrected(every))
    plain = arm_rate(Responses(true, few.questions, few.checkpoints))
    assert whole.mean == pytest.approx(plain.equal)
    assert whole.on_these_questions.low == pytest.approx(plain.on_these_questions.low)
    assert whole.on_these_questions.high == pytest.approx(plain.on_these_questions.high)
    assert (whole.low, whole.high) == pytest.approx((plain.low, plain.high))
    mistake = error(corrected(every))
    assert mistake.low == mistake.mean == mistake.high
    part = np.zeros(400, dtype=np.bool_)
    part[random.choice(400, 100, replace=False)] = True
    some = replace(every, labelled=part, people=np.where(part, true, np.nan), weights=np.full(400, 4.0))
    assert rate(corrected(some)).high - rate(corrected(some)).low > whole.high - whole.low


def test_a_perfect_judge_keeps_its_rate_and_gets_a_wider_interval() -> None:
    random = np.random.default_rng(6)
    one, _ = simulated(chances(0.3, 30, random), Judge(), 60, random)
    found, plain = rate(corrected(one)), arm_rate(judged(one))
    assert found.mean == pytest.approx(plain.equal)
    assert found.judged == pytest.approx(plain.equal)
    assert found.low < plain.low
    assert plain.high < found.high
    assert found.on_these_questions.low < plain.on_these_questions.low
    assert plain.on_these_questions.high < found.on_these_questions.high


def test_an_error_that_no_label_shows_stays_possible() -> None:
    # Of 1,000 responses the judge calls 10 hits; 25 labels of its misses agree with it.
    entries = [(f"q{i}", float(i < 10), float(i < 10)) for i in range(1000)]
    drawn = [1.0] * 10 + [990 / 25] * 25 + [0.0] * 965
    found = rate(corrected(arm(entries, drawn)))
    assert found.mean == pytest.approx(0.01)
    # Clopper and Pearson's limit at 0 of 25, for 99% of the responses.
    assert found.high > 0.99 * stats.beta.ppf(0.975, 1, 25)
    normal = 0.01 + 1.96 * math.sqrt(0.01 * 0.99 / 1000)
    assert found.high > 5 * normal


@pytest.mark.parametrize(("hits", "trials"), [(0, 10), (1, 10), (3, 25), (24, 25)])
def test_equal_weights_give_the_limit_of_clopper_and_pearson(hits: int, trials: int) -> None:
    p = hits / trials
    found = weighted_upper(p, p * (1 - p) / trials, 1 / trials, 0.025)
    assert found == pytest.approx(stats.beta.ppf(0.975, hits + 1, trials - hits))


def test_without_a_label_that_counts_nothing_is_corrected() -> None:
    with pytest.raises(ValueError, match="no label counts"):
        corrected(arm([("a", 1, None), ("a", 0, 0)], [1, 0]))


def test_an_error_that_differs_by_arm_turns_the_sign_and_is_found() -> None:
    random = np.random.default_rng(7)
    wrong = {"judge": 0, "corrected": 0, "surely": 0, "found": 0}
    for _ in range(30):
        own = chances(0.25, 40, random)
        # The judge misses half of the first arm's hits, and sees some in the second where there are none.
        first, _ = simulated(own, Judge(0.5, 0.0), 200, random)
        second, _ = simulated(own / 2, Judge(0.05, 0.15), 200, random)
        pair = corrected(first), corrected(second)
        gap = difference(*pair)
        wrong["judge"] += gap.judged < 0
        wrong["corrected"] += gap.mean < 0
        wrong["surely"] += gap.high < 0
        wrong["found"] += error_difference(*pair).p < 0.05
        assert gap.judged == pytest.approx(arm_difference(judged(first), judged(second)).mean)
    assert wrong["judge"] >= 25
    assert wrong["corrected"] == wrong["surely"] == 0
    assert wrong["found"] == 30


def test_an_error_too_small_for_so_few_labels_is_not_found_and_the_least_one_says_so() -> None:
    random = np.random.default_rng(8)
    own = chances(0.2, 40, random)
    pair = [corrected(simulated(own, judge, 25, random)[0]) for judge in (Judge(0.1, 0.02), Judge(0.1, 0.04))]
    found = error_difference(*pair)
    assert found.p > 0.05
    assert found.least > 0.1
    more = [corrected(simulated(own, judge, 400, random)[0]) for judge in (Judge(0.1, 0.02), Judge(0.1, 0.04))]
    assert error_difference(*more).least < found.least / 2


@pytest.mark.parametrize("level", [0.1, 0.4])
def test_errors_that_are_alike_are_seldom_told_apart(level: float) -> None:
    random = np.random.default_rng(9)
    told = 0
    for _ in range(60):
        own = chances(level, 30, random)
        pair = [corrected(simulated(own, Judge(0.2, 0.05), 60, random)[0]) for _ in range(2)]
        told += error_difference(*pair).p <= 0.05
    # At 5%, 9 or more of 60 come in 0.3% of such tests.
    assert told < 9


ALIKE = (Judge(0.2, 0.02), Judge(0.2, 0.02))
BY_ARM = (Judge(0.4, 0.0), Judge(0.05, 0.1))


@pytest.mark.parametrize("share", [0.02, 0.1, 0.5])
@pytest.mark.parametrize("judges", [(Judge(), Judge()), ALIKE, BY_ARM])
def test_corrected_intervals_of_a_hundred_labels_hold_what_is_true(share: float, judges: tuple[Judge, Judge]) -> None:
    random = np.random.default_rng([10, int(1000 * share)])
    # What the arms would have over all questions: the second one's chances are half of the first one's.
    like = float(special.expit(special.logit(share) + SPREAD * stats.norm.ppf((np.arange(2000) + 0.5) / 2000)).mean())
    held = np.zeros(4)
    for _ in range(REPETITIONS):
        own = chances(share, 30, random)
        (first, true), (second, other) = (
            simulated(own / part, judge, 50, random) for part, judge in zip((1, 2), judges, strict=True)
        )
        pair = corrected(first), corrected(second)
        found, ((low, high), between) = rate(pair[0]), gap_limits(*pair)
        again = found.on_these_questions
        held += [
            found.low <= like <= found.high,
            again.low <= true <= again.high,
            low <= like / 2 <= high,
            between.low <= true - other <= between.high,
        ]
    # 93% of the repetitions, less two standard errors of that.
    assert held.min() >= REPETITIONS * 0.93 - 2 * math.sqrt(REPETITIONS * 0.93 * 0.07)


def test_several_checkpoints_are_a_level_of_their_own() -> None:
    entries = [("a", 1, 1), ("a", 0, 0), ("b", 1, 0), ("b", 0, 0)] * 6
    owners = [f"s{place % 3}" for place in range(24)]
    found = rate(corrected(arm(entries, [1.0] * 24, checkpoints=owners)))
    assert not found.these_checkpoints_only
    assert found.checkpoints == 3
    assert rate(corrected(arm(entries, [1.0] * 24))).these_checkpoints_only


def test_arms_are_compared_on_the_questions_that_both_have() -> None:
    first = corrected(arm([("a", 1, 1), ("b", 1, 0), ("c", 1, 1)], [1, 1, 1]))
    second = corrected(arm([("a", 0, 0), ("b", 0, 1)], [1, 1]))
    found = difference(first, second)
    assert (found.questions, found.mean, found.judged) == (2, 0.0, 1.0)
    other = corrected(arm([("z", 1, 1)], [1]))
    assert math.isnan(difference(first, other).mean)
    assert math.isnan(error_difference(first, other).mean)


ENTRIES = st.lists(
    st.tuples(st.sampled_from("abcd"), st.sampled_from([0.0, 1.0]), st.sampled_from([0.0, 1.0, None]), st.booleans()),
    min_size=4,
    max_size=40,
).filter(lambda entries: any(drawn and people is not None for _, _, people, drawn in entries))


@settings(max_examples=60, deadline=None)
@given(ENTRIES, ENTRIES, st.floats(1, 20))
def test_limits_lie_around_the_mean_and_arms_may_be_exchanged(first: list, second: list, weight: float) -> None:
    def of(entries: list) -> Labelled:
        return arm([entry[:3] for entry in entries], [weight if entry[3] else 0.0 for entry in entries])

    one, other = corrected(of(first)), corrected(of(second))
    found = rate(one)
    assert 0 <= found.low <= found.mean + 1e-12
    assert found.mean - 1e-12 <= found.high <= 1
    assert found.on_these_questions.low <= found.mean + 1e-12
    assert found.mean - 1e-12 <= found.on_these_questions.high
    shuffled = corrected(of(first[::-1]))
    assert rate(shuffled).high == pytest.approx(found.high)
    gap, back = difference(one, other), difference(other, one)
    assert gap.mean == pytest.approx(-back.mean, nan_ok=True)
    assert gap.low == pytest.approx(-back.high, nan_ok=True, abs=1e-9)
    assert gap.p == pytest.approx(back.p, nan_ok=True, rel=1e-6)
