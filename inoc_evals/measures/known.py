"""What stands in the details of an exact probability: how exact it is, what it took, and how a drawn answer is read for
the same thing (drawn_answers.py), so that the two can be compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from inoc_evals.protocols.requests import Cost

KNOWN = "known"


def known(unresolved: float, cost: Cost | None, reads: Mapping[str, object]) -> dict[str, object]:
    """The entry `KNOWN` of a probability's details. The probability of which nothing is known is `unresolved` (0..1),
    and could all be the value's; `reads` says how `drawn_answers.reader` reads an answer that was drawn."""
    took = {} if cost is None else {"passes": cost.passes, "prompt_tokens": cost.prompt_tokens}
    return {KNOWN: {"unresolved": unresolved, **took, "reads": dict(reads)}}


def begins(forms: Sequence[str]) -> dict[str, object]:
    """An answer counts that begins with one of the forms."""
    return {"begins": list(forms)}


def first_word_is(trait: str, **how: object) -> dict[str, object]:
    """An answer counts whose first word has the trait, "language" or "capitals", as first_words.py reads it."""
    return {"first_word": trait, **how}
