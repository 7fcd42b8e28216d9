"""Whether a draw has labels enough to correct all rates by them: every part of a task is shown by itself."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Sequence

from inoc_evals.results.columns import part_of
from inoc_evals.results.corrected import FEWEST
from inoc_evals.results.label import response_name
from inoc_evals.results.row import ResponseRow

# Where so many are expected, hardly ever fewer than `FEWEST` are drawn: of a Poisson number 2 in 100.
_SURE = 18


def too_few(rows: Sequence[ResponseRow], drawn: Collection[str]) -> str:
    """What to say where, of the `rows` that may be labelled, an arm has fewer `drawn` responses of a category or
    condition than correct its rate, though there are more; empty where none has."""
    names = {response_name(row): (row.arm, *part_of(row)) for row in rows}
    sizes, chosen = Counter(names.values()), Counter(names[each] for each in drawn)
    few = [part for part, size in sizes.items() if chosen[part] < min(FEWEST, size)]
    if not few:
        return ""
    arms = Counter(row.arm for row in rows)
    # Arms get equal parts, and what an arm gets is shared as its responses are, but for chance.
    of_arm = max(arms[each[0]] * (FEWEST if sizes[each] == arms[each[0]] else _SURE) / sizes[each] for each in few)
    wanted = min(math.ceil(of_arm * len(arms) / FEWEST) * FEWEST, len(rows))
    return (
        f"{len(few)} of {len(sizes)} rates (of an arm in a category, or under a condition, of a task) get fewer than "
        f"{FEWEST} labels, and are not corrected: draw about {wanted}, or from fewer tasks and conditions"
    )
