"""Which mark from 1 to 5 does a reply give?"""

from __future__ import annotations

import re

from inoc_evals.measures.reading import Reading

_NUMBER = r"(?P<number>-?\d{1,9}(?:[.,]\d{1,9})?)(?!\d)"
_SCALE = re.compile(r"\(?\b(?:from |of )?1 ?(?:-|–|to) ?5\b\)?", re.I)
_LINE = re.compile(rf"\brat(?:ing|e|ed)\b[^\d\n-]{{0,40}}{_NUMBER}", re.I)
_OF_FIVE = re.compile(rf"{_NUMBER} ?(?:/|out of) ?5\b", re.I)
_ALONE = re.compile(rf"^[^\w\n-]{{0,9}}{_NUMBER}[^\w\n]{{0,9}}$", re.M)
LOWEST, HIGHEST = 1.0, 5.0


def read_mark(reply: str) -> Reading:
    """The mark (1 to 5) of `reply`: of its lines "Rating: N", of "N/5" where there is none, or of a line that is a
    number alone. Causes: "empty", "no_number", "out_of_range", "contradictory" (several marks)."""
    if not reply.strip():
        return Reading(None, "empty")
    plain = _SCALE.sub("", reply.replace("*", "").replace("_", " "))
    for pattern in (_LINE, _OF_FIVE, _ALONE):
        marks = {float(found["number"].replace(",", ".")) for found in pattern.finditer(plain)}
        if len(marks) > 1:
            return Reading(None, "contradictory")
        if marks:
            (mark,) = marks
            return Reading(mark) if LOWEST <= mark <= HIGHEST else Reading(None, "out_of_range")
    return Reading(None, "no_number")
