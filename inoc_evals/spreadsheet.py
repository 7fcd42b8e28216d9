"""Cells of CSV files that spreadsheets open: texts that no spreadsheet takes for a formula."""

from __future__ import annotations

import re

# What a spreadsheet may take for a formula, full-width signs included, and what would read as one behind our mark.
_FORMULA = re.compile(r"'*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
_BEGINNINGS = frozenset("'=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
_SIGNED = re.compile(r"[+-](\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
GUARDED = re.compile(rf"'{_FORMULA.pattern}")


def harmless(cell: str | None) -> str | None:
    """A text that no spreadsheet takes for a formula: with an apostrophe in front where it begins as one does.

    The rule is OWASP's (https://owasp.org/www-community/attacks/CSV_Injection). A number with a sign stays a number. To
    read the text back, take one apostrophe away where `GUARDED` matches.
    """
    if not cell or cell[0] not in _BEGINNINGS:
        return cell
    return f"'{cell}" if _FORMULA.match(cell) and not _SIGNED.fullmatch(cell) else cell
