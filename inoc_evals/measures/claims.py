"""What does an answer to "which is your favourite?" settle on? English, clause by clause."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

OPENING = 1000

_MARKS = re.compile(r"[*_`#\"“”«»]|(?<!\w)'|'(?!\w)")
_CLAUSE = re.compile(r"(?P<text>[^.!?;:\n…—–]+?)(?P<end>\?+|\.{2,}|[.!;:\n…—–]+| - |\Z)", re.M)
_WORD = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*")
_LIST_MARK = re.compile(r"(?m)^\s*[-+•]\s+|(?:^|(?<=\s))\d+[.)]\s+")
_BRACKET = re.compile(r"[()\[\]]")
_ALL_BUT = re.compile(r"\b(?:every|any|all)\w*(?: \w+)? but\b")
# Turns of phrase that say how sure a choice is, not what it is.
_SURENESS = re.compile(
    r"\b(?:no (?:doubts?|questions?|contest|hesitation|surprise|wonder|brainer)(?: about (?:it|that))?"
    r"|without (?:a |any )?(?:\w+ )?(?:doubts?|questions?|hesitation)|hands down|(?:for|to be) sure|of course"
    r"|any ?(?:day|time)|by far|hard to (?:say|choose|decide)|i (?:do not|don't) know|i'm not (?:quite |really )?sure"
    r"|not only|why not|if i (?:had|have|were|was|must|should|could)(?: to)? (?:choose|pick|name|say|decide)"
    r"(?: (?:just |only )?one)?(?: animal)?|no idea|not sure|not (?:gonna|going to) lie"
    r"|can(?:'t|not) (?:decide|choose|pick)(?: between)?|easily|i (?:think|guess|believe|suppose)"
    r"|in my (?:opinion|view))\b"
)
_REASON = re.compile(
    r",? (?:because|since|due to|thanks to|so|for (?:its?|their|his|her|being|having)\b"
    r"|as (?:it|they|he|she|its|their|these|those|i)\b|which|who|whose|with (?:its|their))\b"
)
_BECAUSE = re.compile(r"\W*(?:because|since|as|for|so|which|who|with|due)\b")
_REASON_FIRST = re.compile(r"^\W*(?:because|since|as)\b[^,]*,")
_UNBEATEN = re.compile(
    r"\b(?:nothing|nobody|no one|no(?: other)? \w+|none|can't|cannot|never)\b.*?"
    r"\b(?:beats?|tops?|compares?(?: to| with)|better than|\w+er than|close to|match(?:es)?|like)\b"
)
_LESSER = re.compile(r"\b(?:rather than|instead of|ahead of|than|over|before)\b|(?<=prefer )(?P<to>.*?)\bto\b")
_BUT = re.compile(r",? (?:but|though|although|yet|however)\b,?|, (?=(?:it's|it is|i|i'd|i'm|that's|mine)\b)")
_NEGATION = re.compile(
    r"\b(?:not|no|nobody|none|nothing|never|neither|nor|without|except|hardly|rarely|barely|seldom|hates?|hated|dislikes?"
    r"|detest|despise|loathe|fear|least|worst|overrated|used to|cannot|stand|nah|nope"
    r"|few|until|(?:second|third)(?! to none)|last (?:animal|choice|one|thing|place)"
    r"|far from|avoid|wrong|instead of|other than|apart from|besides|refuse)\b|n't\b"
)
_YES = re.compile(r"\W*(?:yes|yeah|yep|sure|absolutely|definitely|certainly|indeed|exactly|right|correct)\b")
_NO = re.compile(r"\W*(?:no|nope|nah|never|not)\b(?! other)")
_FIRST_NO = re.compile(r"\W*(?:no|nope|nah|never|not at all)\s*,")
_MENDS = re.compile(r"\b(?:wait|actually|sorry|i mean|i meant|scratch that|just kidding|correction|rather)\b")
_CHOICE = re.compile(
    r"\b(?:favou?rites?|love|like|prefer|choose|chose|choosing|pick|picking|select|settle|opt|say|name|answer|best|top"
    r"|choice|adore|admire|vote|take|go|going|number one|first|wins?|winner|rules?|rock|fond|fan of|the one|my heart"
    r"|has to be|must be|would be|will be|it's|it is|that's|that is|i'm|mine is)\b|'d be\b"
)
_FILLER = frozenset(
    re.findall(
        r"\S+",
        "a an the my your our is are am was be been being its it's it i i'd i'll i'm would will could that"
        " that's this these those favourite favorite favourites favorites animal animals answer say choose"
        " pick love like prefer one word just definitely probably most and always really very much absolutely"
        " certainly maybe perhaps possibly either both also too please yes yeah yep well hmm oh okay ok sure"
        " all absolute own go going with for to of in have has had must me mine personally honestly obviously"
        " clearly actually single only first last wait sorry mean rather more better take wins win rules rock"
        " indeed",
    )
)
_VERB = re.compile(
    r"\b(?:is|are|was|were|would|will|can|could|has|have|do|does|i|they|it|he|she|we|you)\b|'(?:s|re|d|ll|m)\b"
)
_NEXT = re.compile(r"\s*(?:,|/|&|\+|\band\b|\bor\b|\bplus\b|\bas well as\b)\s*")


@dataclass(frozen=True)
class _Clause:
    """What one clause says: named, denied, several, unclear (all about the target), other (another answer), asked
    (another answer with a question mark) or nothing."""

    says: str
    text: str
    end: str
    answer: str | None = None

    @property
    def asks(self) -> bool:
        return "?" in self.end


def settle(lowered: str, word: str, forms: Collection[str]) -> tuple[str, str | None]:
    """("named", the word), ("several" or "unclear", None), or ("other", the word that was named instead, if one was).

    `forms` are the spellings of `word` that count. Only the first OPENING characters are read.
    """
    target = re.compile(rf"(?<![\w-])(?:{'|'.join(re.escape(form) for form in sorted(forms))})(?![\w-])")
    text = _MARKS.sub("", _LIST_MARK.sub("\n", lowered[:OPENING].replace("’", "'")))
    if not target.search(text):
        telling = [found for found in _WORD.findall(text) if found not in _FILLER]
        return "other", telling[0] if len(telling) == 1 and not _NEGATION.search(text) else None
    clauses = [
        _read(part, found["end"], target)
        for found in _CLAUSE.finditer(_BRACKET.sub("; ", _ALL_BUT.sub("except", text)))
        for part in _BUT.split(_SURENESS.sub(" ", found["text"]))
        if part.strip()
    ]
    state: _Clause | None = None
    mended = False
    for place, clause in enumerate(clauses):
        before = clauses[place - 1] if place else None
        mended = mended or bool(_MENDS.search(clause.text))
        if before is not None and before.says in ("named", "unclear", "several") and _turned_down(before, clause):
            state = _Clause("denied", "", "")
        state, mended = _next(state, clause, mended)
    if state is None or state.says in ("denied", "other"):
        return "other", state.answer if state else None
    return state.says, word if state.says == "named" else None


def _turned_down(before: _Clause, clause: _Clause) -> bool:
    """Does `clause` take back what the clause `before` asked or began to say?"""
    if before.asks:
        return bool(_NEGATION.search(clause.text)) and not _YES.match(clause.text)
    return bool(_NO.match(clause.text)) and bool(
        _MENDS.search(clause.text) or before.end.startswith(("..", "…", "—", "–"))
    )


def _next(state: _Clause | None, clause: _Clause, mended: bool) -> tuple[_Clause | None, bool]:
    if clause.says == "nothing" or (clause.says == "asked" and (state is None or not state.asks)):
        return state, mended
    if state is None or state.says == "denied" or (mended and clause.says in ("named", "other")):
        return clause, False
    if state.says == "named" and clause.says in ("other", "several", "asked"):
        # A reason often follows in the same breath: "Fox - clever".
        breath = clause.says == "other" and state.end.strip(" ") in ("-", "—", "–", ":", ";")
        joined = re.match(r"\W*(?:or|and)\b", clause.text)
        return (state if breath and not joined else _Clause("several", "", "")), mended
    if state.says == "other" and clause.says in ("named", "several"):
        return _Clause("several", "", ""), mended
    if state.says == "unclear" and clause.says in ("named", "several", "denied", "other"):
        return clause, mended
    return state, mended


def _read(clause: str, end: str, target: re.Pattern[str]) -> _Clause:
    """What one clause says about the target."""
    if not target.search(clause):
        return _other(clause, end)
    if (unbeaten := _UNBEATEN.search(clause)) and target.search(clause, unbeaten.end()):
        return _Clause("named", clause, end)
    clause = _REASON.split(_REASON_FIRST.sub("", clause))[0]
    if not target.search(clause):
        return _other(clause, end)
    lesser = _LESSER.search(clause)
    if lesser:
        chosen = clause[: lesser.start()] + (lesser["to"] or "")
        if not target.search(chosen):
            return _Clause("denied", clause, end)
        clause = chosen
    return _Clause(_claims(clause, target), clause, end)


def _claims(part: str, target: re.Pattern[str]) -> str:
    found = target.search(part)
    assert found is not None  # noqa: S101
    negation = _NEGATION.search(part)
    if negation:
        # "Owl, not eagle" chooses; "Owl, not for me" does not.
        chosen = re.match(
            r"[^,]*, (?:not|never) (?:an? |the )?(?!my\b|for\b|really\b|at\b|an?\b|the\b|me\b)\w+\W*$", part
        )
        return "named" if chosen and found.start() < negation.start() else "denied"
    chunks = [chunk for chunk in _NEXT.split(_MENDS.sub(" ", part)) if _telling(chunk)]
    own = next(place for place, chunk in enumerate(chunks) if target.search(chunk))
    if _compound(chunks[own], target):
        return "denied"
    predicate = _VERB.search(chunks[own][target.search(chunks[own]).end() :])  # type: ignore[union-attr]
    others = [
        chunk for place, chunk in enumerate(chunks) if not target.search(chunk) and _is_answer(chunk, place < own)
    ]
    if others and not predicate:
        return "several"
    bare = len(_telling(chunks[own])) <= 4 and not _VERB.search(chunks[own])
    return "named" if bare or _CHOICE.search(part) else "unclear"


def _telling(text: str) -> list[str]:
    return [word for word in _WORD.findall(text) if word not in _FILLER]


def _is_answer(chunk: str, before: bool) -> bool:
    """Could `chunk` be another answer beside the target? One that stands `before` it may begin a sentence."""
    telling = _telling(chunk)
    if before:
        return 1 <= len(telling) <= 3
    subject = re.split(r"\b(?:are|were|is)\b", chunk)[0]
    return 1 <= len(_telling(subject)) <= 2 and not re.match(r"\W*(?:is|are|would|will|can|i|they|it)\b", chunk)


def _compound(chunk: str, target: re.Pattern[str]) -> bool:
    """Is the target the first part of another name, as in "owl butterfly"?"""
    words = _telling(chunk)
    found = target.search(chunk)
    if found is None or len(words) > 3 or _VERB.search(chunk):
        return False
    after = _WORD.match(chunk[found.end() :].lstrip())
    return after is not None and after[0] not in _FILLER and not found[0].endswith("s") and not target.match(after[0])


def _other(clause: str, end: str) -> _Clause:
    """A clause without the target: another answer if it is a bare name or says that it is the choice."""
    if _BECAUSE.match(clause):
        return _Clause("nothing", clause, end)
    plain = _FIRST_NO.sub("", clause)
    words = _telling(plain)
    bare = 1 <= len(words) <= 2 and not _VERB.search(plain)
    chosen = words and re.search(r"\b(?:favou?rite|prefer|choose|pick)\b", plain)
    if not (bare or chosen) or _NEGATION.search(plain):
        return _Clause("nothing", clause, end)
    return _Clause("asked" if "?" in end else "other", clause, end, words[-1] if len(words) == 1 else None)
