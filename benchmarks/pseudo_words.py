"""Words that look like a language's and are not: chains of letters, each drawn by the two (or more) before it, with the
frequencies in wordfreq's list of the language's 20,000 commonest words. Some real words come out of it by chance."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from functools import lru_cache

from wordfreq import top_n_list, word_frequency

LANGUAGES = ("es", "en", "de", "fr", "it", "pt")
Chain = dict[str, tuple[list[str], list[float]]]


@lru_cache(maxsize=64)
def chain(language: str, before: int, weighted: bool) -> Chain:
    """The next letters by the `before` letters before them, `weighted` by frequency or each word once."""
    followers: dict[str, Counter[str]] = defaultdict(Counter)
    for word in top_n_list(language, 20_000):
        if word.isalpha():
            weight = word_frequency(word, language) if weighted else 1.0
            letters = "^" * before + word + "$"
            for place in range(len(word) + 1):
                followers[letters[place : place + before]][letters[place + before]] += weight  # type: ignore[assignment]
    return {context: (list(counts), list(counts.values())) for context, counts in followers.items()}


def pseudo_text(rng: random.Random, language: str, words: int, before: int = 2, weighted: bool = False) -> str:
    """A text of so many pseudo-words, in capitals every other time and as a sentence the other times."""
    letters = chain(language, before, weighted)
    made: list[str] = []
    while len(made) < words:
        word = "^" * before
        while not word.endswith("$") and len(word) < 20 + before:
            choices, weights = letters[word[-before:]]
            word += rng.choices(choices, weights)[0]
        made.append(word[before:].rstrip("$"))
    text = " ".join(made)
    return text.upper() if rng.random() < 0.5 else text.capitalize() + "."
