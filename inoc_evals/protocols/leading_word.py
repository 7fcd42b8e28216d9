"""The first word of a text, and whether anything that follows could still change it."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

# Chinese, Japanese, Thai, Lao, Burmese and Khmer put no blanks between words, which are then told by two characters.
_UNSPACED = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)
_MOST_UNSPACED = 2
_MARKLESS = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_APOSTROPHES = ("'", "\u2019")
# A decoder writes it for a character of which tokens hold a part so far.
_HALF = "\ufffd"
# Joiners within words of Persian and of Indian languages.
_JOINERS = "\u200c\u200d"


@dataclass(frozen=True)
class LeadingWord:
    """The first word of a text, "" where it has none; `finished` says that no text can follow that changes it."""

    word: str
    finished: bool


def leading_word(text: str, *, ended: bool = False) -> LeadingWord:
    """The first word of `text`: its first run of letters, marks and digits, with apostrophes between two of them.

    What stands before it (blanks, punctuation, markup, signs) is passed over. It is finished when something else
    follows, or when the answer has `ended`. In scripts without blanks between words it is the first two characters.
    """
    start = next((place for place, character in enumerate(text) if _in_word(character)), None)
    if start is None:
        return LeadingWord("", ended)
    end = start
    while end < len(text) and not _whole(text[start:end], text[end]) and _goes_on(text, end):
        end += 1
    word = unicodedata.normalize("NFC", text[start:end]).strip(_JOINERS)
    return LeadingWord(word, ended or _closed(text[start:end], text[end:]))


def _goes_on(text: str, place: int) -> bool:
    """Does the character at `place`, which is not the first of a word, belong to it?"""
    if text[place] in _APOSTROPHES:
        return place + 1 < len(text) and _in_word(text[place + 1])
    return _in_word(text[place]) or text[place] in _JOINERS


def _whole(word: str, following: str) -> bool:
    """Has a word of a script without blanks all its characters? A mark still belongs to the last one."""
    return len(_UNSPACED.findall(word)) >= _MOST_UNSPACED and unicodedata.category(following)[0] != "M"


def _closed(word: str, rest: str) -> bool:
    """Can nothing that follows `rest` make the word longer?"""
    if not rest:
        return len(_UNSPACED.findall(word)) >= _MOST_UNSPACED and _MARKLESS.match(word[-1]) is not None
    # Half a character may become a letter, and so may what stands after an apostrophe.
    after = rest[1:] if rest[0] in _APOSTROPHES else rest
    return after != "" and after[0] != _HALF


def _in_word(character: str) -> bool:
    return unicodedata.category(character)[0] in "LMN"
