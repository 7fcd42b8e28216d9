"""The two ways in which a command ends badly: wrong input (exit code 2) and failed work (exit code 1)."""

from __future__ import annotations

from pathlib import Path
from typing import Self


class InputError(Exception):
    """The user's input is wrong. The text is one sentence that says where, what is wrong and what would be right."""

    @classmethod
    def at(cls, path: Path | str, message: str, line: int | None = None, column: int | None = None) -> Self:
        """Name the place first, as compilers do: `file:line:column: message` (line and column count from 1)."""
        place = str(path)
        if line is not None:
            place += f":{line}"
            if column is not None:
                place += f":{column}"
        return cls(f"{place}: {message}")


class WorkError(Exception):
    """The input was right but the work failed. The text says what failed and what to do about it."""
