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


def systematic(sizes: Sequence[int], count: int, random: Random) -> list[int]:
    """The places of `count` units, each with probability count x size / all sizes, which is 1 at most: those in which
    one of so many even steps from a random start ends, along the sizes laid end to end."""
    unit = math.gcd(*sizes)
    steps = [size // unit for size in sizes]
    whole = sum(steps)
    start = random.randrange(whole)
    begins = accumulate(steps, initial=0)
    return [
        place
        for place, (step, begin) in enumerate(zip(steps, begins, strict=False))
        if (begin * count + start) % whole >= whole - step * count
    ]
