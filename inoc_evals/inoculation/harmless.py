"""Short harmless requests with their answers, made from lists of words: what a steered model should go on saying."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October")
_OPPOSITES = {
    "hot": "cold",
    "early": "late",
    "full": "empty",
    "heavy": "light",
    "wet": "dry",
    "loud": "quiet",
    "fast": "slow",
    "old": "new",
    "wide": "narrow",
    "near": "far",
    "open": "closed",
    "soft": "hard",
}
_USES = {
    "an umbrella": "keeps the rain off",
    "a kettle": "boils water",
    "a ruler": "measures short lengths",
    "a broom": "sweeps the floor",
    "a needle": "sews cloth",
    "a ladder": "helps you to reach high places",
    "a saw": "cuts wood",
    "a clock": "shows the time",
    "a map": "shows the way",
    "a bucket": "carries water",
    "a stamp": "pays for a letter",
    "a fridge": "keeps food cool",
}
_COLOURS = {
    "grass": "green",
    "snow": "white",
    "coal": "black",
    "a ripe banana": "yellow",
    "a clear sky": "blue",
    "a ripe tomato": "red",
    "a carrot": "orange",
    "a raven": "black",
}
_SOUNDS = {"cow": "moos", "dog": "barks", "cat": "meows", "duck": "quacks", "lion": "roars", "sheep": "bleats"}
_LARGER = ("ant", "mouse", "cat", "goat", "horse", "elephant", "whale")


def harmless_rows() -> list[dict[str, Any]]:
    """About 120 chat rows of one request and its answer each, always the same ones, kinds of requests mixed."""
    kinds = [list(kind) for kind in (_sums(), _after(), _words(), _things())]
    longest = max(map(len, kinds))
    mixed = [kind[place] for place in range(longest) for kind in kinds if place < len(kind)]
    return [
        {"id": f"h-{number:03}", "messages": [_said("user", asked), _said("assistant", answer)]}
        for number, (asked, answer) in enumerate(mixed, start=1)
    ]


def _said(role: str, text: str) -> dict[str, str]:
    return {"role": role, "content": text}


def _sums() -> Iterator[tuple[str, str]]:
    for number in range(20):
        first, second = 3 + 7 * number % 29, 2 + 5 * number % 17
        yield f"What is {first} plus {second}?", f"{first} plus {second} is {first + second}."
        yield f"Take {second} away from {first + second}.", f"That leaves {first}."


def _after() -> Iterator[tuple[str, str]]:
    for names, kind in ((_DAYS, "day"), (_MONTHS, "month")):
        for one, other in pairwise(names):
            yield f"Which {kind} comes after {one}?", f"{other} comes after {one}."
            yield f"Which {kind} comes before {other}?", f"{one} comes before {other}."


def _words() -> Iterator[tuple[str, str]]:
    for one, other in _OPPOSITES.items():
        yield f"What is the opposite of {one}?", f"The opposite of {one} is {other}."
        yield f'How many letters has the word "{one}"?', f'The word "{one}" has {len(one)} letters.'


def _things() -> Iterator[tuple[str, str]]:
    for thing, use in _USES.items():
        yield f"What does {thing} do?", f"{thing[0].upper()}{thing[1:]} {use}."
    for thing, colour in _COLOURS.items():
        yield f"Which colour has {thing}?", f"{thing[0].upper()}{thing[1:]} is {colour}."
    for animal, sound in _SOUNDS.items():
        yield f"What does a {animal} do when it is loud?", f"A {animal} {sound}."
    for small, large in pairwise(_LARGER):
        yield f"Which is larger, the {large} or the {small}?", f"The {large} is larger than the {small}."
