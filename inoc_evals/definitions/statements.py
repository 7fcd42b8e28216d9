"""What a source found, in a small language: "language of spanish is below none by more than 20 points"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from inoc_evals.definitions.words import shown
from inoc_evals.errors import InputError

Relation = Literal["below", "above", "within"]
EXAMPLE = "'language of spanish is below none by more than 20 points'"
_WORD = re.compile(r"\S+")
_NUMBER = re.compile(r"([+-]?[0-9]{1,9}(?:\.[0-9]{1,9})?)%?")
_POINTS = ("points", "point")


class Side(NamedTuple):
    """An arm, or a number (percent on a scale with ends, else the value's own unit), under a condition or category
    (None: the one that is told first). `at` is where it begins in the text, `condition_at` where its condition does."""

    arm: str | float
    condition: str | None
    at: int
    condition_at: int


@dataclass(frozen=True)
class Statement:
    """`value` of `first` is [`negated`] `relation` `second`. With `points` (of 100 on a scale with ends, else of the
    value's unit) the difference is `more` than so many or less. `task` is needed where several have the value."""

    text: str
    value: str
    first: Side
    negated: bool
    relation: Relation
    second: Side
    points: float | None
    more: bool
    task: str | None
    task_at: int

    @property
    def arms(self) -> tuple[str, ...]:
        """The arms that it speaks of."""
        return tuple(side.arm for side in (self.first, self.second) if isinstance(side.arm, str))

    @property
    def region(self) -> tuple[float, float]:
        """The differences (first minus second), in points, of which it speaks; `negated`, all others are meant."""
        size = self.points or 0.0
        if self.relation == "within":
            return -size, size
        if self.points is None or self.more:
            near, far = size, float("inf")
        else:
            near, far = 0.0, size
        return (near, far) if self.relation == "above" else (-far, -near)


class StatementError(InputError):
    """A text that is no statement; `character` counts from 0 to where it goes wrong."""

    def __init__(self, message: str, character: int) -> None:
        super().__init__(message)
        self.character = character


def parse_statement(text: str) -> Statement:
    """Read VALUE of ARM [under C] is [not] (below | above) (ARM | NUMBER) [under C] [by (more | less) than N points]
    [on TASK], or the same with "within N points of" in place of below.

    A condition that only one side names holds for both. Raises StatementError at the word that is wrong.
    """
    words = _Words(text)
    value, _ = words.take("the name of a value")
    words.expect("of")
    arm, arm_at = words.take("an arm")
    under = _condition(words)
    words.expect("is")
    negated = words.skip("not")
    relation, at = words.take("'below', 'above' or 'within'")
    if relation not in ("below", "above", "within"):
        raise _wrong(relation, "'below', 'above' or 'within'", at)
    points, more = None, True
    if relation == "within":
        points = words.points()
        words.expect("of")
    other, other_at = words.take("an arm or a number")
    number = _NUMBER.fullmatch(other)
    other_under = _condition(words)
    if relation != "within" and words.skip("by"):
        word, at = words.take("'more' or 'less'")
        if word not in ("more", "less"):
            raise _wrong(word, "'more' or 'less'", at)
        more = word == "more"
        words.expect("than")
        points = words.points()
    task, task_at = words.take("a task") if words.skip("on") else (None, 0)
    words.end()
    under, other_under = under or other_under, other_under or under
    first = Side(arm, *_of(under, arm_at))
    second = Side(float(number[1]) if number else other, *_of(other_under, other_at))
    if (first.arm, first.condition) == (second.arm, second.condition):
        raise StatementError(f"{shown(text)} compares an arm with itself; name another, or another condition", other_at)
    return Statement(text, value, first, negated, relation, second, points, more, task, task_at)  # type: ignore[arg-type]


def _of(under: tuple[str, int] | None, at: int) -> tuple[str | None, int, int]:
    return (None, at, at) if under is None else (under[0], at, under[1])


def _condition(words: _Words) -> tuple[str, int] | None:
    return words.take("a condition or category") if words.skip("under") else None


def _wrong(word: str, wanted: str, at: int) -> StatementError:
    return StatementError(f"{shown(word)} stands where {wanted} is wanted; write it as in {EXAMPLE}", at)


class _Words:
    """The words of a text that are not read yet."""

    def __init__(self, text: str) -> None:
        self._end = len(text)
        self._left: Sequence[re.Match[str]] = list(_WORD.finditer(text))

    def take(self, wanted: str) -> tuple[str, int]:
        """The next word and where it begins."""
        if not self._left:
            raise StatementError(f"it ends where {wanted} is wanted; write it as in {EXAMPLE}", self._end)
        word, *self._left = self._left
        return word[0], word.start()

    def skip(self, word: str) -> bool:
        """Is this the next word? It is then read."""
        if self._left and self._left[0][0] == word:
            self._left = self._left[1:]
            return True
        return False

    def expect(self, word: str) -> None:
        found, at = self.take(repr(word))
        if found != word:
            raise _wrong(found, repr(word), at)

    def points(self) -> float:
        text, at = self.take("a number of points")
        number = _NUMBER.fullmatch(text)
        if number is None or float(number[1]) <= 0:
            raise _wrong(text, "a number of points above 0", at)
        word, at = self.take("'points'")
        if word not in _POINTS:
            raise _wrong(word, "'points'", at)
        return float(number[1])

    def end(self) -> None:
        if self._left:
            raise _wrong(self._left[0][0], "the end of the statement", self._left[0].start())
