"""The console that all commands print to."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

# What our tables fit, and what they get where no terminal says more.
COLUMNS = 80


def plain_console() -> Console:
    """A console that prints texts as they are: names and paths of the user may hold square brackets, which rich would
    otherwise take for its markup."""
    from rich.console import Console

    # Where the output goes to a file there is no terminal to ask, but the user may have said it.
    said = os.environ.get("COLUMNS", "")
    width = int(said) if said.isdecimal() and int(said) > 0 else COLUMNS
    return Console(
        width=None if sys.stdout.isatty() else width,
        markup=False,
        emoji=False,
        highlight=False,
        # In a notebook every line would be an output of its own.
        force_jupyter=False,
    )
