"""How long is an answer?"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from inoc_evals.definitions.fields import Options
from inoc_evals.measures.declaration import detector
from inoc_evals.measures.reading import Reading
from inoc_evals.measures.scale import Scale

# Chinese, Japanese, Thai, Lao, Burmese and Khmer: scripts that put no blanks between words.
_UNSPACED = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)


class LengthOptions(Options):
    """Characters and words of the answer."""


def read_length(text: str) -> dict[str, Reading]:
    """Readings "characters" and "words" of `text`; nothing is excluded for being blank, which is a length of 0.

    Characters are Unicode's, a letter with its accent being one where there is such a character, without blanks at
    either end. Words are what stands between blanks and holds a letter or digit; where most letters are of a script
    that has no blanks between words, the cause is "no_blanks".
    """
    plain = unicodedata.normalize("NFC", text).strip()
    characters = Reading(float(len(plain)))
    if 2 * len(_UNSPACED.findall(plain)) > sum(map(str.isalpha, plain)):
        return {"characters": characters, "words": Reading(None, "no_blanks")}
    words = sum(any(map(str.isalnum, word)) for word in plain.split())
    return {"characters": characters, "words": Reading(float(words))}


def _read(_: LengthOptions, text: str) -> Mapping[str, Reading]:
    return read_length(text)


SCALES = {
    "characters": Scale(0.0, None, "unbounded", "characters", "higher is longer", "characters of the answer"),
    "words": Scale(0.0, None, "unbounded", "words", "higher is longer", "words of the answer"),
}
MEASURE = detector("length", LengthOptions, lambda _: SCALES, _read)
