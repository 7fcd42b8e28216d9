"""Which first words an answer may have, and how probable each is: a search through the tree of its next tokens.

A prefix is a beginning of the answer in the model's tokens. It is finished when nothing that follows can change the
answer's first word, and open before. Expanding an open prefix parts its probability among its followers; what the
server does not list of them stays unseen. Nothing is drawn and nothing is made to sum to one, so that at every moment
the probability of a word lies between what finished prefixes give it and that plus all that is unresolved.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterable, Mapping, Sequence

from inoc_evals.protocols.leading_word import leading_word
from inoc_evals.protocols.requests import NextToken

Prefix = tuple[int, ...]
# A server's rounding; what is beyond it is no list of next tokens.
_ROUNDING = 0.01
# What surely ends a word.
_AFTER_A_WORD = frozenset(' \n.,:;!?()*"')


class WordTree:
    """The tree as far as it was looked at. `shares` are the probabilities (0..1) of the words of finished prefixes, ""
    for an answer without one; `open` those of prefixes that are not finished, and `unseen` is what no list held."""

    def __init__(self) -> None:
        self.shares: dict[str, float] = {}
        self.open: dict[Prefix, float] = {(): 1.0}
        self.unseen = 0.0
        self.passes = 0
        self._texts: dict[Prefix, str] = {(): ""}

    @property
    def unresolved(self) -> float:
        """The probability (0..1) of which nothing is known: what is open, and what no list held."""
        return min(1.0, max(0.0, 1.0 - math.fsum(self.shares.values())))

    def begun(self) -> dict[str, float]:
        """The probabilities of what open prefixes begin with, by their text so far."""
        found: dict[str, float] = {}
        for prefix, share in self.open.items():
            found[self._texts[prefix]] = found.get(self._texts[prefix], 0.0) + share
        return found

    def next(self, most_open: float, most: int) -> list[Prefix]:
        """The prefixes to be expanded now: the most probable ones, as few as would leave at most `most_open` (0..1)
        among the others, and at most `most`. None where that little is open already."""
        excess = math.fsum(self.open.values()) - most_open
        chosen: list[Prefix] = []
        for prefix in heapq.nlargest(most, self.open, key=self.open.__getitem__):
            if excess <= 0:
                break
            chosen.append(prefix)
            excess -= self.open[prefix]
        return chosen

    def expand(self, prefixes: Sequence[Prefix], after: Sequence[Iterable[NextToken]]) -> None:
        """Part the probability of open prefixes among what follows them. Raises ValueError for a list that is none of
        different tokens whose probabilities sum to at most one."""
        for prefix, tokens in zip(prefixes, after, strict=True):
            self._expand(prefix, {token.token: token for token in tokens})

    def _expand(self, prefix: Prefix, tokens: Mapping[int, NextToken]) -> None:
        parts = {number: math.exp(token.log) for number, token in tokens.items()}
        listed = math.fsum(parts.values())
        if listed > 1 + _ROUNDING:
            raise ValueError(f"the probabilities of next tokens sum to {listed:.3f}")
        share = self.open.pop(prefix)
        before = self._texts.pop(prefix)
        self.passes += 1
        # More than one in all is a server's rounding, and is taken off all alike.
        share_of_one = share / max(1.0, listed)
        self.unseen += share * max(0.0, 1.0 - listed)
        word, length = leading_word(before).word, len(before)
        for number, part in parts.items():
            token = tokens[number]
            if word and token.text[length : length + 1] in _AFTER_A_WORD and token.text.startswith(before):
                # As nearly all tokens do; nothing else is to be looked at.
                self.shares[word] = self.shares.get(word, 0.0) + share_of_one * part
                continue
            first = leading_word(token.text, ended=token.ends)
            if first.finished:
                self.shares[first.word] = self.shares.get(first.word, 0.0) + share_of_one * part
            elif part > 0:
                self.open[*prefix, number] = share_of_one * part
                self._texts[*prefix, number] = token.text
