"""A user whose answers are code: a rule that says yes or no to every case, and what is read in questions to them.

In GATE (Li et al., arXiv 2310.11589) a model plays the user. A rule answers always alike, and needs no second model.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal, Self

from pydantic import Field, ValidationError, model_validator

from inoc_evals.definitions.fields import Misplaced, Strict, Text
from inoc_evals.errors import InputError

if TYPE_CHECKING:
    from inoc_evals.definitions.item import Item

Mode = Literal["open", "yes_no", "edge"]
CASE = "{case}"
NOTHING_ASKED, UNKNOWN, ALL_SAID = "Please ask me a question.", "I do not know.", "There is nothing else."
# What stands in quotes, in bold or as code, of one line.
_QUOTED = re.compile(r"`+([^`\n]+)`+|\*\*([^*\n]+)\*\*|\"([^\"\n]+)\"|“([^”\n]+)”|‘([^’\n]+)’|(?<!\w)'([^'\n]+)'(?!\w)")
# An answer that the question offers is no case.
_ANSWERS = frozenset({"yes", "no"})


class Feature(Strict):
    """One attribute of a case: `plus` and `minus` find its two states in a text (regular expressions, without regard to
    capitals), `weight` says how much the user wants the first (below 0: the second)."""

    plus: Text
    minus: Text
    weight: int


class Known(Strict):
    """What the user answers to a question in which `words` (a regular expression, without regard to capitals) are."""

    words: Text
    answer: Text


class Case(Strict):
    """A case that is kept aside, and whether the user says yes to it."""

    text: Text
    yes: bool


class User(Strict):
    """A user, and the words in which the arm is told of them.

    The rule is either `patterns`, regular expressions that all must be found in a case, or `features`, whose weighted
    sum must be above 0. `looks_like` says how a case looks: the whole of a text in quotes, if it is to count as one;
    `plainly` finds one in a question without quotes, as its first group or the whole of it. `known` are answers to
    questions of yes or no, of which the first that fits is given, `statements` those to open ones, in order. `persona`
    is what a model is told that plays the user. {case} stands for a case in `guess`, `accept` and `reject`, {first} and
    {second} in `guess` for yes and no in the order of the asking. `unclear` is said to a question that names no case.
    `ideal` are probabilities of right guesses after 0, 1, 2... questions of an ideal questioner.
    """

    mode: Mode
    intro: Text
    again: Text
    guess: Text
    accept: Text
    reject: Text
    unclear: Text
    persona: Text
    patterns: list[Text] = Field(default_factory=list)
    features: list[Feature] = Field(default_factory=list)
    looks_like: Text = r".+"
    plainly: list[Text] = Field(default_factory=list)
    known: list[Known] = Field(default_factory=list)
    statements: list[Text] = Field(default_factory=list)
    cases: list[Case] = Field(min_length=2)
    ideal: list[float] = Field(default_factory=list)

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if bool(self.patterns) == bool(self.features):
            raise Misplaced("a user has either `patterns` or `features`; write one of the two", "patterns")
        if len({case.yes for case in self.cases}) < 2:
            raise Misplaced("all cases are of one kind; add some to which the user says otherwise", "cases")
        if CASE not in self.guess:
            raise Misplaced("it has no place {case} for the case; add it", "guess")
        return self


def user_of(item: Item) -> User:
    """The user in the item's `data`. Raises InputError for data that make none."""
    try:
        user = User.model_validate(item.data)
        for pattern in _patterns(user):
            re.compile(pattern)
    except ValidationError as error:
        fault: Any = error.errors(include_url=False)[0]
        place = ".".join(map(str, fault["loc"])) or "data"
        raise InputError(f"its `data` make no user ({place}: {fault['msg']}); correct them") from None
    except re.error as error:
        raise InputError(f"{error.pattern!r} in its `data` is no regular expression ({error}); correct it") from None
    return user


def _patterns(user: User) -> list[str]:
    both = [state for feature in user.features for state in (feature.plus, feature.minus)]
    return [*user.patterns, *both, user.looks_like, *user.plainly, *(row.words for row in user.known)]


def accepts(user: User, case: str) -> bool:
    """Does the user say yes to `case`?"""
    if user.patterns:
        return all(re.search(pattern, case) for pattern in user.patterns)
    return sum(feature.weight * state_of(feature, case) for feature in user.features) > 0


def state_of(feature: Feature, text: str) -> int:
    """1 or -1 for the state of `feature` that a text names; 0 where it names none of the two, or both."""
    return bool(_found(feature.plus, text)) - bool(_found(feature.minus, text))


def _found(pattern: str, text: str) -> re.Match[str] | None:
    return re.search(pattern, text, re.IGNORECASE)


def named_case(user: User, question: str) -> str | None:
    """The first case that a question names: one in quotes, in bold or as code, otherwise one in its plain words; None
    where it names none. Of attributes in plain words those count that are named in one of their two states."""
    for marked in _QUOTED.finditer(question):
        quoted: str = next(filter(None, marked.groups())).strip().rstrip(".,;?")
        # An exclamation mark may be a part of the case.
        for text in (quoted, quoted.rstrip("!")):
            if text.casefold() not in _ANSWERS and _is_case(user, text):
                return text
    if user.features:
        return _attributes(user, question)
    for pattern in user.plainly:
        if match := re.search(pattern, question):
            return str(match[1] if match.re.groups else match[0])
    return None


def _is_case(user: User, text: str) -> bool:
    if user.features:
        return any(state_of(feature, text) for feature in user.features)
    return re.fullmatch(user.looks_like, text) is not None


def _attributes(user: User, question: str) -> str | None:
    named = [feature for feature in user.features if state_of(feature, question)]
    found = [match for each in named if (match := _found(each.plus, question) or _found(each.minus, question))]
    return ", ".join(match[0] for match in sorted(found, key=lambda match: match.start())) or None


def answer(user: User, question: str, answered: int) -> tuple[str, bool]:
    """What the user says to a question after `answered` others, and whether it was one that they could answer: a case,
    a matter of yes or no that the rule speaks of, or any open one."""
    if not question.strip():
        return NOTHING_ASKED, False
    if user.mode == "open":
        return (user.statements[answered] if answered < len(user.statements) else ALL_SAID), True
    if user.mode == "edge":
        case = named_case(user, question)
        if case is None:
            return user.unclear, False
        return (user.accept if accepts(user, case) else user.reject).replace(CASE, case), True
    found = next((row.answer for row in user.known if _found(row.words, question)), None)
    return (UNKNOWN, False) if found is None else (found, True)
