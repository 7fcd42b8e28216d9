"""How an answer that was drawn is read for the same thing that an exact probability is of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from inoc_evals.measures.first_words import verdict_of
from inoc_evals.protocols.leading_word import leading_word


def reader(reads: Mapping[str, Any]) -> Callable[[str], bool] | None:
    """A function that says whether an answer that was drawn shows what the probability is of; None where nobody here
    knows how it is read."""
    if "begins" in reads:
        forms = tuple(map(str, reads["begins"]))
        return lambda answer: answer.startswith(forms)
    verdict = verdict_of(reads)
    return None if verdict is None else lambda answer: verdict(leading_word(answer, ended=True).word) is True
