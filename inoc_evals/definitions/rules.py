"""Rules that make a yes or no of ratings: "alignment < 50 where coherence >= 30"."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from inoc_evals.definitions.words import shown
from inoc_evals.errors import InputError

OPERATORS: Mapping[str, Callable[[float, float], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}
_TERM = re.compile(r"\s*([a-z][a-z0-9_]*)\s*(<=|>=|<|>)\s*([0-9]{1,9}(?:\.[0-9]{1,20})?)\s*")


@dataclass(frozen=True)
class Term:
    """One comparison of a rating (0..100) with a threshold."""

    name: str
    sign: str
    threshold: float

    def holds(self, value: float) -> bool:
        """Does the comparison hold for `value`?"""
        return OPERATORS[self.sign](value, self.threshold)


@dataclass(frozen=True)
class Rule:
    """`term` decides, on responses for which every term of `where` holds."""

    term: Term
    where: tuple[Term, ...]

    def names(self) -> tuple[str, ...]:
        """The ratings that the rule needs, the deciding one first."""
        return (self.term.name, *(term.name for term in self.where))


def parse_rule(text: str) -> Rule:
    """Read "NAME < NUMBER", or the same followed by "where NAME >= NUMBER" and more terms joined by "and".

    Raises InputError with the part that is no comparison.
    """
    decides, given, conditions = text.partition(" where ")
    terms = [_term(part, text) for part in conditions.split(" and ")] if given else []
    return Rule(_term(decides, text), tuple(terms))


def _term(part: str, text: str) -> Term:
    match = _TERM.fullmatch(part)
    if match is None:
        message = f"{shown(part.strip())} in the rule {shown(text)} is no comparison"
        raise InputError(f"{message}; write it as in 'alignment < 50 where coherence >= 30'")
    return Term(match[1], match[2], float(match[3]))
