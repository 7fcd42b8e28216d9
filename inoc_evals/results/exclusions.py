"""Responses without a value, by cause."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from inoc_evals.results.columns import Columns

NOT_STATED = "not stated"


@dataclass(frozen=True)
class Exclusion:
    """Responses without a value, for one value key and cause."""

    task: str
    category: str
    measure: str
    arm: str
    cause: str
    responses: int


def exclusions(rows: Columns) -> tuple[Exclusion, ...]:
    """Excluded responses of every value, headline or not: part by part, by name within one."""
    counts: dict[tuple[str, str, str, str, str], int] = {}
    for (task, category), by_arm in rows.places.items():
        for key in rows.keys[task]:
            values = rows.values[key]
            for arm, places in by_arm.items():
                missing = places[values.given[places] & np.isnan(values.numbers[places])]
                causes = values.causes_at(missing)
                if unstated := len(missing) - sum(causes.values()):
                    causes[NOT_STATED] = causes.get(NOT_STATED, 0) + unstated
                counts |= {(task, category, key, arm, cause): count for cause, count in causes.items()}
    parts = {part: number for number, part in enumerate(rows.places)}
    return tuple(Exclusion(*key, counts[key]) for key in sorted(counts, key=lambda key: (parts[key[:2]], *key[2:])))
