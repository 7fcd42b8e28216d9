"""Samples of a fixed size in which units have unequal probabilities, each known exactly.

Probabilities are in proportion to sizes, and those that would be 1 or more are 1, with what is left in proportion among
the others (Särndal, Swensson and Wretman, Model Assisted Survey Sampling, 1992, 3.6). The others are drawn
systematically, by even steps along their sizes laid end to end (Madow, Annals of Mathematical Statistics 20, 1949,
333-354; Hartley and Rao, Annals of Mathematical Statistics 33, 1962, 350-374, for units in a random order).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from itertools import accumulate
from random import Random


def probabilities(sizes: Sequence[int], count: int) -> list[Fraction]:
    """With which probability each unit is drawn among `count`: above 0, 1 at most, and `count` together. Sizes are 1 at
    least, `count` no more than there are units."""
    found = [Fraction(1)] * len(sizes)
    others = list(range(len(sizes)))
    while others:
        left, whole = count - len(sizes) + len(others), sum(sizes[place] for place in others)
        below = [place for place in others if sizes[place] * left < whole]
        if len(below) == len(others):
            for place in others:
                found[place] = Fraction(sizes[place] * left, whole)
            return found
        others = below
    return found


def sample(sizes: Sequence[int], count: int, random: Random) -> dict[int, Fraction]:
    """The places of `count` units, each with the probability with which it was drawn, see `probabilities`."""
    known = probabilities(sizes, count)
    drawn = [place for place, chance in enumerate(known) if chance == 1]
    if left := count - len(drawn):
        others = [place for place, chance in enumerate(known) if chance < 1]
        drawn += [others[place] for place in _systematic([sizes[place] for place in others], left, random)]
    return {place: known[place] for place in drawn}


def _systematic(sizes: Sequence[int], count: int, random: Random) -> list[int]:
    """The places of those units in which one of `count` even steps from a random start ends, along their sizes laid end
    to end. None is larger than a step."""
    unit = math.gcd(*sizes)
    own = [size // unit for size in sizes]
    whole = sum(own)
    start = random.randrange(whole)
    begins = accumulate(own, initial=0)
    return [
        place
        for place, (size, begin) in enumerate(zip(own, begins, strict=False))
        if (begin * count + start) % whole >= whole - size * count
    ]
