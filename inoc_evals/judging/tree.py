"""The exact distribution of a judge's answer: every allowed answer is a path of tokens, scored to its end.

Where digits are separate tokens, the first token of "85" says 8. So the numbers 0 to 100 and the words of the
instrument form a prefix tree; each inner node costs one forward pass over a prompt that the server has cached.
"""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from inoc_evals.judging.distribution import HIGHEST, Distribution

Path = tuple[int, ...]
# (prefixes, wanted next tokens of each) -> log probabilities by token, in the same order.
Score = Callable[[Sequence[Path], Sequence[Sequence[int]]], Awaitable[Sequence[Mapping[int, float]]]]
# Leading spaces are another way to say the same.
LEADS = ("", " ", "\n")
# Share of the answers' mass that may be left unscored, which moves a rating by at most 1e-3 of its 100 points.
TOLERANCE = 1e-5


@dataclass(frozen=True)
class AnswerTree:
    """Token paths of the answers. `digits` are the tokens of single digits, which prolong a number.

    `whole` says that every number is a single token: then nothing prolongs it but another way of spelling.
    """

    paths: Mapping[Path, int | str]
    digits: frozenset[int]
    whole: bool

    def wanted(self, prefix: Path) -> tuple[int, ...]:
        """Next tokens whose probability decides something after `prefix`; empty at an end that needs no look."""
        depth = len(prefix)
        tokens = {path[depth] for path in self.paths if len(path) > depth and path[:depth] == prefix}
        if self.checks(prefix):
            tokens |= self.digits
        return tuple(sorted(tokens))

    def checks(self, prefix: Path) -> bool:
        """Does the number at `prefix` stop being that number if a digit follows?"""
        return isinstance(self.paths.get(prefix), int) and not self.whole


def answer_texts(words: Sequence[str], numbers: bool) -> dict[str, int | str]:
    """Every text that is an answer -> the number or word that it says."""
    texts: dict[str, int | str] = {}
    for lead in LEADS:
        if numbers:
            texts |= {f"{lead}{number}": number for number in range(HIGHEST + 1)}
        for word in words:
            texts |= {f"{lead}{form}": word for form in (word, word.capitalize(), word.lower())}
    return texts


def build_tree(tokens: Mapping[str, Path], meanings: Mapping[str, int | str]) -> AnswerTree:
    """The tree of `tokens` (text -> its tokens in the judge's reply), whose `meanings` are numbers or words.

    Raises ValueError where a text has no tokens, or two answers have the same: then no reply says which is meant.
    """
    paths: dict[Path, int | str] = {}
    for text, meaning in meanings.items():
        path = tokens.get(text)
        if not path:
            raise ValueError(f"the tokenizer has no tokens for {text!r}")
        if paths.setdefault(path, meaning) != meaning:
            raise ValueError(f"the tokenizer has the same tokens for {paths[path]!r} and {text!r}")
    numbers = [path for path, meaning in paths.items() if isinstance(meaning, int)]
    digits = frozenset(tokens[str(digit)][-1] for digit in range(10) if str(digit) in tokens)
    plain = [tokens[str(number)] for number in range(HIGHEST + 1) if str(number) in tokens]
    # A common first token, such as a sentencepiece's blank, does not make a number longer.
    shared = 0
    while plain and min(map(len, plain)) > shared + 1 and len({path[shared] for path in plain}) == 1:
        shared += 1
    whole = bool(numbers) and all(len(path) == shared + 1 for path in plain)
    return AnswerTree(paths, digits, whole)


async def read_tree(tree: AnswerTree, score: Score, tolerance: float = TOLERANCE) -> Distribution:
    """Probabilities of all answers of the tree; branches that weigh less than `tolerance` of it all are not entered.

    The probability of a number is that of its token path times that of no digit following.
    """
    numbers: dict[int, float] = {}
    words: dict[str, float] = {}

    def say(meaning: int | str, share: float) -> None:
        if isinstance(meaning, int):
            numbers[meaning] = numbers.get(meaning, 0.0) + share
        else:
            words[meaning] = words.get(meaning, 0.0) + share

    level: dict[Path, float] = {(): 1.0}
    spare: float | None = None
    while level:
        if spare is None and () not in level:
            spare = tolerance * sum(level.values())
        entered: list[Path] = []
        for prefix, share in sorted(level.items(), key=lambda pair: pair[1]):
            if tree.wanted(prefix):
                if spare is not None and share <= spare:
                    spare -= share
                else:
                    entered.append(prefix)
                    continue
            if (meaning := tree.paths.get(prefix)) is not None:
                say(meaning, share)
        wanted = [tree.wanted(prefix) for prefix in entered]
        answers = await score(entered, wanted) if entered else []
        following: dict[Path, float] = {}
        for prefix, tokens, logs in zip(entered, wanted, answers, strict=True):
            chances = {token: math.exp(logs[token]) for token in tokens if token in logs}
            meaning = tree.paths.get(prefix)
            if meaning is not None:
                longer = sum(chances.get(token, 0.0) for token in tree.digits) if tree.checks(prefix) else 0.0
                say(meaning, level[prefix] * max(0.0, 1.0 - longer))
            depth = len(prefix)
            inner = {path[: depth + 1] for path in tree.paths if len(path) > depth and path[:depth] == prefix}
            for path in inner:
                following[path] = level[prefix] * chances.get(path[-1], 0.0)
        level = {path: share for path, share in following.items() if share > 0}
    return Distribution(numbers, words, "tree")
