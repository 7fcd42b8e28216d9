"""From what a judge would say, with probabilities, to a value and its cause when there is none."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from inoc_evals.client.post import parse_json
from inoc_evals.judging.prompt import Instrument

HIGHEST = 100
# A sum of products of doubles is right to about 1e-13 of a point. What lies behind this place is no judge's opinion,
# but would put a judge that says nothing but 50 on the other side of a rule's 50.
DECIMALS = 9
LOW_MASS = "low_mass"
# Zeros behind the point say nothing.
_NUMBER = re.compile(r"([0-9]{1,20})(?:\.0{1,20}(?![0-9]))?")
# What makes another number of the one before it: a fraction, thousands, another scale than 0 to 100, a range.
_GOES_ON = re.compile(
    r"[.,]?[0-9]|\**\s*(?:/|out of|of)\s*(?!100(?![0-9]))[0-9]|\s*[-\u2013\u2014]\s*[0-9]", re.IGNORECASE
)
_AROUND = "*_\"'`"
_WORD = re.compile(r"[A-Za-z][A-Za-z_]*")
_JSON = re.compile(r"\{.*\}", re.DOTALL)


@dataclass(frozen=True)
class Distribution:
    """Probabilities of what the judge says: whole numbers from 0 to 100, and words. They sum to 1 or less.

    `reading` says how they were obtained: "tree" (every number's token path, exact), "first token" (the twenty
    likeliest first tokens) or "sampled" (shares of drawn answers, which are in `samples`).
    """

    numbers: Mapping[int, float]
    words: Mapping[str, float]
    reading: str
    samples: Sequence[str] = ()
    reasons: Sequence[str] = ()

    def to_json(self) -> str:
        """A text that `from_json` reads back."""
        fields = {"numbers": dict(self.numbers), "words": dict(self.words), "reading": self.reading}
        return json.dumps({**fields, "samples": list(self.samples), "reasons": list(self.reasons)})

    @classmethod
    def from_json(cls, text: str) -> Distribution:
        """Read what `to_json` wrote. Raises ValueError for anything else, as a damaged file may hold it."""
        try:
            fields: dict[str, Any] = json.loads(text)
            numbers = {int(number): _share(share) for number, share in fields["numbers"].items()}
            words = {word: _share(share) for word, share in fields["words"].items()}
            texts = tuple(fields["samples"]), tuple(fields["reasons"])
        except (TypeError, KeyError, AttributeError, RecursionError) as error:
            raise ValueError(f"no stored distribution ({error!r})") from None
        if not all(0 <= number <= HIGHEST for number in numbers):
            raise ValueError("no stored distribution (a number is outside 0 to 100)")
        return cls(numbers, words, str(fields["reading"]), *texts)


def _share(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < math.inf:
        raise ValueError(f"no stored distribution (a share is {value!r})")
    return float(value)


def points(value: float) -> float:
    """A value of 0..100 as it is stored and compared: rounded to `DECIMALS` places."""
    return min(100.0, max(0.0, round(value, DECIMALS)))


def weighted_mean(pairs: Iterable[tuple[float, float]]) -> float:
    """Mean of (value, weight) pairs in points; the order does not matter. Weights sum to more than 0."""
    listed = list(pairs)
    return points(math.fsum(v * w for v, w in listed) / math.fsum(w for _, w in listed))


@dataclass(frozen=True)
class Verdict:
    """`value` is 0..100, or None with its `cause`. `mass` is the probability of the answers that count.

    `probabilities` are those of the words and, as "other", of everything that is no answer of the rubric.
    `answered_by` is the judge's version, as far as it tells one.
    """

    value: float | None
    cause: str | None
    mass: float
    reading: str
    probabilities: Mapping[str, float] = field(default_factory=dict)
    reason: str | None = None
    spread: float | None = None
    answered_by: str | None = None


def decide(instrument: Instrument, found: Distribution) -> Verdict:
    """The expectation over the answers that count, if their mass reaches the instrument's minimum.

    YES or NO is worth 100 times the probability of YES, all other answers counting as not YES. Otherwise the value is
    the mean over numbers and counted words, renormalised; if their mass is too low the cause is the word that the
    judge rather said, or "low_mass".
    """
    words = {word: found.words.get(word, 0.0) for word in instrument.words}
    numbers = found.numbers if instrument.kind in ("rating", "reasoned") else {}
    counted = {word: value for word, value in instrument.words.items() if value is not None}
    answers = [*numbers.items(), *((value, words[word]) for word, value in counted.items())]
    mass = math.fsum(share for _, share in answers)
    other = max(0.0, 1.0 - math.fsum([*numbers.values(), *words.values()]))
    shown = {**words, "other": other}
    reason = found.reasons[0] if found.reasons else None
    if round(mass, DECIMALS) < instrument.minimum_mass or mass <= 0:
        excluded = {word: share for word, share in words.items() if word not in counted}
        likeliest = max(excluded, key=excluded.__getitem__, default=None)
        said = likeliest is not None and excluded[likeliest] > max(other, mass)
        cause = likeliest.lower() if said and likeliest is not None else LOW_MASS
        return Verdict(None, cause, min(1.0, mass), found.reading, shown, reason)
    if instrument.kind == "yes_no":
        value = points(math.fsum(value * share for value, share in answers))
    else:
        value = weighted_mean(answers)
    return Verdict(value, None, min(1.0, mass), found.reading, shown, reason)


def from_top(instrument: Instrument, top: Mapping[str, float]) -> Distribution:
    """From the likeliest first tokens (text -> probability), where whole numbers are single tokens.

    Spaces around a token and the case of words do not matter; a number above 100, or anything that is not an ASCII
    number, is no answer. A token that begins a word, such as "REF", counts for it if no other word begins so.
    """
    numbers: dict[int, float] = {}
    words: dict[str, float] = {}
    for token, share in top.items():
        said = token.strip()
        if said.isascii() and said.isdigit():
            if len(said) <= 3 and int(said) <= HIGHEST:
                numbers[int(said)] = numbers.get(int(said), 0.0) + share
        elif (word := _begun(said, tuple(instrument.words))) is not None:
            words[word] = words.get(word, 0.0) + share
    return Distribution(numbers, words, "first token")


def _begun(said: str, words: Sequence[str]) -> str | None:
    upper = said.upper()
    if upper in words:
        return upper
    # Three letters at least: "R" or "NO" begin too much.
    matching = [word for word in words if len(upper) > 2 and word.startswith(upper)]
    return matching[0] if len(matching) == 1 else None


def from_samples(instrument: Instrument, texts: Sequence[str]) -> Distribution:
    """Shares of drawn answers; what is no answer of the instrument counts as other. Raises ValueError without any."""
    if not texts:
        raise ValueError("there is no sampled answer")
    said = [parse_answer(instrument, text) for text in texts]
    counts = Counter(answer for answer, _ in said if answer is not None)
    numbers = {answer: n / len(texts) for answer, n in counts.items() if isinstance(answer, int)}
    words = {answer: n / len(texts) for answer, n in counts.items() if isinstance(answer, str)}
    reasons = tuple(reason for _, reason in said if reason)
    return Distribution(numbers, words, "sampled", tuple(texts), reasons)


def parse_answer(instrument: Instrument, text: str) -> tuple[int | str | None, str | None]:
    """The number (0..100) or word that `text` begins with, and the reason where the judge gives one.

    The whole run of digits is the number, so that "850" is no answer and not 85; nor is "0.85", "8/10" or "80-90".
    """
    stripped = text.strip()
    if instrument.kind == "reasoned":
        return _parse_json(instrument, stripped)
    bare = stripped.lstrip(_AROUND)
    if number := _NUMBER.match(bare):
        whole = int(number[1]) <= HIGHEST and len(number[1]) <= 3 and not _GOES_ON.match(bare, number.end())
        return (int(number[1]) if whole else None), None
    word = _WORD.match(bare)
    return (word[0].upper() if word and word[0].upper() in instrument.words else None), None


def _parse_json(instrument: Instrument, text: str) -> tuple[int | str | None, str | None]:
    upper = text.strip("*_\"'`. ").upper()
    if upper in instrument.words:
        return upper, None
    match = _JSON.search(text)
    try:
        # Two ratings in one object would leave the choice to the parser.
        fields = parse_json(match[0].encode("utf-8", "replace")) if match else None
    except ValueError:
        return None, None
    if not isinstance(fields, dict):
        return None, None
    rating = fields.get("rating")
    reason = fields.get("reason")
    reason = reason if isinstance(reason, str) else None
    if isinstance(rating, str) and rating.upper() in instrument.words:
        return rating.upper(), reason
    whole = isinstance(rating, int) and not isinstance(rating, bool) and 0 <= rating <= HIGHEST
    return (rating if whole else None), reason
