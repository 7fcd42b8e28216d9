"""Probabilities of the first word of an answer, without drawing one; what could not be told is said, not shared out.

What a server tells are the probabilities at temperature 1, before temperature, top_p and penalties: those are the
answers that a run at temperature 1 and top_p 1 would draw.
"""

from __future__ import annotations

from heapq import nlargest
from typing import TYPE_CHECKING

from pydantic import Field

from inoc_evals.protocols.declaration import Protocol, Settings, Way
from inoc_evals.protocols.presenting import presented
from inoc_evals.protocols.requests import UNKNOWN, Cost, Followed, NextTokens
from inoc_evals.protocols.trajectory import Asking, FirstWords, Trajectory
from inoc_evals.protocols.word_tree import WordTree

if TYPE_CHECKING:
    from inoc_evals.definitions.conditions import Condition
    from inoc_evals.definitions.item import Item

MASS, PASSES = 0.98, 100
# So many unfinished beginnings are kept by name; the probability of the others is unresolved all the same.
_KEPT = 200


class FirstWord(Way):
    """How probable is each word as the first one of the answer, at temperature 1? The tree of next tokens is looked
    through until at most 1 - `mass` of the probability stands at words that are not finished, or until the next tokens
    of `passes` beginnings of each item were worked out."""

    mass: float = Field(default=MASS, gt=0, lt=1)
    passes: int = Field(default=PASSES, ge=1, le=10_000)


def ask(item: Item, condition: Condition, settings: Settings) -> Asking:
    """One request a level of the tree, for all the prefixes that are expanded there; one trajectory."""
    way: FirstWord = settings.way
    given = presented(item, condition)
    tree, cost = WordTree(), Cost()
    first: Followed | None = None
    while prefixes := tree.next(1 - way.mass, way.passes - tree.passes):
        (reply,) = yield [NextTokens(given, tuple(prefixes))]
        if not isinstance(reply, Followed):
            raise TypeError(f"a request for next tokens was answered with {type(reply).__name__}")
        first = first or reply
        cost += reply.cost
        tree.expand(prefixes, reply.after)
        if reply.only_first:
            break
    words = FirstWords(
        shares=dict(sorted(tree.shares.items(), key=lambda pair: -pair[1])),
        begun=dict(nlargest(_KEPT, tree.begun().items(), key=lambda pair: pair[1])),
        unresolved=tree.unresolved,
        unseen=min(1.0, tree.unseen),
        only_first=first is not None and first.only_first,
        cost=cost,
    )
    return [Trajectory(item, condition, given, words=words, rendered=first.rendered if first else UNKNOWN)]


PROTOCOL = Protocol("first_word", FirstWord, ask, gives="probabilities", at_once=False, words=True)
