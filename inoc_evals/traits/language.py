"""Which language is a response in? Two identifiers, sentence by sentence, over all languages that they know.

A closed set of four languages would call capitalised Portuguese Spanish, so the set is never restricted. A text is
cut into sentences; each gets a language or none, and languages are weighed by letters.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from inoc_evals.traits.reading import Reading

# Languages that both identifiers know; a target outside them could never be confirmed.
TARGETS = frozenset({"ca", "da", "de", "en", "es", "et", "fi", "fr", "hr", "hu", "it", "lt", "lv", "nl", "no", "pl"})
TARGETS |= {"pt", "ro", "sk", "sl", "sv", "tr", "cs", "vi", "ru", "uk", "bg", "el", "ar", "he", "zh", "ja", "ko", "th"}

_CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]*`|<<.*?>>|https?://\S+|www\.\S+|\\\(.*?\\\)|\$[^$\n]+\$", re.DOTALL)
_NOT_WORDS = re.compile(r"[\d_+*/=<>%€£#|\\^~\[\]{}()•]+")
_SENTENCE = re.compile(r"(?<=[.!?;:])\s+|\n+")
_SHORT = 15  # letters; a shorter sentence is read together with its neighbour
_SURE = 0.95


def read_language(text: str, target: str) -> Reading:
    """1.0 if at least half of the letters with a decided language are in `target` (ISO 639-1 code, see TARGETS).

    Excluded with cause "empty" (blank), "no_words" (nothing left without code, links, digits and operators), or
    "undecided" (the identifiers cannot tell, as with single words). Details: `share` in 0..1 of the decided letters,
    `language` with most letters ("und" if none). Raises ValueError for an unknown target.
    """
    if target not in TARGETS:
        raise ValueError(f"{target!r} is no known language code; choose from {', '.join(sorted(TARGETS))}")
    if not text.strip():
        return Reading(None, "empty", {"share": None, "language": "und"})
    segments = _segments(text)
    letters = sum(_letters(segment) for segment in segments)
    if letters < 3:
        return Reading(None, "no_words", {"share": None, "language": "und"})
    weights: dict[str, int] = {}
    for segment in segments:
        code = _identify(segment)
        weights[code] = weights.get(code, 0) + _letters(segment)
    undecided = weights.pop("und", 0)
    if not weights or undecided > letters / 2:
        return Reading(None, "undecided", {"share": None, "language": "und"})
    share = weights.get(target, 0) / sum(weights.values())
    majority = max(sorted(weights), key=lambda code: weights[code])
    return Reading(float(share >= 0.5), None, {"share": round(share, 4), "language": majority})


def _letters(text: str) -> int:
    return sum(character.isalpha() for character in text)


def _segments(text: str) -> list[str]:
    """Sentences in lower case; short ones are joined to the sentence before (or after, at the start)."""
    prose = _NOT_WORDS.sub(" ", _CODE.sub(" ", text))
    # The n-gram models were made on ordinary case, so capitals are lowered before anything is asked.
    sentences = [part.strip().lower() for part in _SENTENCE.split(prose) if _letters(part)]
    joined: list[str] = []
    for sentence in sentences:
        if joined and (_letters(sentence) < _SHORT or _letters(joined[-1]) < _SHORT):
            joined[-1] += " " + sentence
        else:
            joined.append(sentence)
    return joined


def _identify(segment: str) -> str:
    """A language code, or "und" where the two identifiers disagree without one being sure."""
    words = segment.split()
    second, sureness = _second_opinion(segment)
    first, reliable = _first_opinion(segment)
    if first is None:
        first, reliable = second, sureness >= _SURE
    # One word is a name, a loan or shared by languages as often as not.
    if len(words) < 2 and not (first == second and reliable and _letters(segment) >= 8):
        return "und"
    # eldc has no Galician, which it takes for Portuguese or Spanish.
    if second == "gl" and sureness >= _SURE:
        return "gl"
    if first == second and first != "und":
        return first
    if reliable and first != "und":
        return first
    if sureness >= _SURE and _letters(segment) >= _SHORT:
        return second
    return "und"


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


def _first_opinion(text: str) -> tuple[str | None, bool]:
    detector = _eldc()
    if detector is None:
        return None, False
    result = detector.detect_details(text)
    return str(result.language), bool(result.reliable)


def _second_opinion(text: str) -> tuple[str, float]:
    code, probability = _py3langid().classify(text)
    return str(code), float(probability)
