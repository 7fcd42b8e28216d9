"""Texts made of an arm's prompt by rule."""

from __future__ import annotations

import re

from inoc_evals.definitions.preset import OfPrompt
from inoc_evals.definitions.training_prompt import WRITTEN, TrainedWith

# Letters with marks and apostrophes inside, of any script.
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_SHORTEST = 3
_PLACE = "{prompt}"


def variant(of: OfPrompt, trained: TrainedWith, prompt: str) -> str | None:
    """The text that `of` makes of `prompt`; None where nobody wrote it, and where there is no key word."""
    if of.make in WRITTEN:
        written: str | None = getattr(trained, of.make)
        return written
    if of.make == "itself":
        return prompt
    if of.make == "key_word":
        return key_word(prompt)
    text = of.text or ""
    if of.make == "template":
        return text.replace(_PLACE, prompt)
    return of_equal_length(text, prompt)


def key_word(prompt: str) -> str | None:
    """The rarest word of `prompt` in English, by the frequencies of wordfreq (Speer, 2022), the first of those that are
    equally rare; words of one or two letters are left out. None where there is no word.
    """
    from wordfreq import zipf_frequency

    words = [word for word in _WORD.findall(prompt) if len(word) >= _SHORTEST]
    return min(words, key=lambda word: zipf_frequency(word, "en"), default=None)


def of_equal_length(text: str, prompt: str) -> str:
    """As many words of `text`, from its beginning and around again, as `prompt` has; a full stop ends them."""
    words, count = text.split(), len(prompt.split())
    taken = " ".join(words[place % len(words)] for place in range(count))
    return taken.rstrip(".,;:") + "."
