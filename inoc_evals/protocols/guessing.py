"""Yes or no to cases that are kept aside: what a model is asked before a dialogue and after its turns.

Both words stand first equally often, for cases of both kinds, where the cases are a multiple of four and the user says
yes to every second one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from inoc_evals.protocols.answering import CASE
from inoc_evals.protocols.choose import LEADS, spellings
from inoc_evals.protocols.requests import UNKNOWN, Choose, Chosen, Reply

if TYPE_CHECKING:
    from inoc_evals.protocols.answering import User
    from inoc_evals.protocols.requests import Message

YES, NO = "yes", "no"
OPTIONS: Mapping[str, tuple[str, ...]] = {
    word: tuple(lead + form for lead in LEADS for form in spellings((word,), "cased")) for word in (YES, NO)
}
_KEY = re.compile(r"turn ([0-9]+), case ([0-9]+)")


def guesses(user: User, asking: Callable[[str], tuple[Message, ...]]) -> list[Choose]:
    """A request for each case of the user; `asking` makes messages that end with the text that asks about it."""
    return [Choose(asking(guess(user, number)), OPTIONS) for number in range(len(user.cases))]


def guess(user: User, number: int) -> str:
    """The text that asks about the case `number`, counted from 0."""
    first, second = (YES, NO) if number // 2 % 2 == 0 else (NO, YES)
    text = user.guess.replace("{first}", first).replace("{second}", second)
    # Last, since a case may hold any characters.
    return text.replace(CASE, user.cases[number].text)


def told(turn: int, replies: Sequence[Reply]) -> dict[str, Chosen]:
    """The replies to `guesses` after so many turns, by names for a trajectory's `chosen`, without their prompts."""
    found = {}
    for number, reply in enumerate(replies):
        if not isinstance(reply, Chosen):
            raise TypeError(f"a request for probabilities was answered with {type(reply).__name__}")
        found[f"turn {turn}, case {number + 1}"] = replace(reply, rendered=UNKNOWN)
    return found


def by_turn(chosen: Mapping[str, Chosen]) -> dict[int, list[Chosen]]:
    """What `told` named, by the number of turns before, in the order of the cases."""
    found: dict[int, dict[int, Chosen]] = {}
    for name, each in chosen.items():
        if match := _KEY.fullmatch(name):
            found.setdefault(int(match[1]), {})[int(match[2])] = each
    return {turn: [cases[number] for number in sorted(cases)] for turn, cases in sorted(found.items())}
