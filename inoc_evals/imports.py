"""How programs of ours come to their libraries more quickly."""

from __future__ import annotations

import gc
import sys
from typing import Any


def seldom_collected() -> None:
    """Have Python look for garbage seldom: imports make many objects and no garbage, and looking through them takes up
    to a fifth of the processor time of a short run. What is no longer used and stands in no circle goes at once
    anyway."""
    gc.set_threshold(50_000, 20, 20)


def without_unused() -> None:
    """Have transformers take scikit-learn for not installed, in a program that imports nothing else which needs it:
    with half of scipy it takes a tenth of the time in which such a program starts, for a way to generate that none
    uses."""
    modules: dict[str, Any] = sys.modules
    modules.setdefault("sklearn", None)
