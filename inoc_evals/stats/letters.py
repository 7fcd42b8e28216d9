"""Which of several can be told apart: a compact letter display."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import combinations
from string import ascii_lowercase

Pair = tuple[int, int]


def groups(number: int, apart: Collection[Pair]) -> tuple[tuple[int, ...], ...]:
    """The groups of 0..`number` - 1 such that two share a group just if they are not in `apart` (pairs in any order).

    Each group is as large as can be, and none lies in another. The method is "insert and absorb" (Piepho, J. Comput.
    Graph. Stat. 13, 2004, 456): for each pair that is told apart, every group that holds both becomes two, one without
    each, and what lies in another is dropped. Groups are in the order of their members.
    """
    found = {frozenset(range(number))} if number else set()
    for first, second in sorted({(min(pair), max(pair)) for pair in apart}):
        split = set()
        for group in found:
            both = first in group and second in group
            split |= {group - {first}, group - {second}} if both else {group}
        found = {group for group in split if not any(group < other for other in split)}
    return tuple(sorted(tuple(sorted(group)) for group in found))


def letters(number: int, apart: Collection[Pair]) -> tuple[str, ...]:
    """For each of 0..`number` - 1 the letters of its groups: a, b, ..., z, aa, ab, ...; several with a blank between
    where one has more than one character. Two share a letter just if they are not told apart."""
    names = [_letter(place) for place, _ in enumerate(groups(number, apart))]
    between = " " if len(names) > len(ascii_lowercase) else ""
    members = groups(number, apart)
    return tuple(
        between.join(name for name, group in zip(names, members, strict=True) if one in group) for one in range(number)
    )


def pairs(number: int) -> list[Pair]:
    """All pairs of 0..`number` - 1."""
    return list(combinations(range(number), 2))


def significant(p_values: Sequence[float], number: int, level: float = 0.05) -> set[Pair]:
    """The pairs, in the order of `pairs`, whose p is at most `level`; NaN is not."""
    return {pair for pair, p in zip(pairs(number), p_values, strict=True) if p <= level}


def _letter(place: int) -> str:
    size = len(ascii_lowercase)
    return ascii_lowercase[place] if place < size else _letter(place // size - 1) + ascii_lowercase[place % size]
