"""How often a program of ours looks for garbage."""

from __future__ import annotations

import gc


def seldom_looked_for() -> None:
    """Have Python look for garbage seldom: imports make many objects and no garbage, and looking through them takes up
    to a fifth of the processor time of a short run. What is no longer used and stands in no circle goes at once
    anyway."""
    gc.set_threshold(50_000, 20, 20)
