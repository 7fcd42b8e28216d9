"""The exact distribution of a judge's answer: every allowed answer is a path of tokens, scored to its end.

Where digits are separate tokens, the first token of "85" says 8. So the numbers 0 to 100 and the words of the
instrument form a prefix tree; each inner node costs one forward pass over a prompt that the server has cached.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from inoc_evals.client.continuations import NextTokens, Path, branches, reach
from inoc_evals.judging.distribution import HIGHEST, Distribution

# Leading spaces are another way to say the same.
LEADS = ("", " ", "\n")
# Share of the answers' mass that may be left unscored, which moves a rating by at most 1e-3 of its 100 points.
TOLERANCE = 1e-5


@dataclass(frozen=True)
class AnswerTree:
    """Token paths of the answers, and the next tokens whose probability decides something, by prefix.

    `longer` are tokens of digits that make another number of the one at a path.
    """

    paths: Mapping[Path, int | str]
    wanted: Mapping[Path, frozenset[int]]
    longer: Mapping[Path, frozenset[int]]


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
    # If every number is a single token nothing prolongs it but another way of spelling.
    whole = bool(numbers) and all(len(path) == shared + 1 for path in plain)
    longer = {} if whole else dict.fromkeys(numbers, digits)
    inner = branches(paths)
    wanted = {
        prefix: frozenset(inner.get(prefix, ())) | longer.get(prefix, frozenset()) for prefix in inner.keys() | longer
    }
    return AnswerTree(paths, {prefix: tokens for prefix, tokens in wanted.items() if tokens}, longer)


async def read_tree(tree: AnswerTree, ask: NextTokens, tolerance: float = TOLERANCE) -> Distribution:
    """Probabilities of all answers of the tree; branches that weigh less than `tolerance` of it all are not entered.

    The probability of a number is that of its token path less those of the longer numbers that begin so.
    """
    logs = await reach(tree.wanted, ask, tolerance)
    numbers: dict[int, float] = {}
    words: dict[str, float] = {}
    for path, meaning in tree.paths.items():
        longer = (logs.get((*path, token), -math.inf) for token in tree.longer.get(path, ()))
        share = math.exp(logs.get(path, -math.inf)) - math.fsum(map(math.exp, longer))
        if share > 0:
            if isinstance(meaning, int):
                numbers[meaning] = numbers.get(meaning, 0.0) + share
            else:
                words[meaning] = words.get(meaning, 0.0) + share
    return Distribution(numbers, words, "tree")
