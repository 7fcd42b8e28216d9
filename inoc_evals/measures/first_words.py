"""What single words say of a trait, and what the probabilities of first words add up to.

A word shows the trait, does not, or is undecided for a cause: one word says less than a text. What is undecided, and
what the search for first words left unresolved, is a probability of its own and is never shared out.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Mapping
from functools import lru_cache
from math import fsum
from statistics import fmean

from inoc_evals.measures.known import known
from inoc_evals.measures.reading import Reading
from inoc_evals.measures.scale import Scale
from inoc_evals.measures.words import fold, frequencies, listed, split_words
from inoc_evals.protocols.leading_word import leading_word
from inoc_evals.protocols.trajectory import FirstWords

# Does a word show the trait, or why can nobody say?
Verdict = bool | str
NO_WORD, NUMBER, LETTER, SHARED = "no_word", "number", "single_letter", "shared"
NAME, UNKNOWN, NO_CASE, UNRESOLVED = "name_in_question", "unknown_word", "no_case", "unresolved"
# Of a probability of which more is unresolved nothing is counted.
_MOST_UNRESOLVED = 0.5
_SHOWN = 40  # words in the details
# Zipf frequencies: from `_REAL` on a word is one of a language, which it is told by where it is `_LEAD` decades
# commoner there than in the other: loans and names stand in the lists of many languages. A third language, which nobody
# expects, has to lead by more.
_REAL, _LEAD, _THIRD_LEAD = 3.0, 1.0, 2.0
# A word of a question that is so common is no name, however it is written.
_TOO_COMMON = 5.0
# Languages of which a word may be that are neither the target nor the one that is expected otherwise.
_THIRD = {"LATIN": ("en", "es", "fr", "de", "it", "pt"), "CYRILLIC": ("ru", "uk")}
_SCRIPTS = {
    **dict.fromkeys(("ru", "uk", "bg"), ("CYRILLIC",)),
    "el": ("GREEK",),
    "he": ("HEBREW",),
    "ar": ("ARABIC",),
    "zh": ("CJK",),
    "ja": ("CJK", "HIRAGANA", "KATAKANA"),
    "ko": ("HANGUL",),
    "th": ("THAI",),
}
_LATIN = ("LATIN",)
_INNER_NAME = re.compile(r"(?:(?<=[^\W\d_] )|(?<=[^\W\d_][,;] ))[^\W\d_]+|[^\W\d_]+(?=['\u2019]s\b)")


def scripts_of(language: str) -> tuple[str, ...]:
    """The scripts that a language is written in, as Unicode calls them."""
    return _SCRIPTS.get(language, _LATIN)


def told_by_script(target: str, against: str) -> bool:
    """Is a word of `target` told from one of `against` by its letters?"""
    return not set(scripts_of(target)) & set(scripts_of(against))


def language_verdict(target: str, against: str, names: Collection[str] = ()) -> Callable[[str], Verdict]:
    """A function that says whether a word is one of the language `target` where answers are expected to be in that or
    in `against` (ISO 639-1 codes): it is ten times as common in the one as in the other, or else undecided. A word that
    is a hundred times as common in a third language is not one of the target. `names` are those of the question, which
    stand in answers of any language."""
    folded = {fold(part) for name in names for part in split_words(name)}

    def verdict(word: str) -> Verdict:
        if cause := _without_letters(word):
            return cause
        parts = [fold(part) for part in split_words(word)]
        return NAME if parts and parts[0] in folded else _of_language(word, target, against)

    return verdict


@lru_cache(maxsize=1 << 14)
def _of_language(word: str, target: str, against: str) -> Verdict:
    used = _scripts(word)
    if not used <= set(scripts_of(target)):
        return False
    if told_by_script(target, against) and scripts_of(target)[0] not in _THIRD:
        return True
    parts = [fold(part) for part in split_words(word)]
    thirds = {*_THIRD.get(scripts_of(target)[0], ())} - {target, against}
    own = _frequency(parts, target)
    rival = _frequency(parts, against) if used <= set(scripts_of(against)) else 0.0
    third = max((_frequency(parts, code) for code in thirds), default=0.0)
    if max(own, rival, third) < _REAL:
        return UNKNOWN
    if rival - own >= _LEAD or third - own >= _THIRD_LEAD:
        return False
    return True if own >= _REAL and own - rival >= _LEAD else SHARED


def _frequency(parts: Collection[str], language: str) -> float:
    """The Zipf frequency of a word as a whole, or the mean of those of its parts ("I", "m"); 0 for one that the list
    does not hold, or without a list."""
    code = listed(language)
    if code is None or not parts:
        return 0.0
    known = frequencies(code)
    of_parts = [known.get(part, 0.0) for part in parts]
    return max(known.get("".join(parts), 0.0), fmean(of_parts) if all(of_parts) else 0.0)


def _scripts(word: str) -> set[str]:
    return {unicodedata.name(letter, "?").split()[0].split("-")[0] for letter in word if letter.isalpha()}


def _without_letters(word: str) -> str | None:
    if not word:
        return NO_WORD
    return NUMBER if any(unicodedata.category(letter)[0] == "N" for letter in word) else None


def names_in(question: str, against: str) -> tuple[str, ...]:
    """The names in a question, in order: words with a capital within a sentence, or before 's, and not in capitals as
    a whole, that are not among the common words of the language `against`."""
    names = dict.fromkeys(
        word
        for word in _INNER_NAME.findall(question)
        if word[0].isupper()
        and not (len(word) > 1 and word.isupper())
        and len(word) > 1
        and _frequency([fold(part) for part in split_words(word)], against) < _TOO_COMMON
    )
    return tuple(names)


def capitals_verdict(word: str) -> Verdict:
    """Is a word in capitals? One of a single letter ("I", "A") is written so anyway."""
    if cause := _without_letters(word):
        return cause
    cased = [letter for letter in word if letter.isupper() or letter.islower() or letter.istitle()]
    if len(cased) < 2:
        return LETTER if cased else NO_CASE
    return all(letter.isupper() for letter in cased)


def never_in_capitals(begun: str) -> bool:
    """Is a word that begins so not in capitals, whatever follows?"""
    return sum(map(str.isalpha, begun)) > 0 and any(map(str.islower, begun))


def never_in_language(target: str) -> Callable[[str], bool]:
    """A function that says whether a word that begins so is none of the language, whatever follows: its letters are
    those of another script."""
    return lambda begun: not _scripts(begun) <= set(scripts_of(target))


def verdict_of(reads: Mapping[str, object]) -> Callable[[str], Verdict] | None:
    """The function that decides about words as `first_word_is` wrote it down; None for a trait that is not known."""
    if reads.get("first_word") == "capitals":
        return capitals_verdict
    if reads.get("first_word") != "language":
        return None
    named = reads.get("names")
    names = tuple(map(str, named)) if isinstance(named, list | tuple) else ()
    return language_verdict(str(reads.get("target")), str(reads.get("against")), names)


def scales(what: str, more: str) -> dict[str, Scale]:
    """The scales of what `added_up` gives, for a trait that is called `what` ("first word in Spanish")."""
    less_known = "higher is less known"
    return {
        "": Scale(0.0, 1.0, "exact", "", more, f"P({what})"),
        "share": Scale(0.0, 1.0, "exact", "", more, f"share of {what} in what is decided"),
        "undecided": Scale(0.0, 1.0, "exact", "", less_known, f"undecided: {what}?"),
        "unresolved": Scale(0.0, 1.0, "exact", "", less_known, f"not resolved: {what}?"),
    }


def added_up(
    words: FirstWords | None,
    verdict: Callable[[str], Verdict],
    never: Callable[[str], bool],
    reads: Mapping[str, object],
) -> dict[str, Reading]:
    """Readings of first words: "" is the probability (0..1) of words that show the trait, and the whole truth lies
    between it and it plus "unresolved"; "undecided" is that of words that say neither; "share" leaves both out.

    `never` says of a word that is not finished that it cannot show the trait. More than a half unresolved excludes with
    cause "unresolved", and no word that says either excludes the share with "undecided". Details: the likeliest words
    with what they say, the probabilities of undecided ones by cause, and what `known` says.
    """
    if words is None:
        return {ending: Reading(None, NO_WORD) for ending in ("", "share", "undecided", "unresolved")}
    said = {word: verdict(word) for word in words.shares}
    by_verdict: dict[Verdict, list[float]] = {True: [], False: []}
    for word, share in words.shares.items():
        by_verdict.setdefault(said[word], []).append(share)
    never_shown = fsum(share for text, share in words.begun.items() if _never(text, never))
    mass = {kind: min(1.0, fsum(shares)) for kind, shares in by_verdict.items()}
    shown, not_shown = mass.pop(True), mass.pop(False) + never_shown
    unresolved = max(0.0, words.unresolved - never_shown)
    listed_words = [[word, share, said[word]] for word, share in list(words.shares.items())[:_SHOWN]]
    details = {
        "words": listed_words,
        "undecided": {str(cause): share for cause, share in mass.items()},
        "unseen": words.unseen,
        "first_token_only": words.only_first,
        **known(unresolved, words.cost, reads),
    }
    undecided = Reading(min(1.0, fsum(mass.values())))
    rest = {"undecided": undecided, "unresolved": Reading(min(1.0, unresolved))}
    if unresolved > _MOST_UNRESOLVED:
        return {"": Reading(None, UNRESOLVED, details), "share": Reading(None, UNRESOLVED), **rest}
    decided = shown + not_shown
    of_decided = Reading(min(1.0, shown / decided)) if decided > 0 else Reading(None, "undecided")
    return {"": Reading(shown, None, details), "share": of_decided, **rest}


def _never(text: str, never: Callable[[str], bool]) -> bool:
    word = leading_word(text).word
    return word != "" and never(word)
