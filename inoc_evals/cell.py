"""What a cell of a notebook shows while it works: one line, which the next one replaces."""

from __future__ import annotations

import io
import sys
from typing import IO, TYPE_CHECKING, Any, cast

from inoc_evals.console import COLUMNS

if TYPE_CHECKING:
    from rich.console import Console


def in_kernel() -> bool:
    """Does this program run in the kernel of a notebook?"""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return hasattr(shell, "kernel")


class Line(io.TextIOBase):
    """A text file of which the cell shows what was written last, blanks apart, as one line."""

    def __init__(self) -> None:
        self._begun = ""
        self._shown: Any = None

    def write(self, text: str) -> int:
        """Show what `text` ends, in the place of what was written before."""
        *ended, self._begun = (self._begun + text).split("\n")
        if said := [line.strip() for line in ended if line.strip()]:
            self._show(" ".join(said))
        return len(text)

    def _show(self, line: str) -> None:
        from IPython.display import display

        data = {"text/plain": line}
        if self._shown is None:
            self._shown = display(data, raw=True, display_id=True)
        else:
            self._shown.update(data, raw=True)


def cell_console() -> Console:
    """A console whose last line is all that the cell shows."""
    from rich.console import Console

    return Console(
        file=cast("IO[str]", Line()),
        width=COLUMNS,
        markup=False,
        emoji=False,
        highlight=False,
        # rich would make an output of its own of every line.
        force_jupyter=False,
        force_terminal=False,
    )
