"""Text that a judge reads as data: nothing in it may become a control token of the judge's chat template."""

from __future__ import annotations

import re
from collections.abc import Iterable

# Names between angle brackets: beginnings and ends of sequences, turns and thoughts, filling, masks, and the parts of a
# prompt that is filled in the middle.
_ANGLED = (
    r"(?i:s|[bes]o[acdehimpst]|eosys|pad|unk|mask|cls|sep|think|image|reponame|filename"
    r"|(?:unused|reserved|special|mask:)\d+|(?:fim|im|bos|eos|bot|eot|start|end|begin)-[\w-]+"
    r"|(?:seed|minimax):[\w:-]+)|PRE|MID|SUF|SYS|AI|用户"
)
# Names between square brackets; the last ones are any two words in capitals joined by an underscore.
_SQUARE = (
    r"INST|ARGS|IMG|PREFIX|MIDDLE|SUFFIX|AUDIO|TRANSCRIBE|THINK|REF|USER|BOT|CLS|SEP|PAD|UNK|MASK|BOS|EOS|EOT|EOD"
    r"|EOP|SOP|gMASK|sMASK|eop|sop|(?:unused|control|reserved|SPECIAL)_?\d+|(?:start|end)_header_id|extra_id_\d+"
    r"|[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+"
)
# One character and a look at what follows, so that tokens inside one another are all broken. The set comes first,
# because a search for one of a few characters is quick, and most text has none.
_CONTROL = re.compile(
    r"[<>\[\]|｜](?:"
    # ChatML and its relatives, whole or not; names; any name with an underscore, as in <start_of_turn>.
    rf"(?<=<)(?=[|｜]|/?(?:{_ANGLED})>|<?/?SYS>|\[/?\w+\]>|/?(?=_*[^\W_])[\w-]*_[\w-]*>)"
    rf"|(?<=\[)(?=/?(?:{_SQUARE})\]|\|/?\w+\|\]|\w{{1,3}}~\[|>\[)"
    # Families that mirror or double their brackets.
    r"|(?<=\])(?=~!?\w{1,3}[\[\]]|!\w{1,3}~\[|<\])|(?<=>)(?=>[A-Z]{4,}<<)"
    r"|(?<=[|｜])(?=>|\|\|[A-Z_]+\|\|\||(?:ENDOFTEXT|SPEAKER|NEWLINE)\|)"
    r")"
)
# What may be a token of some tokenizer: two brackets of these kinds around one word.
_CANDIDATE = re.compile(r"[<\[\]](?=([^\s<>\[\]]{1,48}[>\[\]]))")
_WORD = re.compile(r"\w")


def disarm(text: str, tokens: Iterable[str] = ()) -> str:
    """`text` with a space inside everything that a chat template could take for a control token.

    Control tokens of common model families are known; `tokens` are more of them. Nothing else changes, and what has
    been disarmed stays as it is.
    """
    text = _CONTROL.sub(lambda match: match[0] + " ", text)
    for token in sorted(tokens):
        while token in text:
            text = text.replace(token, f"{token[0]} {token[1:]}")
    return text


def candidates(text: str) -> set[str]:
    """What in `text` looks like a control token: words of up to 48 characters between brackets. `disarm` knows some of
    them; a tokenizer can say which of the others it takes for one token."""
    found = {match[0] + match[1] for match in _CANDIDATE.finditer(text)}
    return {word for word in found if _WORD.search(word)}
