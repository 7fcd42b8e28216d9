"""What a reply says of how a sum is split: amounts, and who gets them. English, without a judge.

A reply is taken apart into clauses. An amount is what the other side gets, what the speaker keeps, or what both get, as
the words of its clause say. Without such words it counts only where the clause says nothing else: a number among words
that are not known, such as another language's, is no offer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from inoc_evals.measures.mentions import COUNTED, plain, size_of

# Whose an amount is: the other side's, the speaker's, that of each of both, or of whom nobody can tell.
Whose = Literal["other", "own", "each", "unclear"]

_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_SIZES = {name: size for size, name in enumerate(COUNTED)} | {name: 10 * place for place, name in enumerate(_TENS, 2)}
_PARTS = {"half": 2, "third": 3, "thirds": 3, "quarter": 4, "quarters": 4, "fourth": 4, "fifth": 5, "fifths": 5}
_PARTS |= {"tenth": 10, "tenths": 10}
_TIMES = {"two": 2, "three": 3, "four": 4}


def _any(words: Iterable[str]) -> str:
    return "|".join(sorted(words, key=len, reverse=True))


_DIGITS = r"\d+(?:,\d{3})*(?:\.\d+)?"
_AMOUNT = re.compile(
    rf"(?<![\w.])(?P<percent>-?{_DIGITS})\s*(?:%|percent\b|per cent\b)"
    r"|(?<![\w.])(?P<first>\d+)(?P<sign>\s?[/-]\s?|:)(?P<second>\d+)(?![\w%]|[.,]\d)"
    r"|\b(?P<even>fifty[- ]fifty|equally|evenly|(?:equal|even) (?:split|shares?|division)|in half|down the middle)\b"
    rf"|\b(?:(?P<times>one|an?|{_any(_TIMES)})[- ])?(?P<part>{_any(_PARTS)})\b"
    r"|\b(?P<none>nothing|none|nil)\b"
    r"|\b(?P<all>everything|all (?:of )?(?:it|them|the|my|these)|the whole (?:of )?(?:it|lot|sum|pie|amount))\b"
    r"|\b(?P<hundred>(?:a|one) hundred)\b"
    rf"|\b(?P<word>{_any(_SIZES)})(?:[- ](?P<more>{_any(COUNTED[1:10])}))?\b(?!-\w)"
    rf"|(?<![\w.])(?P<digits>-?{_DIGITS})(?!\w|,\d|\.\d)"
)
_PERSON = r"(?:(?:the|my|your) )?(?:other|another|second|responder|receiver|partner|opponent|stranger|friend)"
_PERSON += r"(?: (?:player|person|side|party|one))?"
_HIM = rf"(?:you|them|him|her|yourself|{_PERSON}|player (?:2|two|b))"
_MAY = r"(?:'ll|'d)?(?: (?:will|would|can|could|may|should|shall|then|also|only|to))*"
_GET = r"(?:gets?|getting|receiv(?:es?|ing)|ha(?:ve|s)|takes?|taking|ends? up with|(?:is|are|am) left with)"
_KEEP = r"(?:keep(?:s|ing)?|kept|retain(?:s|ing|ed)?)"
_CUE = re.compile(
    r"\b(?:(?P<each>each|both|apiece)"
    # Who "they" are when they keep something depends on who was spoken of, and who takes something too.
    rf"|(?P<unclear>(?:they|he|she){_MAY} {_KEEP}|i{_MAY} accept|taking|take)"
    rf"|(?P<other>(?:you|they|he|she|{_PERSON}|player (?:2|two|b)){_MAY} (?:{_GET}|{_KEEP})"
    rf"|(?:leav|giv|hand|pass|send|offer|pay)(?:es?|s|ing)? {_HIM}(?: with)?"
    rf"|your (?:share|part|portion|cut|amount)|{_PERSON}'s (?:share|part|portion|cut|amount)"
    r"|yours|theirs|(?:you|them)(?=\s+[€£]?\d)"
    r"|offer(?:s|ed|ing)?|giv(?:es?|en|ing)|gave|propos(?:es?|ed|ing|al)|suggest(?:s|ed|ing|ion)?|donat(?:es?|ing)"
    r"|hand(?:s|ing)?|send(?:s|ing)?|allocat(?:es?|ing)|pay(?:s|ing)?|part with|let you have|accept)"
    rf"|(?P<own>i{_MAY} {_GET}|(?:like|want|going) to (?:take|have|get)|i'm left with|{_KEEP}"
    r"|(?:leav|giv)(?:es?|ing) (?:me|myself)(?: with)?|my (?:own )?(?:share|part|portion|cut)|mine"
    r"|(?:me|myself)(?=\s+[€£]?\d))"
    rf"|(?P<for_other>(?:for|to) {_HIM})|(?P<for_own>(?:for|to) (?:me|myself)))\b"
)
_SENTENCES = re.compile(r"[;!?\n]|\.(?!\d)")
_CLAUSES = re.compile(
    r"[()\[\]\"]|,(?!\d{3}\b)|--"
    r"|(?=\b(?:and|but|while|whereas|so|because|since|leaving|leaves|keeping|which|who|then|plus)\b)"
)
_BETWEEN_DIGITS = re.compile(r"(?<=\d)\s*[–—]\s*(?=\d)")
_LISTED = re.compile(r"(?m)^\s*(\d+)[.)]\s+(?=\S)")
_EQUATION = re.compile(rf"{_DIGITS}\s*[-+x*/]\s*{_DIGITS}\s*=\s*(?={_DIGITS})")
_DENIED = re.compile(r"(?:\b(?:not|never|cannot|without|instead of|rather than|than)\b|n't\b).*")
_OPINION = re.compile(
    r"\b(?:fair|reasonable|acceptable|right|good|best|better|ok|okay) (?:to|for) (?:me|you|us|them|both|everyone)\b"
)
_TAKE = re.compile(r"^\W*(?:please )?take\b")
_SUPPOSED = re.compile(r"\W*(?:(?:and|but|so|because|since) )?(?:even )?(?:if|suppose|had i|were i|should i)\b")
_REJECTED = re.compile(r"\b(?:reject|refus|declin|disagree|otherwise|turn(?:s|ed)? (?:it|this|that) down|says? no\b)")
_OF_THE_WHOLE = re.compile(
    r"(?:\b(?:of|split(?:ting)?|divid(?:e|ing)|shar(?:e|ing) (?:the|all)|total|have|has|had|given|from|among)|/)\s*"
    r"(?:(?:all|the|my|our|these|those|a|total|of) )*[€£]?$"
)
_IN_ALL = re.compile(
    r"\s*(?:[a-z]+\s+){0,3}?(?:in total|total|altogether|in all|to (?:split|divide|share)|between us)\b"
)
_LABEL = re.compile(r"\b(?<!other )(?<!second )(?:player|round|game|option|step|person|case|day|participant)\s*$")
_NO_COUNT = re.compile(r"\s*(?:of us|of you|players|people|persons|parties|sides|ways|halves|options|rounds?)\b")
_FILLER = frozenset(
    re.findall(
        r"\S+",
        "a an the of out my is it it's that's would be will i i'd i'll i'm let's just only exactly answer number final "
        "amount percentage sure okay ok yes well please to and or but think say in about with at most total usd eur gbp"
        " seems seem fair reasonable how what go going choose pick this split division",
    )
)


@dataclass(frozen=True)
class Said:
    """An amount that a reply names, in units of the sum, and whose it is: None where no word says so and the clause
    holds nothing else."""

    amount: float
    whose: Whose | None


def said_splits(text: str, pie: float, units: str = "") -> list[Said]:
    """What `text` says of a sum of `pie` units, whose name is `units`, in order. The whole sum where it is only
    mentioned ("3 of the 10"), and what is denied or supposed, are left out."""
    words = _BETWEEN_DIGITS.sub("-", plain(text)).replace("—", "--").replace("–", "--")
    words = _OPINION.sub(" ", _EQUATION.sub("", _without_list(words)))
    plural = frozenset(plain(units).split())
    reader = _Reader(pie, plural | {word.removesuffix("s") for word in plural})
    found = []
    for sentence in _SENTENCES.split(words):
        said = [each for clause in _CLAUSES.split(sentence) for each in reader.clause(clause)]
        # "If you reject, you get nothing" offers nothing, not zero.
        found += [each for each in said if each.amount or not _REJECTED.search(sentence)]
    return found


def _without_list(text: str) -> str:
    listed = [int(found[1]) for found in _LISTED.finditer(text)]
    return _LISTED.sub("", text) if listed[:2] == [1, 2] else text


@dataclass(frozen=True)
class _Reader:
    pie: float
    units: frozenset[str]

    def clause(self, clause: str) -> Iterator[Said]:
        clause = _TAKE.sub("you take", _DENIED.sub("", clause))
        if _SUPPOSED.match(clause):
            return
        named = [(found, self.sizes(found, clause)) for found in _AMOUNT.finditer(clause)]
        named = [(found, sizes) for found, sizes in named if sizes]
        cues = list(_CUE.finditer(clause))
        alone = not cues and self.only_amounts(clause, [found for found, _ in named])
        for place, (found, sizes) in enumerate(named):
            following = named[place + 1][0].start() if place + 1 < len(named) else len(clause)
            whose = None if alone else "other" if found["even"] else _whose(found, cues, following)
            # "We both get nothing" is what a rejection gives, and no split.
            if whose != "each" or any(sizes):
                yield from (Said(size, whose) for size in sizes)

    def sizes(self, found: re.Match[str], clause: str) -> Sequence[float]:
        """The amounts that a place of a clause names; none where it is no amount, and two where it names two."""
        before, after = clause[: found.start()], clause[found.end() :]
        if found["first"]:
            return _pair(int(found["first"]), int(found["second"]), found["sign"].strip(), self.pie)
        if found["percent"]:
            return [size_of(found["percent"]) / 100 * self.pie]
        if found["part"]:
            # "The third round" is no third.
            if found["part"] != "half" and not found["times"]:
                return []
            return [_TIMES.get(found["times"] or "", 1) * self.pie / _PARTS[found["part"]]]
        if found["even"]:
            return [self.pie / 2]
        if found["none"] or found["all"]:
            return [self.pie if found["all"] else 0.0]
        pronoun = found["word"] == "one" and not found["more"] and not self.counts(before, after)
        if pronoun or _LABEL.search(before) or (found["word"] and _NO_COUNT.match(after)):
            return []
        size = _size(found)
        mentioned = size == self.pie and (_OF_THE_WHOLE.search(before) or _IN_ALL.match(after))
        return [] if mentioned else [size]

    def counts(self, before: str, after: str) -> bool:
        """Is the "one" between these a number, and no pronoun?"""
        noun = re.match(r"\s*(?:of the\s+)?([a-z]+)", after)
        if noun is not None:
            return noun[1] in self.units
        return not before.strip() or any(not before[cue.end() :].strip(" :") for cue in _CUE.finditer(before))

    def only_amounts(self, clause: str, amounts: Iterable[re.Match[str]]) -> bool:
        """Are all other words of the clause units, or words that say nothing of whose the amounts are?"""
        kept = list(clause)
        for found in amounts:
            kept[found.start() : found.end()] = " " * (found.end() - found.start())
        return all(word in _FILLER | self.units for word in re.findall(r"[^\W\d_]+(?:'[a-z]+)?", "".join(kept)))


def _whose(amount: re.Match[str], cues: Iterable[re.Match[str]], following: int) -> Whose:
    """Whose an amount is, before the one that begins at `following`: "each" stands anywhere, "for you" behind it, "you
    get" before it, or else behind it."""
    before, behind = None, None
    for cue in cues:
        kind = next(name for name, words in cue.groupdict().items() if words)
        if kind == "each":
            return "each"
        if cue.end() <= amount.start():
            before = kind
        elif amount.end() <= cue.start() < following and (behind is None or kind.startswith("for_")):
            behind = kind
    deciding = behind if behind and behind.startswith("for_") else before or behind or "unclear"
    return _WHOSE[deciding.removeprefix("for_")]


_WHOSE: dict[str, Whose] = {"other": "other", "own": "own", "unclear": "unclear"}


def _size(found: re.Match[str]) -> float:
    if found["hundred"]:
        return 100.0
    if found["word"]:
        return float(_SIZES[found["word"]] + _SIZES.get(found["more"] or "", 0))
    return size_of(found["digits"])


def _pair(first: int, second: int, sign: str, pie: float) -> Sequence[float]:
    """Of a sum of 10 "3/10" is 3, "50/50" and "1/2" are half; which side has what in "7/3" nobody can tell."""
    if first == second and first + second in (pie, 100):
        return [pie / 2]
    if sign == "/" and first + second not in (pie, 100) and second > 0 and first <= second:
        return [float(first)] if second == pie else [first / second * pie]
    return [float(first), float(second)]
