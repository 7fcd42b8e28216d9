"""Which responses narrow intervals most: against a search through all that could be asked, and by hand."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inoc_evals.stats import differences, rates, these_questions
from inoc_evals.stats.allowed import Allowed, Taken
from inoc_evals.stats.narrowing import AIM, GROWTH, Seen, allocate, enough, goal_of, look, state_of
from tests.stats.tables import counted

State = Mapping[str, Taken]


def seen(arms: dict[str, float], between: float, like: float, these: float = 0.01) -> Seen:
    """The interval of one arm, or of the first less the second, with variances of one response by arm."""
    names = list(arms)
    return Seen(names[0], names[1] if len(names) > 1 else None, like, these, between, tuple(arms.items()), 0.0)


def cheapest(intervals: list[Seen], now: State, width: float, allowed: Allowed) -> float:
    """The fewest responses with which every interval is expected to be AIM times the width, by trying everything."""
    best = math.inf
    for then in everything(now, allowed):
        if all(one.expected(now, then, "like") <= AIM * width + 1e-12 for one in intervals):
            best = min(best, sum(taken.cost for taken in then.values()))
    return best


def everything(now: State, allowed: Allowed) -> Iterator[State]:
    options = []
    for taken in now.values():
        questions = range(taken.questions, allowed.questions + 1)
        responses = range(taken.responses, allowed.most + 1, allowed.step)
        options.append(list(itertools.starmap(Taken, itertools.product(questions, responses))))
    for chosen in itertools.product(*options):
        yield dict(zip(now, chosen, strict=True))


def test_widths_are_those_that_are_reported() -> None:
    random = np.random.default_rng(3)
    asked = np.full((1, 20), 6)
    arms = {name: counted(random.binomial(6, rate, (1, 20)), asked) for name, rate in (("a", 0.4), ("b", 0.1))}
    of_a, of_b, gap = look(arms, "a", 0.96)
    for one, table in ((of_a, arms["a"]), (of_b, arms["b"])):
        low, high = rates.interval(table, 0.96)
        assert one.like == pytest.approx(high - low)
        low, high = these_questions.interval(table, 0.96)
        assert one.these == pytest.approx(high - low)
    assert (gap.arm, gap.reference) == ("b", "a")
    low, high = differences.interval(differences.paired(arms["b"], arms["a"]), 0.96)
    assert gap.like == pytest.approx(high - low)


def test_what_varies_between_questions_is_told_from_what_varies_within_them() -> None:
    """Half of the questions always, the other half never: a variance of 1/4 between, and none within."""
    apart = look({"a": counted([10] * 10 + [0] * 10, 10)}, "a")[0]
    assert apart.between == pytest.approx(0.25 * 20 / 19, abs=0.01)
    assert apart.within[0][1] < 0.01
    random = np.random.default_rng(1)
    alike = look({"a": counted(random.binomial(50, 0.5, 400), 50)}, "a")[0]
    assert alike.within[0][1] == pytest.approx(0.25, abs=0.01)
    assert alike.between < 0.003


def test_where_questions_are_the_limit_the_interval_on_these_questions_is_the_goal() -> None:
    allowed, now = Allowed(20, 2, 1000), {"a": Taken(20, 10)}
    apart = look({"a": counted([10] * 10 + [0] * 10, 10)}, "a")[0]
    assert goal_of(apart, now, 0.1, allowed) == "these"
    assert goal_of(apart, now, 0.5, allowed) == "like"
    assert state_of(apart, now, 0.1, allowed) == "narrow on these questions"
    # More questions would help, if there were some.
    assert goal_of(apart, now, 0.1, Allowed(2000, 2, 1000)) == "like"


def test_nothing_is_asked_where_all_is_narrow_or_all_was_asked() -> None:
    now, allowed = {"a": Taken(30, 2), "b": Taken(30, 2)}, Allowed(100, 2, 10)
    narrow = [seen({"a": 0.2}, 0.0, 0.09), seen({"b": 0.1, "a": 0.2}, 0.0, 0.1)]
    assert allocate(narrow, now, 0.1, allowed, {"a": 1, "b": 1}) == now
    everything_asked = dict.fromkeys(now, allowed.all)
    wide = [seen({"a": 0.2}, 0.0, 0.5, 0.5)]
    assert allocate(wide, everything_asked, 0.1, allowed, {"a": 1, "b": 1}) == everything_asked


def test_an_arm_of_four_times_the_variance_gets_more_and_all_of_it_is_near_the_fewest() -> None:
    """Neyman's allocation, by hand: a/x + b/y is smallest for a given x + y where x : y = sqrt(a : b), and for it to be
    v takes x + y = (sqrt(a) + sqrt(b))^2 / v."""
    now, allowed = {"a": Taken(50, 10), "b": Taken(50, 10)}, Allowed(50, 2, 10_000)
    then = now
    gap = seen({"a": 0.24, "b": 0.06}, 0.0, 0.4)
    # Each round doubles at most; what is expected after it is taken as what is seen next.
    for _ in range(8):
        after = allocate([gap], then, 0.1, allowed, {"a": 1, "b": 1})
        gap = seen({"a": 0.24, "b": 0.06}, 0.0, gap.expected(then, after, "like"))
        then = after
    assert gap.like <= 0.1
    fewest = (math.sqrt(0.24) + math.sqrt(0.06)) ** 2 / ((0.024 + 0.006) * (AIM * 0.1 / 0.4) ** 2)
    assert then["a"].responses > 1.4 * then["b"].responses
    assert fewest * 0.99 <= then["a"].responses + then["b"].responses <= 1.06 * fewest


def test_one_response_to_another_question_tells_more_than_a_second_one_to_the_same() -> None:
    now = {"a": Taken(40, 2)}
    then = allocate([seen({"a": 0.1}, 0.1, 0.12)], now, 0.1, Allowed(200, 2, 50), {"a": 1})
    assert then["a"].questions > 40
    assert then["a"].responses == 2


def test_arms_that_are_narrow_are_not_asked_for_others() -> None:
    now = dict.fromkeys("abc", Taken(30, 2))
    wide = [seen({"a": 0.2}, 0.0, 0.05), seen({"b": 0.2, "a": 0.2}, 0.0, 0.2), seen({"c": 0.01, "a": 0.2}, 0.0, 0.08)]
    then = allocate(wide, now, 0.1, Allowed(30, 2, 50), dict.fromkeys("abc", 1))
    assert then["c"] == now["c"]
    assert min(then["a"].cost, then["b"].cost) > 60


@settings(max_examples=40, deadline=None)
@given(
    within=st.tuples(*[st.floats(0.01, 0.25)] * 2),
    between=st.floats(0.0, 0.1),
    widths=st.tuples(*[st.floats(0.05, 0.14)] * 3),
    start=st.tuples(st.integers(4, 8), st.integers(2, 5)),
)
def test_the_greedy_search_is_near_the_cheapest_of_all(
    within: tuple[float, float], between: float, widths: tuple[float, float, float], start: tuple[int, int]
) -> None:
    now, allowed = dict.fromkeys("ab", Taken(*start)), Allowed(9, 2, 8)
    arms = dict(zip("ab", within, strict=True))
    intervals = [
        seen({"a": arms["a"]}, between, widths[0], widths[0]),
        seen({"b": arms["b"]}, between, widths[1], widths[1]),
        seen({"b": arms["b"], "a": arms["a"]}, between, widths[2], widths[2]),
    ]
    wide = [one for one in intervals if one.like > 0.1 and goal_of(one, now, 0.1, allowed) == "like"]
    best = cheapest(wide, now, 0.1, allowed)
    then = enough(wide, now, 0.1, allowed, {"a": 1, "b": 1})
    reached = all(one.expected(now, then, "like") <= AIM * 0.1 + 1e-12 for one in wide)
    assert reached == (best < math.inf)
    if reached:
        # A step is one question or one response to each of them, which is much where there are so few.
        assert sum(taken.cost for taken in then.values()) <= 1.35 * best + 2 * 9


@settings(max_examples=60, deadline=None)
@given(
    hits=st.lists(st.lists(st.integers(0, 4), min_size=6, max_size=6), min_size=2, max_size=4),
    width=st.floats(0.02, 0.6),
    step=st.sampled_from([1, 2, 4]),
)
def test_nobody_is_asked_less_than_before_nor_more_than_is_allowed(
    hits: list[list[int]], width: float, step: int
) -> None:
    arms = {f"arm{place}": counted(one, 4) for place, one in enumerate(hits)}
    now, allowed = dict.fromkeys(arms, Taken(6, 4)), Allowed(12, 4, 12, step)
    found = look(arms, "arm0")
    then = allocate(found, now, width, allowed, dict.fromkeys(arms, 1))
    for arm, taken in then.items():
        assert 6 <= taken.questions <= 12
        assert 4 <= taken.responses <= 12
        assert taken.responses % step == 0
        assert taken.cost <= max(GROWTH * now[arm].cost, now[arm].cost + max(6 * step, 4))
    wide = [one for one in found if state_of(one, now, width, allowed) == "too wide"]
    assert (then == now) == (not wide)
