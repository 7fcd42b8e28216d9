"""The draw: its weights and probabilities by brute force, what it spreads over, and that rates come out right."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import product
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2

from inoc_evals.errors import InputError
from inoc_evals.labelling.draw import allocation, draw, edges, equal_parts
from inoc_evals.results.label import Candidate, Drawn, Position
from tests.labelling.made import candidates

ARMS = st.dictionaries(
    st.sampled_from("abc"),
    st.lists(st.sampled_from([None, 0.0, 20.0, 45.0, 60.0, 99.0]), min_size=1, max_size=30),
    min_size=1,
)


def made(arms: dict[str, list[float | None]]) -> list[Candidate]:
    return [
        Candidate(
            f"{arm}{place:015x}",
            value,
            "answer",
            None,
            None,
            arm,
            f"{arm}-s{place % 3}",
            "task",
            f"q{place // 4}",
            Position(f"q{place // 4}", "", place, 0),
        )
        for arm, values in arms.items()
        for place, value in enumerate(values)
    ]


def band(value: float | None) -> str:
    """The bands around 50, written out."""
    if value is None:
        return "no rating"
    if value < 30:
        return "below 30"
    if value < 50:
        return "30 to below 50"
    return "50 to 70" if value <= 70 else "above 70"


def uneven(questions: int = 6) -> list[Candidate]:
    """Questions with 1, 3, 5, ... responses of each checkpoint."""
    whole = candidates(("none",), questions=questions, samples=2 * questions)
    return [one for one in whole if one.position.epoch <= 1 + 2 * int(one.cluster[1:])]


def weighs(candidates: Sequence[Candidate]) -> dict[str, Fraction]:
    """What each response weighs in the rate of its arm, task and condition (questions alike, within one its
    checkpoints, within those their responses), for an average of 1."""
    rates = Counter(_cell(one)[0] for one in candidates)
    questions = Counter(rate for rate, _ in {_cell(one)[:2] for one in candidates})
    checkpoints = Counter(cell[:2] for cell in {_cell(one) for one in candidates})
    responses = Counter(map(_cell, candidates))
    return {
        one.response: Fraction(rates[rate], questions[rate] * checkpoints[rate, question] * responses[_cell(one)])
        for one in candidates
        for rate, question, _ in [_cell(one)]
    }


def _cell(one: Candidate) -> tuple[tuple[str, str, str], str, str]:
    return (one.arm, one.task, one.position.condition), one.cluster, one.checkpoint


@given(ARMS, st.integers(1, 60), st.integers(0, 5), st.integers(1, 3))
def test_labels_weigh_alike_in_their_rate_and_stand_for_all_of_it(
    arms: dict[str, list[float | None]], n: int, seed: int, tasks: int
) -> None:
    given_ = [
        replace(one, task=f"t{place % tasks}", position=replace(one.position, condition="ab"[place // 7 % 2]))
        for place, one in enumerate(made(arms))
    ]
    if n < len(arms):
        with pytest.raises(InputError, match=f"-n {n} is fewer"):
            draw(given_, n, 50.0, seed)
        return
    chosen = draw(given_, n, 50.0, seed)
    drawn, of_rate = chosen.drawn, weighs(given_)
    assert len(drawn) == min(n, len(given_)) == len({one.response for one in drawn})
    sizes = Counter(f"{one.arm}: {band(one.judged)}" for one in given_)
    by_stratum: dict[str, list[Drawn]] = {}
    for one in drawn:
        by_stratum.setdefault(one.stratum, []).append(one)
    for arm, values in arms.items():
        assert sum(one.weight * of_rate[one.response] for one in drawn if one.arm == arm) == pytest.approx(len(values))
    for name, those in by_stratum.items():
        # Those that are certain weigh more in the rate than the others do with all that they stand for.
        stand_for = [one.weight * of_rate[one.response] for one in those]
        certain = [each for each, one in zip(stand_for, those, strict=True) if one.weight == 1]
        others = [each for each, one in zip(stand_for, those, strict=True) if one.weight > 1]
        assert not others or max(others) == pytest.approx(min(others))
        assert not (others and certain) or min(certain) >= min(others) - 1e-6
        if by_stratum.keys() == sizes.keys():
            whole = sum(of_rate[one.response] for one in given_ if f"{one.arm}: {band(one.judged)}" == name)
            assert sum(stand_for) == pytest.approx(float(whole))
    assert {(pool.arm, pool.checkpoint) for pool in chosen.pools} == {(one.arm, one.checkpoint) for one in given_}
    for checkpoint, count in Counter(one.checkpoint for one in given_).items():
        assert sum(pool.responses for pool in chosen.pools if pool.checkpoint == checkpoint) == count
    assert {pool.stratum for pool in chosen.pools} == by_stratum.keys()


@given(st.integers(1, 3), st.integers(1, 8), st.integers(1, 5), st.integers(2, 60), st.integers(0, 5))
def test_where_questions_have_as_many_responses_each_of_a_stratum_stands_for_as_many(
    seeds: int, questions: int, samples: int, n: int, seed: int
) -> None:
    first = candidates(seeds=seeds, questions=questions, samples=samples)
    # Other tasks and conditions have rates of their own, however many responses they have.
    second = candidates(seeds=1, questions=questions + 1, samples=samples + 2)
    given_ = [*first, *(replace(one, task="other", response=f"f{one.response[1:]}") for one in second)]
    chosen = draw(given_, n, 50.0, seed)
    counts = Counter(one.stratum for one in chosen.drawn)
    sizes: Counter[str] = Counter()
    for pool in chosen.pools:
        sizes[pool.stratum] += pool.responses
    assert all(one.weight == sizes[one.stratum] / counts[one.stratum] for one in chosen.drawn)
    for arm in ("none", "spanish"):
        assert sum(one.weight for one in chosen.drawn if one.arm == arm) == pytest.approx(len(given_) / 2)


@given(ARMS, st.integers(3, 60), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_is_nothing(arms: dict[str, list[float | None]], n: int, random: Random) -> None:
    given_ = made(arms)
    shuffled = list(given_)
    random.shuffle(shuffled)
    assert draw(given_, n, 50.0, 1) == draw(shuffled, n, 50.0, 1)


def test_another_seed_draws_others() -> None:
    given_ = candidates()
    assert draw(given_, 20, 50.0, 0) != draw(given_, 20, 50.0, 1)


def test_every_response_is_drawn_as_often_as_its_weight_says_and_weighted_rates_are_right_on_average() -> None:
    given_, random = uneven(), Random(5)
    # What people would say goes with the judge, but errs most near the threshold, and differs between questions.
    truth = {
        one.response: float(
            random.random()
            < (0.5 if one.judged is None else 0.9 if one.judged < 30 else 0.5 if one.judged < 70 else 0.05)
            + 0.1 * (int(one.cluster[1:]) % 2)
        )
        for one in given_
    }
    of_rate = {response: float(weight) / len(given_) for response, weight in weighs(given_).items()}
    rate = sum(of_rate[response] * each for response, each in truth.items())
    seen: Counter[str] = Counter()
    expected: dict[str, float] = {}
    weighted, plain = [], []
    runs = 1000
    for seed in range(runs):
        drawn = draw(given_, 20, 50.0, seed).drawn
        seen.update(one.response for one in drawn)
        expected |= {one.response: 1 / one.weight for one in drawn}
        weighted.append(sum(one.weight * of_rate[one.response] * truth[one.response] for one in drawn))
        plain.append(sum(truth[one.response] for one in drawn) / len(drawn))
    assert expected.keys() == {one.response for one in given_}
    assert sum(expected.values()) == pytest.approx(20)
    assert max(expected.values()) > 10 * min(expected.values())
    scores = [
        (seen[response] - runs * each) ** 2 / (runs * each * (1 - each))
        for response, each in expected.items()
        if each < 1
    ]
    assert max(scores) < 4.5**2
    assert sum(scores) < chi2.isf(1e-4, len(scores))
    assert all(seen[response] == runs for response, each in expected.items() if each == 1)
    spread = (sum((each - rate) ** 2 for each in weighted) / runs) ** 0.5
    assert sum(weighted) / runs == pytest.approx(rate, abs=4 * spread / runs**0.5)
    assert abs(sum(plain) / runs - rate) > 0.01


def test_arms_get_equal_parts_and_what_a_small_one_leaves_goes_to_others() -> None:
    given_ = [*candidates(("a", "b"), questions=20), *candidates(("tiny",), seeds=1, questions=2, samples=2)]
    counts = Counter(one.arm for one in draw(given_, 50, 50.0, 0).drawn)
    assert counts == {"a": 23, "b": 23, "tiny": 4}


@given(st.lists(st.integers(0, 30), min_size=1, max_size=6), st.integers(0, 200))
def test_equal_parts(sizes: list[int], n: int) -> None:
    parts = equal_parts(sizes, n)
    assert sum(parts) == min(n, sum(sizes))
    assert all(part <= size for part, size in zip(parts, sizes, strict=True))
    open_ = [part for part, size in zip(parts, sizes, strict=True) if part < size]
    assert not open_ or max(parts) - min(open_) <= 1


@settings(max_examples=40)
@given(
    st.lists(st.tuples(st.integers(1, 8), st.sampled_from([0.2, 0.5])), min_size=1, max_size=3),
    st.integers(1, 2),
    st.data(),
)
def test_the_allocation_has_the_smallest_variance_of_all(
    strata: list[tuple[int, float]], least: int, data: st.DataObject
) -> None:
    sizes, deviations = zip(*strata, strict=True)
    open_ = [size * deviation for size, deviation in strata]
    floors = [min(least, size) for size in sizes]
    n = data.draw(st.integers(sum(floors), sum(sizes)))

    def variance(counts: tuple[int, ...]) -> float:
        return sum(
            (size * deviation) ** 2 / count for size, deviation, count in zip(sizes, deviations, counts, strict=True)
        )

    ways = product(*(range(floor, size + 1) for floor, size in zip(floors, sizes, strict=True)))
    best = min(variance(counts) for counts in ways if sum(counts) == n)
    found = tuple(allocation(sizes, open_, n, least))
    assert sum(found) == n
    assert all(floor <= count <= size for floor, count, size in zip(floors, found, sizes, strict=True))
    assert variance(found) == pytest.approx(best)


def test_more_is_drawn_where_the_judge_is_unsure() -> None:
    values: list[float | None] = [*([0.0] * 200), *([45.0] * 40), *([55.0] * 40), *([100.0] * 200), *([None] * 20)]
    drawn = Counter(one.stratum for one in draw(made({"a": values}), 60, 50.0, 0).drawn)
    # By Neyman's formula: 18.5, 9.2, 9.2, 18.5 and 4.6 of 60.
    assert drawn == {"a: below 30": 18, "a: 30 to below 50": 9, "a: 50 to 70": 9, "a: above 70": 19, "a: no rating": 5}


def test_bands_follow_the_threshold_and_stay_within_the_scale() -> None:
    assert edges(50) == (30, 70)
    assert edges(30) == (15, 50)
    assert edges(90) == (70, 95)
    assert edges(0) == (0, 20)
    strata = {one.stratum for one in draw(made({"a": [5.0, 20.0, 40.0, 60.0] * 3}), 12, 30.0, 0).drawn}
    assert strata == {"a: below 15", "a: 15 to below 30", "a: 30 to 50", "a: above 50"}


def test_bands_are_joined_where_there_are_too_few() -> None:
    given_ = made({arm: [None, 0.0, 45.0, 60.0, 99.0] * 8 for arm in "ab"})
    assert len({one.stratum for one in draw(given_, 20, 50.0, 0).drawn}) == 10
    assert {one.stratum for one in draw(given_, 19, 50.0, 0).drawn} == {
        f"{arm}: {band}" for arm in "ab" for band in ("no rating", "30 to 70", "below 30 or above 70")
    }
    assert {one.stratum for one in draw(given_, 11, 50.0, 0).drawn} == {"a: all", "b: all"}
    assert {one.weight for one in draw(candidates(), 2, 50.0, 0).drawn} == {100.0}


@pytest.mark.parametrize("seed", range(10))
def test_a_stratum_is_spread_over_checkpoints_and_questions(seed: int) -> None:
    whole = [replace(one, judged=100.0) for one in candidates(("a",), seeds=3, questions=30, samples=4)]
    drawn = draw(whole, 15, 50.0, seed).drawn
    assert set(Counter(one.checkpoint for one in drawn).values()) == {5}
    assert len({one.cluster for one in drawn}) >= 13
