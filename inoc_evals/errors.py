"""The two ways in which a command ends badly: wrong input (exit code 2) and failed work (exit code 1)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Self

# No file system takes a longer name; more of it would hide the sentence.
_LONGEST_PLACE = 400


class InputError(Exception):
    """The user's input is wrong. The text is one sentence that says where, what is wrong and what would be right, or a
    list of such sentences; `faults` are the sentences."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.faults: tuple[str, ...] = (message,)

    def _render_traceback_(self) -> list[str]:
        """What a notebook shows of it: the sentence is all that helps."""
        return [f"InputError: {self}"]

    @classmethod
    def at(cls, path: Path | str, message: str, line: int | None = None, column: int | None = None) -> Self:
        """Name the place first, as compilers do: `file:line:column: message` (line and column count from 1)."""
        place = str(path)
        if len(place) > _LONGEST_PLACE:
            place = f"{place[: _LONGEST_PLACE // 2]}...{place[-_LONGEST_PLACE // 2 :]}"
        if line is not None:
            place += f":{line}"
            if column is not None:
                place += f":{column}"
        return cls(f"{place}: {message}")

    @classmethod
    def of(cls, faults: Sequence[str], most: int | None = None) -> Self:
        """One error for all of `faults`, of which there is at least one; its text names the first `most`, or all."""
        if len(faults) == 1:
            return cls(faults[0])
        first = faults[:most]
        of_many = f", of which these are the first {most}" if len(first) < len(faults) else ""
        error = cls("\n  - ".join([f"{len(faults)} things are wrong{of_many}:", *first]))
        error.faults = tuple(faults)
        return error


class WorkError(Exception):
    """The input was right but the work failed. The text says what failed and what to do about it."""

    def _render_traceback_(self) -> list[str]:
        """What a notebook shows of it."""
        return [f"WorkError: {self}"]
