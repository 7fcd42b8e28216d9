"""What the settings of a source note of its judges: who rated, and by which rubrics."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class JudgedBy:
    """`judges` are the names of who rated; of each value that a file of rows was rated for `identities` has the sha256
    of what was asked."""

    judges: frozenset[str]
    identities: Sequence[tuple[str, str]]

    def values_by(self, identity: str) -> list[str]:
        """The values that were rated by this wording of a rubric."""
        return [value for value, asked in self.identities if asked == identity]

    def asked_for(self, value: str) -> set[str]:
        """By which wordings a value was rated, as far as that is noted."""
        return {asked for of, asked in self.identities if of == value and asked}


def judged_by(settings: Mapping[str, Any]) -> JudgedBy:
    """What is noted anywhere in the settings of a source, which may hold those of several."""
    records = [one for one in _noted(settings, "rated") if isinstance(one, Mapping)]
    return JudgedBy(
        # What judges took is a list of that name too, of mappings.
        judges=frozenset(judge for judge in _noted(settings, "judges") if isinstance(judge, str)),
        identities=[(str(one.get("value")), str(one.get("identity") or "")) for one in records],
    )


def _noted(settings: object, name: str) -> Iterator[Any]:
    """The entries of every list of that name in the settings of a source."""
    if isinstance(settings, Mapping):
        for key, value in settings.items():
            if key == name and isinstance(value, list | tuple):
                yield from value
            else:
                yield from _noted(value, name)
    elif isinstance(settings, list | tuple):
        for each in settings:
            yield from _noted(each, name)
