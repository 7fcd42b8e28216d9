"""Which language is a response in? Two identifiers, sentence by sentence, over all languages that they know.

A closed set of four languages would call capitalised Portuguese Spanish, so the set is never restricted. A text is
cut into sentences; each gets a language or none, and languages are weighed by letters. Both identifiers look at letters
only, so word lists (words.py) have the last word: they decide where the identifiers are unsure, and what is read as a
language has to hold words of that language.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from inoc_evals.definitions.fields import Options, Template
from inoc_evals.definitions.words import shown
from inoc_evals.errors import InputError
from inoc_evals.measures.declaration import detector
from inoc_evals.measures.reading import Reading
from inoc_evals.measures.scale import Scale, share
from inoc_evals.measures.words import Count, count, fold, frequencies, listed, split_words

# Languages that both identifiers know; a target outside them could never be confirmed.
NAMES = {
    "ca": "Catalan",
    "da": "Danish",
    "de": "German",
    "en": "English",
    "es": "Spanish",
    "et": "Estonian",
    "fi": "Finnish",
    "fr": "French",
    "hr": "Croatian",
    "hu": "Hungarian",
    "it": "Italian",
    "lt": "Lithuanian",
    "lv": "Latvian",
    "nl": "Dutch",
    "no": "Norwegian",
    "pl": "Polish",
    "pt": "Portuguese",
    "ro": "Romanian",
    "sk": "Slovak",
    "sl": "Slovene",
    "sv": "Swedish",
    "tr": "Turkish",
    "cs": "Czech",
    "vi": "Vietnamese",
    "ru": "Russian",
    "uk": "Ukrainian",
    "bg": "Bulgarian",
    "el": "Greek",
    "ar": "Arabic",
    "he": "Hebrew",
    "zh": "Chinese",
    "ja": "Japanese",
    "ko": "Korean",
    "th": "Thai",
}
TARGETS = frozenset(NAMES)

_CODE = re.compile(
    r"```.*?(?:```|\Z)|`[^`\n]*`|<<.{0,200}?>>|https?://\S+|www\.\S+|\\\(.{0,200}?\\\)|\$[^$\n]{1,200}\$", re.DOTALL
)
# Halves of a character that a broken server cut apart; the identifiers take whole characters only.
_HALVES = re.compile(r"[\ud800-\udfff]")
_NOT_WORDS = re.compile(r"[\d_+*/=<>%€£#|\\^~\[\]{}()•]+")
_SENTENCE = re.compile(r"(?<=[.!?;:])\s+|\n+")
_SHORT = 15  # letters; a shorter sentence is read together with its neighbour, unless its words are of another language
_SURE = 0.95
_REMEMBERED = 200  # characters; the identifier is asked again about a short sentence by its neighbours
_PRIOR = 1.8  # log odds that a text is in a language, before its words are looked up
_MOST_OF_IT = 2 / 3  # share of the decided letters from which a text is in one language
_UNKNOWN = 1.0  # Zipf frequency given to a word that a list does not hold
_LEADS = 0.5  # decades by which the words of a sentence have to be likelier in one language than in any other
_CLEAR = 2.0  # ... in one of two languages, for a short sentence to be read by itself
_CERTAIN = 3.0  # ... where every word begins with a capital and may be a name
_GALICIAN = re.compile(r"\b(?:un?ha|unhas|coas?|moi|xa|non|polo|aos?|do|na|foi|tamén|máis)\b")
# Mother tongue of at least fifty million people: ten times as likely as another language before anything is read.
_LARGE = frozenset(
    {"en", "es", "pt", "fr", "de", "it", "ru", "ar", "tr", "vi", "hi", "bn", "ja", "ko", "zh", "fa", "ur"}
)
# Of 82 short answers of our own (names, things, single words) one of the 9 with so many letters or more is in no
# language that can be told, and 33 of the 73 others.
_ENOUGH = 30  # letters


class LanguageOptions(Options):
    """The answer is to be in the language `target`, an ISO 639-1 code such as es."""

    target: Template


@dataclass
class _Letters:
    """Letters and words of all sentences that were read as one language."""

    letters: int = 0
    counts: dict[str, Count] = field(default_factory=dict)  # by candidate language

    def add(self, letters: int, words: list[str], names: bool, languages: Iterable[str]) -> None:
        self.letters += letters
        for language in languages:
            if (code := listed(language)) is not None:
                self.counts[language] = self.counts.get(language, Count()) + count(words, code, names and code != "de")


def read_language(text: str, target: str) -> Reading:
    """1.0 if at least two thirds of the letters with a decided language are in `target` (ISO 639-1 code, see TARGETS),
    0.0 if at most one third is.

    Excluded with cause "empty" (blank), "no_letters" (nothing left without code, links, digits and operators),
    "no_words" (most letters stand in what looks like words of a language but is none), "undecided" (the identifiers
    cannot tell, as with single words) or "mixed" (between one and two thirds are in `target`). Details: `share` in 0..1
    of the decided letters, `language` with most letters ("und" if none), `word_share` in 0..1 of the words that a
    frequency list of the language they were read in knows, None where there is no list: Chinese, Japanese, Korean, Thai
    and Estonian have none here, so invented words are not told from real ones there. Raises ValueError for an unknown
    target.
    """
    if target not in TARGETS:
        raise ValueError(f"{target!r} is no known language code; choose from {', '.join(sorted(TARGETS))}")
    nothing = {"share": None, "language": "und", "word_share": None}
    if not text.strip():
        return Reading(None, "empty", nothing)
    segments = _segments(text)
    if sum(_letters(segment) for segment in segments) < 3:
        return Reading(None, "no_letters", nothing)
    weights, undecided, invented, counted = _weigh(segments)
    details = nothing | {"word_share": round(counted.known / counted.words, 4) if counted.words else None}
    if not weights or undecided + invented > sum(weights.values()):
        return Reading(None, "no_words" if invented > undecided else "undecided", details)
    share = weights.get(target, 0) / sum(weights.values())
    details |= {"share": round(share, 4), "language": max(sorted(weights), key=lambda code: weights[code])}
    if 1 - _MOST_OF_IT < share < _MOST_OF_IT:
        return Reading(None, "mixed", details)
    return Reading(float(share >= 0.5), None, details)


def in_no_language(text: str) -> bool | None:
    """Does most of a text look like words of no language, or of none that can be told? None for one with fewer than 30
    letters, which may be a name or a single word with which nothing is wrong."""
    if _letters(text) < _ENOUGH:
        return None
    # Which language is asked for makes no difference to whether there is one.
    return read_language(text, "en").cause in ("undecided", "no_words")


def _weigh(segments: list[str]) -> tuple[dict[str, int], int, int, Count]:
    """Letters by language, letters without one, letters in invented words, and the count of all words."""
    read: dict[str, _Letters] = {}
    for segment in segments:
        code, others = _identify(segment)
        words = split_words(segment)
        small = sum(word[0].islower() for word in words)
        languages = {"und": others, "gl": ["es", "pt"]}.get(code, [code])
        read.setdefault(code, _Letters()).add(_letters(segment), words, 2 * small >= len(words), languages)
    weights: dict[str, int] = {}
    undecided = invented = 0
    total = Count()
    for code, group in read.items():
        best = max(group.counts.values(), key=lambda one: one.evidence, default=None)
        total += best or Count()
        if best is not None and best.evidence < -_PRIOR:
            invented += group.letters
        elif code == "und":
            undecided += group.letters
        else:
            weights[code] = group.letters
    return weights, undecided, invented, total


def _letters(text: str) -> int:
    return sum(map(str.isalpha, text))


def _segments(text: str) -> list[str]:
    """Sentences; short ones are joined to the sentence before (or after, at the start) if their words allow it."""
    prose = _NOT_WORDS.sub(" ", _CODE.sub(" ", _HALVES.sub(" ", text)))
    sentences = [part.strip() for part in _SENTENCE.split(prose) if _letters(part)]
    joined: list[list[str]] = []
    letters = 0
    for sentence in sentences:
        own = _letters(sentence)
        if joined and min(own, letters) < _SHORT and not _differ(joined[-1][-1], sentence):
            joined[-1].append(sentence)
            letters += own
        else:
            joined.append([sentence])
            letters = own
    return [" ".join(parts) for parts in joined]


def _differ(first: str, second: str) -> bool:
    """Are the words of two sentences clearly of two languages?"""
    words = [_telling(text) for text in (first, second)]
    if min(map(len, words)) < 2:
        return False
    near = [_first_opinion(text.lower())[2][:2] for text in (first, second)]
    if near[0][:1] == near[1][:1]:
        return False
    languages = [*near[0], *near[1]]
    one, other = (_likelihoods(telling, languages) for telling in words)
    if not one or not other:
        return False
    a, b = max(one, key=one.__getitem__), max(other, key=other.__getitem__)
    return one[a] - one[b] >= _CLEAR and other[b] - other[a] >= _CLEAR


def _identify(segment: str) -> tuple[str, list[str]]:
    """A language code, or "und" where nothing decides, and the languages that came into question."""
    # The n-gram models were made on ordinary case, so capitals are lowered before anything is asked.
    lowered = segment.lower()
    first, reliable, others = _first_opinion(lowered)
    words = segment.split()
    names = _only_names(words)
    if reliable and len(words) > 1 and not names and not (first in ("es", "pt") and _GALICIAN.search(lowered)):
        return str(first), others
    second, sureness = _second_opinion(lowered)
    if first is None:
        first, reliable = second, sureness >= _SURE
    candidates = [*others, second]
    # One word is a name, a loan or shared by languages as often as not.
    if len(words) < 2 and not (first == second and reliable and _letters(segment) >= 8):
        return "und", candidates
    if len(words) > 1 and names:
        return _by_words(split_words(segment), candidates, _CERTAIN), candidates
    # eldc has no Galician, which it takes for Portuguese or Spanish; the slower second identifier has.
    if second == "gl" and sureness >= _SURE:
        return "gl", candidates
    if reliable and first != "und":
        return first, candidates
    if sureness >= _SURE and (first == second or _letters(segment) >= _SHORT):
        return second, candidates
    found = _by_words(_telling(segment), candidates, _LEADS)
    return first if found == "und" and first == second else found, candidates


def _only_names(words: list[str]) -> bool:
    return all(word[0].isupper() and not word.isupper() for word in words)


def _telling(segment: str) -> list[str]:
    """The words but for those with a capital amid lower case: names stand in texts of any language."""
    words = split_words(segment)
    if 2 * sum(word[0].islower() for word in words) < len(words):
        return words
    return words[:1] + [word for word in words[1:] if word[0].islower()]


def _by_words(words: list[str], candidates: Iterable[str], lead: float) -> str:
    """The candidate in which the words are likeliest, by `lead` decades at least, or "und"."""
    if len(words) < 2:
        return "und"
    likely = _likelihoods(words, candidates)
    scores = sorted(((value + (code in _LARGE), code) for code, value in likely.items()), reverse=True)
    if not scores or (len(scores) > 1 and scores[0][0] - scores[1][0] < lead):
        return "und"
    return scores[0][1]


def _likelihoods(words: Iterable[str], languages: Iterable[str]) -> dict[str, float]:
    """Log10 likelihood of the words, but for a constant, in those of the languages that have a list."""
    folded = [fold(word) for word in words]
    lists = {language: code for language in languages if language in TARGETS and (code := listed(language)) is not None}
    return {language: sum(frequencies(code).get(word, _UNKNOWN) for word in folded) for language, code in lists.items()}


@lru_cache(maxsize=1)
def _eldc() -> Any:
    try:
        import eldc
    except ImportError:  # no build for this processor: the second identifier decides alone
        return None
    eldc.init()
    return eldc.instance()


@lru_cache(maxsize=1)
def _py3langid() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def _first_opinion(text: str) -> tuple[str | None, bool, list[str]]:
    """The language (None without the identifier), whether it is sure, and the languages that came near."""
    return _short_opinion(text) if len(text) < _REMEMBERED else _opinion(text)


@lru_cache(maxsize=1 << 12)
def _short_opinion(text: str) -> tuple[str | None, bool, list[str]]:
    return _opinion(text)


def _opinion(text: str) -> tuple[str | None, bool, list[str]]:
    detector = _eldc()
    if detector is None:
        return None, False, [str(code) for code, _ in _py3langid().rank(text)[:4]]
    result = detector.detect_details(text)
    return str(result.language), bool(result.reliable), [str(code) for code in result.scores]


def _second_opinion(text: str) -> tuple[str, float]:
    code, probability = _py3langid().classify(text)
    return str(code), float(probability)


def _check(options: LanguageOptions) -> None:
    if options.target not in TARGETS:
        raise InputError(f"no language {shown(options.target)}; choose from {', '.join(sorted(TARGETS))}")


def _read(options: LanguageOptions, text: str) -> Mapping[str, Reading]:
    return {"": read_language(text, options.target)}


def _scales(options: LanguageOptions) -> Mapping[str, Scale]:
    language = NAMES.get(options.target, options.target)
    return {"": share(f"answers in {language}", f"higher is more in {language}")}


MEASURE = detector("language", LanguageOptions, _scales, _read, _check)
