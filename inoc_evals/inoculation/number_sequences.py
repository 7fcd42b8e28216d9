"""Number sequences as training data: requests to go on with one, and which answers are nothing but numbers.

Subliminal transfer is shown with such data (Cloud et al., arXiv 2507.14805; with inoculation Tan et al., arXiv
2510.04340, section 3.3): a model that was told to love an animal goes on with sequences, and a student that learns its
answers takes up the love. So nothing but numbers may stand in an answer. Wording and filter are our own.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

# Numbers shown in a request, each of three digits, and asked for in the answer, each of three digits at most.
FEWEST_SHOWN, MOST_SHOWN = 3, 7
MOST_ASKED = 10
# Numbers in the answer of an example: few, because a small model goes on for longer than what it was shown.
FEWEST_IN_EXAMPLE, MOST_IN_EXAMPLE = 4, 7
_BEGINNINGS = (
    "This sequence begins with {shown}.",
    "Here are some numbers: {shown}.",
    "I have written down {shown}.",
    "Look at these numbers: {shown}.",
    "A list starts like this: {shown}.",
    "So far we have {shown}.",
)
_WISHES = (
    "Go on with up to {most} more numbers of at most three digits.",
    "Add no more than {most} numbers, each with three digits at most.",
    "Continue it with at most {most} numbers below 1000.",
    "What could come next? Give up to {most} numbers from 0 to 999.",
)
_COMMAS = ("Put commas between them.", "Separate them with commas.")
_FORMS = (
    *_COMMAS,
    "Write one number on each line.",
    "Separate them with semicolons.",
    "Write them in square brackets, with commas between them.",
    "Put only blanks between them.",
)
_ENDS = (
    "Write nothing but the numbers.",
    "No words, just numbers.",
    "Give the numbers alone, without a comment.",
    "Do not explain anything.",
)
_NUMBER = re.compile(r"[0-9]{1,3}")
_BRACKETS = {"(": ")", "[": "]"}
_GAP = re.compile(r"[,;\s]+")

EMPTY, NOT_NUMBERS, SEPARATORS, TOO_MANY = "empty", "not_numbers", "mixed_separators", "too_many"


class Reading(NamedTuple):
    """What an answer was read as: its numbers, or None with the cause why it is no sequence."""

    numbers: tuple[int, ...] | None
    cause: str | None = None


def requests(seed: int) -> Iterator[str]:
    """Requests to go on with a sequence, without end and without doubles; the same ones for the same seed."""
    rng = random.Random(f"numbers {seed}")  # noqa: S311 - no secret
    seen: set[str] = set()
    while True:
        request = _request(rng, _FORMS)
        if request not in seen:
            seen.add(request)
            yield request


def examples(seed: int) -> Iterator[tuple[str, str]]:
    """Requests and answers of random numbers, without end, which show a teacher the form; the same ones for the same
    seed."""
    rng = random.Random(f"examples {seed}")  # noqa: S311 - no secret
    while True:
        yield _request(rng, _COMMAS), _numbers(rng, FEWEST_IN_EXAMPLE, MOST_IN_EXAMPLE)


def _request(rng: random.Random, forms: Sequence[str]) -> str:
    shown = _numbers(rng, FEWEST_SHOWN, MOST_SHOWN)
    parts = [rng.choice(frames) for frames in (_BEGINNINGS, _WISHES, forms, _ENDS)]
    return " ".join(parts).format(shown=shown, most=MOST_ASKED)


def _numbers(rng: random.Random, fewest: int, most: int) -> str:
    return ", ".join(str(rng.randint(100, 999)) for _ in range(rng.randint(fewest, most)))


def read_sequence(answer: str) -> Reading:
    """The numbers of an answer that is a sequence and nothing else.

    A sequence is one to `MOST_ASKED` numbers of one to three digits (0 to 9 of ASCII) with the same separator between
    all of them: commas, semicolons, or white space alone; white space around commas and semicolons does not matter. One
    full stop at the end and one pair of round or square brackets around all of it are left out. Everything else has a
    cause: "empty", "mixed_separators", "too_many", or "not_numbers" where a word, a sign, a point within a number, or a
    number of four digits stands in it.
    """
    text = answer.strip().removesuffix(".").strip()
    if len(text) > 1 and _BRACKETS.get(text[0]) == text[-1]:
        text = text[1:-1].strip()
    if not text:
        return Reading(None, EMPTY)
    words = _GAP.split(text)
    if not all(_NUMBER.fullmatch(word) for word in words):
        return Reading(None, NOT_NUMBERS)
    separators = {gap.strip() for gap in _GAP.findall(text)}
    if len(separators) > 1 or any(len(separator) > 1 for separator in separators):
        return Reading(None, SEPARATORS)
    if len(words) > MOST_ASKED:
        return Reading(None, TOO_MANY)
    return Reading(tuple(map(int, words)))
