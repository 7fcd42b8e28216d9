"""How far apart two distributions are of which only the likeliest outcomes are known."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TypeVar

Outcome = TypeVar("Outcome", bound=Hashable)


def total_variation(first: Mapping[Outcome, float], second: Mapping[Outcome, float]) -> float:
    """The total variation distance (0 to 1: the share of one that must be moved to make the other), or what of it is
    certain: each of the two holds the probabilities of its likeliest outcomes, one at least, and no outcome that it
    leaves out is likelier than those. It is symmetric, and 0 for equal lists."""
    return min(1.0, max(_excess(first, second), _excess(second, first)))


def _excess(first: Mapping[Outcome, float], second: Mapping[Outcome, float]) -> float:
    """How much more the first gives to its listed outcomes than the second does, at least."""
    most = min(second.values())
    return sum(max(0.0, share - second.get(outcome, most)) for outcome, share in first.items())


def coarse_variation(first: Mapping[Outcome, float], second: Mapping[Outcome, float]) -> float:
    """The total variation distance (0 to 1) of two distributions of which the probabilities of the same outcomes are
    known, all others being one outcome more."""
    pairs = [(share, second[outcome]) for outcome, share in first.items()]
    rest = sum(one - other for one, other in pairs)
    return min(1.0, (sum(abs(one - other) for one, other in pairs) + abs(rest)) / 2)
