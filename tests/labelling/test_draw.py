"""The draw: its weights and probabilities by brute force, what it spreads over, and that rates come out right."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import product
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inoc_evals.errors import InputError
from inoc_evals.labelling.draw import allocation, draw, edges, equal_parts
from inoc_evals.labelling.proportional import systematic
from inoc_evals.results.label import Candidate, Position
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


@given(ARMS, st.integers(1, 60), st.integers(0, 5))
def test_weights_add_up_to_all_and_to_each_arm(arms: dict[str, list[float | None]], n: int, seed: int) -> None:
    given_ = made(arms)
    if n < len(arms):
        with pytest.raises(InputError, match=f"-n {n} is fewer"):
            draw(given_, n, 50.0, seed)
        return
    drawn = draw(given_, n, 50.0, seed)
    assert len(drawn) == min(n, len(given_)) == len({one.response for one in drawn})
    for arm, values in arms.items():
        assert sum(one.weight for one in drawn if one.arm == arm) == pytest.approx(len(values))
    # Of a stratum all have one weight, and what it stands for is counted by hand where the bands are those.
    by_stratum: dict[str, set[float]] = {}
    for one in drawn:
        by_stratum.setdefault(one.stratum, set()).add(one.weight)
    assert all(len(weights) == 1 for weights in by_stratum.values())
    sizes = Counter(f"{one.arm}: {band(one.judged)}" for one in given_)
    if by_stratum.keys() == sizes.keys():
        counts = Counter(one.stratum for one in drawn)
        assert {name: counts[name] * next(iter(weights)) for name, weights in by_stratum.items()} == pytest.approx(
            sizes
        )


@given(ARMS, st.integers(3, 60), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_is_nothing(arms: dict[str, list[float | None]], n: int, random: Random) -> None:
    given_ = made(arms)
    shuffled = list(given_)
    random.shuffle(shuffled)
    assert draw(given_, n, 50.0, 1) == draw(shuffled, n, 50.0, 1)


def test_another_seed_draws_others() -> None:
    given_ = candidates()
    assert draw(given_, 20, 50.0, 0) != draw(given_, 20, 50.0, 1)


def test_every_response_is_drawn_as_often_as_its_weight_says() -> None:
    given_ = candidates(questions=6, samples=3)
    seen: Counter[str] = Counter()
    expected: dict[str, float] = {}
    runs = 1500
    for seed in range(runs):
        for one in draw(given_, 30, 50.0, seed):
            seen[one.response] += 1
            expected[one.response] = 1 / one.weight
    assert expected.keys() == {one.response for one in given_}
    for response, probability in expected.items():
        error = (probability * (1 - probability) / runs) ** 0.5
        assert abs(seen[response] / runs - probability) < 4.5 * error + 1e-9


@given(st.integers(1, 40), st.data())
def test_even_steps_from_each_start_draw_so_many_and_all_alike(size: int, data: st.DataObject) -> None:
    """All starts at once: their samples together hold every unit `count` times."""
    count = data.draw(st.integers(1, size))
    units = made({"a": [0.0] * size})

    class Start(Random):
        def __init__(self, start: int) -> None:
            super().__init__(0)
            self.start = start

        def randrange(self, *_: int) -> int:  # type: ignore[override]
            return self.start

    samples = [systematic(units, count, Start(start)) for start in range(size)]
    assert {len(sample) for sample in samples} == {count}
    assert set(Counter(one.response for sample in samples for one in sample).values()) == {count}


def test_the_weighted_mean_is_right_on_average_and_the_plain_one_is_not() -> None:
    random = Random(4)
    given_ = candidates(random=random)
    # What people would say goes with the judge, but errs most near the threshold.
    truth = {
        one.response: float(
            random.random()
            < (0.5 if one.judged is None else 0.9 if one.judged < 30 else 0.5 if one.judged < 70 else 0.05)
        )
        for one in given_
    }
    mean = sum(truth.values()) / len(truth)
    weighted, plain = [], []
    for seed in range(600):
        drawn = draw(given_, 40, 50.0, seed)
        weighted.append(sum(one.weight * truth[one.response] for one in drawn) / len(given_))
        plain.append(sum(truth[one.response] for one in drawn) / len(drawn))
    spread = (sum((each - mean) ** 2 for each in weighted) / len(weighted)) ** 0.5
    assert sum(weighted) / len(weighted) == pytest.approx(mean, abs=4 * spread / len(weighted) ** 0.5)
    assert abs(sum(plain) / len(plain) - mean) > 0.01


def test_arms_get_equal_parts_and_what_a_small_one_leaves_goes_to_others() -> None:
    given_ = [*candidates(("a", "b"), questions=20), *candidates(("tiny",), seeds=1, questions=2, samples=2)]
    counts = Counter(one.arm for one in draw(given_, 50, 50.0, 0))
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
    floors = [min(least, size) for size in sizes]
    n = data.draw(st.integers(sum(floors), sum(sizes)))

    def variance(counts: tuple[int, ...]) -> float:
        return sum(
            (size * deviation) ** 2 / count for size, deviation, count in zip(sizes, deviations, counts, strict=True)
        )

    ways = product(*(range(floor, size + 1) for floor, size in zip(floors, sizes, strict=True)))
    best = min(variance(counts) for counts in ways if sum(counts) == n)
    found = tuple(allocation(sizes, deviations, n, least))
    assert sum(found) == n
    assert all(floor <= count <= size for floor, count, size in zip(floors, found, sizes, strict=True))
    assert variance(found) == pytest.approx(best)


def test_more_is_drawn_where_the_judge_is_unsure() -> None:
    values: list[float | None] = [*([0.0] * 200), *([45.0] * 40), *([55.0] * 40), *([100.0] * 200), *([None] * 20)]
    drawn = Counter(one.stratum for one in draw(made({"a": values}), 60, 50.0, 0))
    # By Neyman's formula: 18.5, 9.2, 9.2, 18.5 and 4.6 of 60.
    assert drawn == {"a: below 30": 18, "a: 30 to below 50": 9, "a: 50 to 70": 9, "a: above 70": 19, "a: no rating": 5}


def test_bands_follow_the_threshold_and_stay_within_the_scale() -> None:
    assert edges(50) == (30, 70)
    assert edges(30) == (15, 50)
    assert edges(90) == (70, 95)
    assert edges(0) == (0, 20)
    strata = {one.stratum for one in draw(made({"a": [5.0, 20.0, 40.0, 60.0] * 3}), 12, 30.0, 0)}
    assert strata == {"a: below 15", "a: 15 to below 30", "a: 30 to 50", "a: above 50"}


def test_bands_are_joined_where_there_are_too_few() -> None:
    given_ = made({arm: [None, 0.0, 45.0, 60.0, 99.0] * 8 for arm in "ab"})
    assert len({one.stratum for one in draw(given_, 20, 50.0, 0)}) == 10
    assert {one.stratum for one in draw(given_, 19, 50.0, 0)} == {
        f"{arm}: {band}" for arm in "ab" for band in ("no rating", "30 to 70", "below 30 or above 70")
    }
    assert {one.stratum for one in draw(given_, 11, 50.0, 0)} == {"a: all", "b: all"}
    assert {one.weight for one in draw(given_, 2, 50.0, 0)} == {40.0}


@pytest.mark.parametrize("seed", range(10))
def test_a_stratum_is_spread_over_checkpoints_and_questions(seed: int) -> None:
    whole = [replace(one, judged=100.0) for one in candidates(("a",), seeds=3, questions=30, samples=4)]
    drawn = draw(whole, 15, 50.0, seed)
    assert set(Counter(one.checkpoint for one in drawn).values()) == {5}
    assert len({one.cluster for one in drawn}) >= 13
