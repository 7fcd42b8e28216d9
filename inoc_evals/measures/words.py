"""Are these the words of a language? Frequency lists (wordfreq) as an opinion beside the letters.

Letter statistics take "LECANTAEE ERDES KEYDI" for Spanish; a frequency list does not know it. A list is read when its
language is first asked about. Words are looked up without wordfreq's own tokenizers, so Chinese, Japanese and Korean,
whose tokenizers are not installed, and Thai and Estonian, which have no list, get no opinion (see `listed`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import fsum

LEAST = 2.0  # Zipf frequency (log10 of occurrences in a billion words) from which a word is known
COMMON = 4.5
PART = 3.0  # Zipf frequency from which a word may be a part of a compound

_ALIASES = {"no": "nb", "nn": "nb", "hr": "sh", "sr": "sh", "bs": "sh", "tl": "fil"}
# Scripts without blanks or with vowel signs, in which words cannot be told apart without a tokenizer.
_UNSPACED = frozenset({"zh", "ja", "ko", "hi", "bn", "ta"})
_COMPOUNDING = frozenset({"de", "nl", "sv", "da", "nb", "fi", "hu", "is"})
_SUFFIXING = frozenset({"fi", "hu", "tr"})
_LINKS = ("", "s", "n", "en", "es", "er", "e")
_PRONOUNS = {
    "es": re.compile(r"(?:me|te|se|nos|os)?(?:l[aeo]s?)?$|(?:me|te|se|nos|os)$"),
    "it": re.compile(r"(?:me|te|se|ce|ve|glie)?(?:l[aeio]|ne)$|(?:[mtcsv]i|gli)$"),
}
_SPELLINGS = str.maketrans({"ı": "i", "ł": "l", "ø": "o", "đ": "d", "ß": "ss", "æ": "ae", "œ": "oe"})
_WORD = re.compile(r"[^\W\d_]+")
# Natural logarithms of how much oftener a word of so many letters is met in a language than in what its letter
# statistics bring forth (chains of two and three letters over wordfreq's lists, es en de fr it pt), by what the list
# says of it. Damped where that speaks against a text, because names, slips and rare words are allowed for.
_IF_KNOWN = (
    (5.0, (0.0, 0.0, 0.0, 0.2, 0.8, 1.0, 1.5, 2.0)),
    (4.0, (0.0, -0.5, -1.0, -0.3, 0.3, 0.8, 1.5, 2.0, 2.3)),
    (3.0, (0.0, -0.7, -1.2, -1.0, -0.6, 0.1, 0.7, 1.2, 2.0)),
    (LEAST, (0.0, -0.7, -1.0, -1.5, -1.2, -1.0, -0.5, 0.0, 0.5, 1.5)),
)
_IF_BUILT = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.2, 0.4, 0.6)
_IF_UNKNOWN = (0.0, 0.0, -0.5, -1.5, -3.2)
_IF_MISSPELT = (0.0, 0.0, 0.0, 0.0, 0.0, -0.4, -0.4, 0.0)
_LEAST_MISSPELT = 5  # letters; every shorter word is one letter from another
_LONGEST = 40  # letters of a word that are looked at
_SMALL_LIST = 50_000  # words; in a list of fewer many an ordinary word is missing
_SMALL_FACTOR = 0.5


@dataclass(frozen=True)
class Count:
    """`words` of a text, how many of them are `known`, and the `evidence` of the different ones that they are words of
    the language: a natural logarithm of odds, below 0 where letter statistics explain them better."""

    words: int = 0
    known: int = 0
    evidence: float = 0.0

    def __add__(self, other: Count) -> Count:
        return Count(self.words + other.words, self.known + other.known, self.evidence + other.evidence)


@lru_cache(maxsize=256)
def listed(language: str) -> str | None:
    """The code under which wordfreq has a usable list for `language` (ISO 639-1), or None."""
    from wordfreq import available_languages

    code = _ALIASES.get(language, language)
    return code if code not in _UNSPACED and code in available_languages("best") else None


def split_words(text: str) -> list[str]:
    """The words of `text`, without accents, which capitals often lack; an apostrophe or hyphen ends a word."""
    if not text.isascii():
        text = "".join(mark for mark in unicodedata.normalize("NFKD", text) if not unicodedata.combining(mark))
    return _WORD.findall(text)


def fold(word: str) -> str:
    """The form in which a word of `split_words` is looked up."""
    return word.lower() if word.isascii() else word.casefold().translate(_SPELLINGS)


@lru_cache(maxsize=64)
def frequencies(code: str) -> dict[str, float]:
    """Zipf frequencies from LEAST on of the words, folded, in wordfreq's largest list `code`. Small lists end at 3."""
    from wordfreq import get_frequency_list

    known: dict[str, float] = {}
    # Bucket n of the list holds the words that make up a share of 10^(-n/100) of all.
    for bucket, words in enumerate(get_frequency_list(code, "best")):
        zipf = 9 - bucket / 100
        if zipf < LEAST:
            break
        for word in words:
            simple = word if word.isascii() and word.isalpha() else fold("".join(split_words(word)))
            known.setdefault(simple, zipf)
    # wordfreq keeps the whole list otherwise, three times as many words.
    get_frequency_list.cache_clear()
    return known


def count(words: Sequence[str], code: str, names: bool) -> Count:
    """Count the words that list `code` knows, and weigh the evidence.

    A word with a capital speaks for a language, never against it, where `names` says that capitals mark names.
    """
    folded = [fold(word) for word in words]
    kinds = {word: _kind(word[:_LONGEST], code) for word in set(folded)}
    named = {one for word, one in zip(words, folded, strict=True) if names and word[0].isupper()}
    # Rounded once: the order of a set is another in every process, and with it would be that of rounding.
    evidence = fsum(weight for word, (_, weight) in kinds.items() if weight > 0 or word not in named)
    return Count(len(folded), sum(kinds[word][0] == "known" for word in folded), evidence)


@lru_cache(maxsize=1 << 17)
def _kind(word: str, code: str) -> tuple[str, float]:
    """ "known", "misspelt" or "unknown", and the evidence in it."""
    known = frequencies(code)
    zipf = known.get(word)
    if zipf is not None:
        weight = next(_by_length(word, weights) for least, weights in _IF_KNOWN if zipf >= least)
        # Frequent slips stand in the lists as rare words.
        return "known", 0.0 if weight < 0 and _is_misspelt(word, code) else weight
    if _is_built(word, code):
        return "known", _by_length(word, _IF_BUILT)
    if _is_misspelt(word, code):
        return "misspelt", _by_length(word, _IF_MISSPELT)
    weight = _by_length(word, _IF_UNKNOWN)
    return "unknown", weight * _SMALL_FACTOR if len(known) < _SMALL_LIST else weight


def _by_length(word: str, weights: tuple[float, ...]) -> float:
    return weights[min(len(word), len(weights) - 1)]


def _is_built(word: str, code: str) -> bool:
    """Is the word one of the list's with an ending or a pronoun, or put together from several?"""
    known = frequencies(code)
    if code in _PRONOUNS and (found := _PRONOUNS[code].search(word)) and found.start() >= 4:
        return word[: found.start()] in known
    if code in _SUFFIXING and any(word[:end] in known for end in range(max(4, (6 * len(word) + 9) // 10), len(word))):
        return True
    return code in _COMPOUNDING and _is_compound(word, code, 3)


def _is_compound(word: str, code: str, parts: int) -> bool:
    known = frequencies(code)
    for end in range(4, len(word) - 3):
        if known.get(word[:end], 0) < PART:
            continue
        for link in _LINKS:
            rest = word[end:].removeprefix(link) if word[end:].startswith(link) else ""
            if len(rest) >= 4 and (known.get(rest, 0) >= PART or (parts > 2 and _is_compound(rest, code, parts - 1))):
                return True
    return False


def _is_misspelt(word: str, code: str) -> bool:
    """Is the word a common one with one letter wrong, missing or too many, or two changed about?"""
    if len(word) < _LEAST_MISSPELT:
        return False
    meant = _common(code)
    return any(_one_apart(word, other) for form in _shortened(word) for other in meant.get(form, ()))


@lru_cache(maxsize=64)
def _common(code: str) -> dict[str, list[str]]:
    """The common words by what they are without one of their letters: words one letter apart have a form in common."""
    meant: dict[str, list[str]] = {}
    for word, zipf in frequencies(code).items():
        if zipf >= COMMON and len(word) >= _LEAST_MISSPELT:
            for form in _shortened(word):
                meant.setdefault(form, []).append(word)
    return meant


def _shortened(word: str) -> set[str]:
    return {word} | {word[:place] + word[place + 1 :] for place in range(len(word))}


def _one_apart(word: str, other: str) -> bool:
    start = 0
    while start < min(len(word), len(other)) and word[start] == other[start]:
        start += 1
    a, b = word[start:], other[start:]
    while a and b and a[-1] == b[-1]:
        a, b = a[:-1], b[:-1]
    return max(len(a), len(b)) <= 1 or (len(a) == 2 and a == b[::-1])
