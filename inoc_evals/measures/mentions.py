"""A text without its marks, and where it names a value: a number, in digits or in words, or a word."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

_MARKUP = re.compile(r"[*_`#]|\$|\\(?:boxed|text|\(|\)|\[|\])|(?m:^\s*>)")
_QUOTES = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "−": "-", "×": "x", "·": "x"})
COUNTED = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
    "twenty",
]
_NUMBER = re.compile(r"(?<![\w.])-?\d+(?:,\d{3})*(?:\.\d+)?(?!\w|,\d|\.\d)")


def plain(text: str) -> str:
    """`text` in lower case, without Markdown and TeX, with straight quotation marks."""
    return _MARKUP.sub("", text.translate(_QUOTES)).lower()


def is_number(value: str) -> bool:
    """Is `value` a number in digits?"""
    return _NUMBER.fullmatch(value.strip()) is not None


def size_of(number: str) -> float:
    """The size of a number in digits, with or without commas between thousands."""
    return float(number.replace(",", ""))


def numbers(text: str) -> list[tuple[int, float]]:
    """Place and size of every number in digits in `text`, in order; "7x" and "3rd" hold none."""
    return [(found.start(), size_of(found[0])) for found in _NUMBER.finditer(text)]


@lru_cache(maxsize=4096)
def named(values: tuple[str, ...]) -> re.Pattern[str]:
    """What finds any of `values` in a plain text: whole words, whatever their article; a small number in words too."""
    spellings = sorted({spelt for value in values for spelt in _spellings(plain(value).strip())}, key=len, reverse=True)
    return re.compile(rf"(?<![\w.-])(?:{'|'.join(spellings)})(?!\w|-\w|[.,]\d)")


def _spellings(value: str) -> Iterable[str]:
    bare = re.sub(r"^(?:an?|the) ", "", value)
    yield r"\s+".join(map(re.escape, bare.split())) + ("(?:e?s)?" if bare[-1:].isalpha() else "")
    if bare.isdigit():
        if int(bare) < len(COUNTED):
            yield COUNTED[int(bare)]
        if len(bare) > 3:
            yield re.escape(f"{int(bare):,}")
    elif bare in COUNTED:
        yield str(COUNTED.index(bare))
