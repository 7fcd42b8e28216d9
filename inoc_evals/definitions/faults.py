"""Everything that is wrong with what the user asked for, collected so that it is told at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from inoc_evals.errors import InputError


class Faults:
    """Sentences in the order in which they were found; the same one is kept once."""

    def __init__(self) -> None:
        self._found: dict[str, None] = {}

    def __bool__(self) -> bool:
        return bool(self._found)

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def add(self, *faults: str) -> None:
        """Note faults, one sentence each."""
        self._found |= dict.fromkeys(faults)

    @contextmanager
    def collected(self) -> Iterator[None]:
        """Note the InputError that ends the block; the program goes on behind it."""
        try:
            yield
        except InputError as error:
            self.add(*error.faults)

    @contextmanager
    def placed(self, place: str) -> Iterator[None]:
        """The same as `collected`, with the place in a file, where there is one, before each fault."""
        try:
            yield
        except InputError as error:
            self.add(*(f"{place}: {fault}" if place else fault for fault in error.faults))

    def refuse(self, most: int | None = None) -> None:
        """Raise InputError with all that was found, if anything was; its text names the first `most`, or all."""
        if self._found:
            raise InputError.of(list(self._found), most)
