"""How far two distributions over the same options are apart, and how decided one is."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence


def normalised(weights: Sequence[float]) -> tuple[float, ...]:
    """Shares (0..1) that add up to 1. Raises ValueError for fewer than two weights, one that is below 0 or no finite
    number, and where all are 0."""
    if len(weights) < 2:
        raise ValueError("a distribution needs two options or more")
    if not all(0 <= weight <= sys.float_info.max for weight in weights):
        raise ValueError("a weight is below 0 or no number")
    largest = max(weights)
    if largest == 0:
        raise ValueError("all weights are 0")
    # Divided first, so that the sum of very large or very small ones is a number too.
    scaled = [weight / largest for weight in weights]
    total = math.fsum(scaled)
    return tuple(weight / total for weight in scaled)


def jensen_shannon(one: Sequence[float], other: Sequence[float]) -> float:
    """The Jensen-Shannon distance of two lists of weights over the same options: the square root of the divergence with
    logarithms to base 2 (Endres and Schindelin, IEEE Trans. Inf. Theory 49, 2003, 1858). 0 for equal shares, 1 where no
    option has a share in both. Raises ValueError for lists of unequal length, and as `normalised`."""
    if len(one) != len(other):
        raise ValueError(f"{len(one)} shares cannot be compared with {len(other)}")
    p, q = normalised(one), normalised(other)
    middle = [(a + b) / 2 for a, b in zip(p, q, strict=True)]
    divergence = (_towards(p, middle) + _towards(q, middle)) / 2
    return math.sqrt(min(1.0, max(0.0, divergence)))


def decided(weights: Sequence[float]) -> float:
    """1 less the entropy of the shares over that of an even split: 0 where all options have the same share, 1 where one
    has all. Raises ValueError as `normalised`."""
    shares = normalised(weights)
    entropy = -math.fsum(share * math.log(share) for share in shares if share > 0)
    return min(1.0, max(0.0, 1 - entropy / math.log(len(shares))))


def _towards(shares: Sequence[float], middle: Sequence[float]) -> float:
    """The Kullback-Leibler divergence, in bits, of shares from the middle of theirs and others."""
    return math.fsum(a * math.log2(a / b) for a, b in zip(shares, middle, strict=True) if a > 0)
