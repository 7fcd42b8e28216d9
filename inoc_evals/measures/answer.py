"""Is the answer that a reply settles on the right one?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from inoc_evals.definitions.fields import Options
from inoc_evals.measures.declaration import Measure, Measuring, compares_with
from inoc_evals.measures.mentions import is_number, named, numbers, plain, size_of
from inoc_evals.measures.reading import Reading
from inoc_evals.measures.scale import share
from inoc_evals.measures.verdict import LINE as VERDICT

if TYPE_CHECKING:
    from inoc_evals.protocols.trajectory import Trajectory

_LINE = re.compile(r"(?m)^[^\w\n]*(?:(?:my|final|the|correct) )*answer\s*[:=]\s*(?P<says>[^\n]*)$")
_BOXED = re.compile(r"\\boxed\s*\{(?P<says>[^{}]*)\}")
_UNKNOWN = re.compile(r"^\W*(?:unknown|unclear|unsure|n/a|none|\?+|i (?:don't|do not) know|i'm not sure)\W*$")
_DROPPED = re.compile(r"\b(?:not|n't|rather than|instead of|than|unlike)\b[^,.;:\n]*")


class AnswerOptions(Options):
    """Is the answer that the item's `data` holds as `answer` (or one of `accepted`) what the reply settles on?"""


def read_answer(text: str, right: Sequence[str], wrong: Sequence[str] = ()) -> Reading:
    """1.0 if `text` settles on `right`, several ways to say one answer; `wrong` are answers known to be others.

    Read is the line "Answer: ...", or what is boxed; without either the last number of the text, or of the known
    answers the one that is named last. Numbers are compared by size. Causes: "empty", "no_answer", "contradictory" (two
    answers in such lines). Details: `said`, `marked` (was there such a line?).
    """
    if not text.strip():
        return Reading(None, "empty")
    boxed = [found["says"] for found in _BOXED.finditer(text)]
    own = VERDICT.sub("", plain(text))
    marked = [found["says"].strip(" .") for found in _LINE.finditer(own)] or [*map(plain, boxed)]
    lines = [line for line in marked if line and not _UNKNOWN.match(line)]
    numeric = is_number(right[0])
    if not lines and any(marked):
        return _reading(set(), right, numeric, marked=True)
    if not lines:
        said = _last_number(own) if numeric else _last_named(own, right, wrong)
        return _reading({said} if said is not None else set(), right, numeric, marked=False)
    said_there = {said for line in lines for said in _in_line(line, right, wrong, numeric=numeric)}
    return _reading(said_there, right, numeric, marked=True)


def _reading(said: set[str], right: Sequence[str], numeric: bool, *, marked: bool) -> Reading:
    details = {"said": " / ".join(sorted(said))[:80] or None, "marked": marked}
    hits = {one for one in said if _is_right(one, right, numeric)}
    if not said:
        return Reading(None, "no_answer", details)
    if hits and hits != said:
        return Reading(None, "contradictory", details)
    return Reading(float(bool(hits)), None, details)


def _is_right(said: str, right: Sequence[str], numeric: bool) -> bool:
    if numeric and is_number(said):
        return size_of(said) == size_of(right[0])
    return named(tuple(right)).search(said) is not None


def _in_line(line: str, right: Sequence[str], wrong: Sequence[str], *, numeric: bool) -> Iterable[str]:
    """The answers in an answer line; "12, not 6" is one, "6 or 12" are two."""
    kept = _DROPPED.sub("", line)
    if not numeric:
        others = [found[0] for found in named(tuple(wrong)).finditer(kept)] if wrong else []
        hits = [found[0] for found in named(tuple(right)).finditer(kept)]
        return [*others, *hits] or [kept]
    # The result of "7 + 8 = 15".
    last = kept.rpartition("=")[2]
    sizes = {f"{size:g}" for _, size in numbers(last)}
    if sizes:
        return sizes
    return [right[0] if named(tuple(right)).search(last) else last] if last.strip() else []


def _last_number(text: str) -> str | None:
    found = numbers(_DROPPED.sub("", text))
    return f"{found[-1][1]:g}" if found else None


def _last_named(text: str, right: Sequence[str], wrong: Sequence[str]) -> str | None:
    found = list(named((*right, *wrong)).finditer(_DROPPED.sub("", text)))
    return found[-1][0] if found else None


def ask(_: AnswerOptions, trajectory: Trajectory) -> Measuring:
    """The reading of one reply."""
    data = trajectory.item.data
    wrong = (data["wrong"],) if data.get("wrong") else ()
    return {"": read_answer(trajectory.response, (data["answer"], *data.get("accepted", ())), wrong)}
    yield  # a generator that yields nothing


SCALE = share("gives the right answer", "higher is oftener right")
MEASURE = Measure("answer", AnswerOptions, lambda _: {"": SCALE}, ask, check_item=compares_with("answer"))
