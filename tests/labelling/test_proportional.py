"""Unequal probabilities by brute force: what they are, that samples have them, and that weighted totals are right."""

from __future__ import annotations

from fractions import Fraction
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from inoc_evals.labelling.proportional import probabilities, sample

SIZES = st.lists(st.integers(1, 10**9) | st.integers(1, 6), min_size=1, max_size=40)


class Start(Random):
    """Begins where it is told; `ends` is how many places there are to begin at."""

    def __init__(self, start: int) -> None:
        super().__init__(0)
        self.start, self.ends = start, 1

    def randrange(self, ends: int, *_: int) -> int:  # type: ignore[override]
        self.ends = ends
        return self.start


@given(SIZES, st.data())
def test_probabilities_follow_sizes_up_to_1_and_add_up_to_the_count(sizes: list[int], data: st.DataObject) -> None:
    count = data.draw(st.integers(1, len(sizes)))
    found = probabilities(sizes, count)
    assert sum(found) == count
    assert all(0 < each <= 1 for each in found)
    # One factor for all that are not certain, by which no certain one would have less than 1.
    factors = {each / size for each, size in zip(found, sizes, strict=True) if each < 1}
    assert len(factors) <= 1
    for factor in factors:
        assert all(size * factor >= 1 for each, size in zip(found, sizes, strict=True) if each == 1)
    for seed in range(3):
        drawn = sample(sizes, count, Random(seed))
        assert len(drawn) == count
        assert all(found[place] == each for place, each in drawn.items())


@given(st.lists(st.tuples(st.integers(1, 6), st.integers(-5, 5)), min_size=1, max_size=8), st.data())
def test_of_all_samples_so_many_hold_a_unit_and_their_weighted_totals_are_right_on_average(
    units: list[tuple[int, int]], data: st.DataObject
) -> None:
    """Every start is as likely as any other, so that all of them at once are the distribution."""
    sizes, values = zip(*units, strict=True)
    count = data.draw(st.integers(1, len(sizes)))
    first = Start(0)
    samples = [sample(sizes, count, first)]
    samples += [sample(sizes, count, Start(start)) for start in range(1, first.ends)]
    for place, probability in enumerate(probabilities(sizes, count)):
        assert Fraction(sum(place in each for each in samples), len(samples)) == probability
    totals = [sum((values[place] / each[place] for place in each), Fraction(0)) for each in samples]
    assert sum(totals) / len(totals) == sum(values)


def test_probabilities_by_hand() -> None:
    # A third of 12 is 4: the 6 is certain, and half of the other 6 is 3, which is all of that one again.
    assert probabilities([1, 2, 3, 6], 3) == [Fraction(1, 3), Fraction(2, 3), 1, 1]
    assert probabilities([5, 5, 5, 5], 2) == [Fraction(1, 2)] * 4
    assert probabilities([1, 10**9], 2) == [1, 1]
