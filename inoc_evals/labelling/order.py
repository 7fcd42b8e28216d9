"""Labels that no longer stand beside their responses: what a spreadsheet leaves that sorted one column alone."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

# So often a sheet that nobody sorted is taken for one.
_CHANCE = 1e-4


def sorted_alone(said: Sequence[float], rows: Sequence[str], written: Sequence[str]) -> bool:
    """Do the labels `said` of the responses `rows` rise or fall all along, as hardly any do by chance, though the
    responses stand in the order in which they were `written`? That order is a random one, so that labels in theirs
    tell of no response."""
    there = set(rows)
    if list(rows) != [each for each in written if each in there]:
        return False
    rises = all(one <= other for one, other in pairwise(said))
    falls = all(one >= other for one, other in pairwise(said))
    if not (rises or falls):
        return False
    orders = math.lgamma(len(said) + 1) - sum(math.lgamma(count + 1) for count in Counter(said).values())
    # Two of all orders do: up and down.
    return math.log(2) - orders < math.log(_CHANCE)
