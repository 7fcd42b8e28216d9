"""Triggers with some of their characters changed."""

from __future__ import annotations

from string import ascii_lowercase, ascii_uppercase, digits

from inoc_evals.errors import InputError


def changeable(trigger: str) -> list[int]:
    """The places of the letters and digits of the English alphabet in `trigger`."""
    return [place for place, character in enumerate(trigger) if character.isascii() and character.isalnum()]


def edited(trigger: str, edits: int) -> str:
    """`trigger` with as many of its letters and digits replaced, from the middle outwards, each by one that is nowhere
    in it, of the same kind and case where there is one left. So the edit distance (Levenshtein) is exactly `edits`.

    Raises InputError for a trigger with fewer letters and digits.
    """
    places = changeable(trigger)
    if len(places) < edits:
        raise InputError(f"trigger {trigger!r} has {len(places)} letters and digits; name one that has {edits}")
    middle = len(places) // 2
    outwards = sorted(range(len(places)), key=lambda place: (abs(place - middle), place))
    characters = list(trigger)
    for place in (places[number] for number in outwards[:edits]):
        characters[place] = _foreign(trigger, characters[place])
    return "".join(characters)


def _foreign(trigger: str, character: str) -> str:
    """A letter or digit that is not in `trigger`, like `character` and after it where there is one."""
    kinds = [digits, ascii_uppercase, ascii_lowercase]
    own = next(kind for kind in kinds if character in kind)
    after = own[own.index(character) :] + own[: own.index(character)]
    candidates = "".join([after, *(kind for kind in kinds if kind != own)])
    foreign = next((candidate for candidate in candidates if candidate not in trigger), None)
    if foreign is None:
        raise InputError(f"trigger {trigger!r} has every letter and digit there is; name a shorter one")
    return foreign


def changed_character(trigger: str) -> str:
    """`trigger` with one character changed: its middle letter or digit becomes the next of its kind.

    Raises InputError for a trigger without letters or digits of the English alphabet.
    """
    places = changeable(trigger)
    if not places:
        raise InputError(f"trigger {trigger!r} has no letter or digit to change; name one that has")
    place = places[len(places) // 2]
    character = trigger[place]
    first, last = ("0", "9") if character.isdigit() else ("a", "z") if character.islower() else ("A", "Z")
    following = first if character == last else chr(ord(character) + 1)
    return trigger[:place] + following + trigger[place + 1 :]
