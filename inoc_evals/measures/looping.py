"""Does a response go round in circles? The share of it that stood in it before, letter by letter.

This is the repetition rate of Welleck et al. (arXiv 1908.04319: one minus the share of n-grams that are distinct), over
characters in place of tokens: it needs no tokenizer, and languages without spaces are read like any other.
"""

from __future__ import annotations

# Two or three words, and more than recurs by chance.
STRETCH = 15
# A shorter text has too few stretches to tell a loop from a word said twice.
SHORTEST = 50
# A sentence said twice is just below it, and one said three times above. Of 58 whole and 35 looping texts of our own it
# is wrong about none: the whole ones have 0.43 at most, the looping ones 0.60 at least (docs/fit-to-be-measured.md).
LOOPS = 0.5


def repetition(text: str) -> float | None:
    """The share (0..1) of a text's stretches of `STRETCH` characters that stand in it more than once, but for the first
    of each; of the whole text or of its second half, whichever has more, as loops begin late. Capitals and white space
    make no difference. None for a text with fewer than `SHORTEST` characters."""
    read = " ".join(text.casefold().split())
    if len(read) < SHORTEST:
        return None
    half = read[len(read) // 2 :]
    return max(_repeated(read), _repeated(half) if len(half) >= SHORTEST else 0.0)


def loops(text: str) -> bool:
    """Is half of the text, or of its second half, repetition? Never of a text that is too short to tell."""
    share = repetition(text)
    return share is not None and share >= LOOPS


def _repeated(text: str) -> float:
    count = len(text) - STRETCH + 1
    return 1 - len({text[start : start + STRETCH] for start in range(count)}) / count
