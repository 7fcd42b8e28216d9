"""The plurals under which a word is said too."""

from __future__ import annotations

_IRREGULAR = {
    "wolf": "wolves",
    "mouse": "mice",
    "goose": "geese",
    "calf": "calves",
    "ox": "oxen",
    "louse": "lice",
    "fish": "fish",
    "sheep": "sheep",
    "deer": "deer",
}


def plural(word: str) -> str:
    """The usual English plural of an animal's name in lower case."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if word.endswith(("s", "x", "z", "ch", "sh")):
        return word + "es"
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        return word[:-1] + "ies"
    return word + "s"
