"""What the definitions of our tasks declare about the values that a reader found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypedDict

from inoc_evals.definitions.catalog import find_task
from inoc_evals.errors import InputError
from inoc_evals.measures.scale import Scale
from inoc_evals.measures.scales import task_scales
from inoc_evals.results.row import ResponseRow


class Declared(TypedDict):
    """Scales and headline values by task."""

    scales: Mapping[str, Mapping[str, Scale]]
    headlines: Mapping[str, Sequence[str]]


def declared(rows: Iterable[ResponseRow]) -> Declared:
    """What is declared for those tasks of `rows` whose definitions lie here; a task may come from elsewhere."""
    scales: dict[str, Mapping[str, Scale]] = {}
    headlines: dict[str, Sequence[str]] = {}
    for task in dict.fromkeys(row.task for row in rows):
        try:
            definition = find_task(task)[1]
        except InputError:
            continue
        scales[task] = task_scales(definition)
        headlines[task] = tuple(definition.headline)
    return {"scales": scales, "headlines": headlines}
