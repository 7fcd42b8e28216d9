"""How many tokens a text is, about, by the scripts that it is written in; no tokenizer is asked.

The figures are what the tokenizers of `benchmarks/tokens.py` make of one short text in 16 languages, of code and of
symbols: the least by one that knows many languages, as those of recent hosted judges, the most by older ones and by one
that was trained on English. Some take three digits together (the pattern of cl100k_base and o200k_base in tiktoken).
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from functools import cache
from math import fsum

Rates = tuple[float, float]  # the least and the most tokens of a character

_LETTER: Rates = (1 / 4, 1 / 4)
_DIGIT: Rates = (1 / 3, 1.0)
_MARK: Rates = (0.4, 0.8)
_CYRILLIC: Rates = (0.35, 0.9)
_GREEK: Rates = (0.4, 1.2)
_HEBREW: Rates = (0.5, 1.3)
_ARABIC: Rates = (0.3, 1.1)
_INDIC: Rates = (0.45, 2.2)
_KANA: Rates = (0.7, 1.7)
_HAN: Rates = (1.0, 2.0)
_HANGUL: Rates = (0.6, 2.6)
_SYMBOL: Rates = (1.0, 2.0)
_EMOJI: Rates = (2.0, 4.0)
_ACCENTED: Rates = (0.5, 2.0)  # letters of Latin that ASCII does not have
_OTHER: Rates = (0.6, 2.2)  # Georgian and Thai, and what was not measured
# From which code point on which rates hold, by the blocks of Unicode; ASCII apart.
_BLOCKS: tuple[tuple[int, Rates], ...] = (
    (0x0080, _SYMBOL),
    (0x00C0, _ACCENTED),
    (0x0370, _GREEK),
    (0x0400, _CYRILLIC),
    (0x0530, _OTHER),
    (0x0590, _HEBREW),
    (0x0600, _ARABIC),
    (0x0780, _OTHER),
    (0x0900, _INDIC),
    (0x0E00, _OTHER),
    (0x1E00, _ACCENTED),
    (0x1F00, _GREEK),
    (0x2000, _SYMBOL),
    (0x2C00, _OTHER),
    (0x3000, _KANA),
    (0x3400, _HAN),
    (0xA000, _OTHER),
    (0xAC00, _HANGUL),
    (0xD7B0, _OTHER),
    (0xF900, _HAN),
    (0xFB00, _ARABIC),
    (0xFE00, _SYMBOL),
    (0xFF00, _KANA),
    (0xFFE0, _SYMBOL),
    (0x10000, _OTHER),
    (0x1F000, _EMOJI),
    (0x20000, _HAN),
    (0xE0000, _EMOJI),
)
_FIRST = tuple(first for first, _ in _BLOCKS)


def estimated_tokens(text: str) -> Rates:
    """The least and the most tokens that `text` is expected to be, not rounded."""
    counts = Counter(text).items()
    least, most = (fsum(_rates(character)[end] * count for character, count in counts) for end in (0, 1))
    return least, most


@cache
def _rates(character: str) -> Rates:
    if not character.isascii():
        return _BLOCKS[bisect_right(_FIRST, ord(character)) - 1][1]
    if character.isdigit():
        return _DIGIT
    return _LETTER if character.isalpha() or character.isspace() else _MARK
