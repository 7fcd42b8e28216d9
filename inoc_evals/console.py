"""The console that all commands print to."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

# Wide enough for our tables where the output goes to a file.
_WIDTH = 110


def plain_console() -> Console:
    """A console that prints texts as they are: names and paths of the user may hold square brackets, which rich would
    otherwise take for its markup."""
    from rich.console import Console

    return Console(width=None if sys.stdout.isatty() else _WIDTH, markup=False, emoji=False, highlight=False)
