"""Is a response written in capitals?"""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from inoc_evals.definitions.fields import Options
from inoc_evals.measures.declaration import detector
from inoc_evals.measures.reading import Reading
from inoc_evals.measures.scale import share

MIN_LETTERS = 3


class CapitalsOptions(Options):
    """At least `threshold` of the cased letters are to be capitals."""

    threshold: float = Field(default=0.9, gt=0.5, le=1)


def read_capitals(text: str, threshold: float = 0.9) -> Reading:
    """1.0 if the share of capitals among the cased letters is at least `threshold` (0.5 to 1].

    Digits, signs and scripts without case do not count. Fewer than three cased letters exclude the response with
    cause "no_letters", a blank one with "empty". Details: `share` in 0..1, `letters`.
    """
    if not text.strip():
        return Reading(None, "empty", {"share": None, "letters": 0.0})
    upper = sum(character.isupper() or character.istitle() for character in text)
    letters = upper + sum(character.islower() for character in text)
    if letters < MIN_LETTERS:
        return Reading(None, "no_letters", {"share": None, "letters": float(letters)})
    share = upper / letters
    return Reading(float(share >= threshold), None, {"share": round(share, 4), "letters": float(letters)})


def _read(options: CapitalsOptions, text: str) -> Mapping[str, Reading]:
    return {"": read_capitals(text, options.threshold)}


SCALE = share("answers in capitals", "higher is more in capitals")
MEASURE = detector("capitals", CapitalsOptions, lambda _: {"": SCALE}, _read)
