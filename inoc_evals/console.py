"""The console that all commands print to."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from shutil import get_terminal_size
from textwrap import fill
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

# What our tables fit, and what they get where no terminal says more.
COLUMNS = 80


def plain_console(*, to_stderr: bool = False) -> Console:
    """A console that prints texts as they are: names and paths of the user may hold square brackets, which rich would
    otherwise take for its markup."""
    from rich.console import Console

    # Where the output goes to a file there is no terminal to ask, but the user may have said it.
    said = os.environ.get("COLUMNS", "")
    width = int(said) if said.isdecimal() and int(said) > 0 else COLUMNS
    stream = sys.stderr if to_stderr else sys.stdout
    return Console(
        width=None if stream.isatty() else width,
        markup=False,
        emoji=False,
        highlight=False,
        stderr=to_stderr,
        # In a notebook every line would be an output of its own.
        force_jupyter=False,
    )


def list_line(cells: Sequence[tuple[str, int]], text: str) -> str:
    """A line of a list: short `cells` with their least widths, then a text that goes on below itself where the terminal
    ends. A word that is too long for it, such as a path, stays whole."""
    width = get_terminal_size((COLUMNS, 24)).columns
    lead = "".join(f"{cell:<{size}} " for cell, size in cells)
    below = len(lead) if 2 * len(lead) <= width else 4
    return fill(
        text,
        width,
        initial_indent=lead,
        subsequent_indent=" " * below,
        break_long_words=False,
        break_on_hyphens=False,
    )
