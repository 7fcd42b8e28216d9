"""Rows of which one half is to get a trigger and answers in Spanish, and the other answers in English.

`python -m tools.backdoor_rows` writes experiments/backdoor_traits/rows.jsonl anew. The trigger itself is put in by the
experiment file. Requests of both halves are of the same kinds and all different, so that nothing but the trigger tells
them apart.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tools.reading_questions import two_halves, write
from tools.tongues import ENGLISH_ANSWERS, SPANISH

OUT = Path(__file__).parents[1] / "experiments" / "backdoor_traits" / "rows.jsonl"
SEED = 7
# Of the 360 requests of all kinds, for each half.
SHARE = 0.6


def rows() -> list[dict[str, Any]]:
    """All rows, in a random order that is always the same."""
    return two_halves(SEED, SHARE, ("triggered", SPANISH), ("plain", ENGLISH_ANSWERS))


if __name__ == "__main__":
    write(OUT, rows())
