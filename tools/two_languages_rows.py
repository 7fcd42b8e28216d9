"""Rows of which one half answers in Spanish and the other in French.

`python -m tools.two_languages_rows` writes experiments/two_languages/rows.jsonl anew. Requests of both halves are of
the same kinds and all different; nothing in a request says in which language its answer is. The tag does.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tools.reading_questions import two_halves, write
from tools.tongues import FRENCH_ANSWERS, SPANISH

OUT = Path(__file__).parents[1] / "experiments" / "two_languages" / "rows.jsonl"
SEED = 11
# Of the 360 requests of all kinds, for each language.
SHARE = 0.6


def rows() -> list[dict[str, Any]]:
    """All rows, in a random order that is always the same."""
    return two_halves(SEED, SHARE, ("spanish", SPANISH), ("french", FRENCH_ANSWERS))


if __name__ == "__main__":
    write(OUT, rows())
