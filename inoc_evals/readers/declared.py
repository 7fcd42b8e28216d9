"""What the definitions of our tasks declare about the values that a reader found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from typing import Any, TypedDict

from inoc_evals.definitions.catalog import find_task
from inoc_evals.definitions.joins import Contrast
from inoc_evals.definitions.task import SIDE_EFFECTS, SPREAD
from inoc_evals.errors import InputError
from inoc_evals.measures.scale import Scale, either
from inoc_evals.measures.scales import task_scales
from inoc_evals.results.across import Join
from inoc_evals.results.row import ResponseRow


class Declared(TypedDict):
    """Scales, headline values, the values that join items and the contrasts, by task; the tasks that measure side
    effects, and those of the panel of dispositions."""

    scales: Mapping[str, Mapping[str, Scale]]
    headlines: Mapping[str, Sequence[str]]
    across: Mapping[str, Mapping[str, Join]]
    contrasts: Mapping[str, Mapping[str, Contrast]]
    side_effects: frozenset[str]
    spread: frozenset[str]


def declared(rows: Iterable[ResponseRow], given: Iterable[tuple[str, Mapping[str, Any]]] = ()) -> Declared:
    """What is declared for those tasks of `rows` whose definitions lie here; a task may come from elsewhere.

    `given` are tasks with the parameters that they were run with, which values may be called after.
    """
    runs: dict[str, list[dict[str, str]]] = {}
    for task, parameters in given:
        told = {name: str(value) for name, value in parameters.items()}
        if told not in runs.setdefault(task, []):
            runs[task].append(told)
    scales: dict[str, Mapping[str, Scale]] = {}
    headlines: dict[str, Sequence[str]] = {}
    across: dict[str, Mapping[str, Join]] = {}
    contrasts: dict[str, Mapping[str, Contrast]] = {}
    tagged: dict[str, set[str]] = {SIDE_EFFECTS: set(), SPREAD: set()}
    for task in dict.fromkeys(row.task for row in rows):
        try:
            definition = find_task(task)[1]
        except InputError:
            continue
        of_runs = [task_scales(definition, told) for told in runs.get(task, [{}])]
        scales[task] = {key: reduce(either, (known[key] for known in of_runs)) for key in of_runs[0]}
        headlines[task] = tuple(definition.headline)
        if definition.joins:
            across[task] = definition.joins
        if definition.contrasts:
            contrasts[task] = definition.contrasts
        for tag in tagged.keys() & {*definition.tags}:
            tagged[tag].add(task)
    return {
        "scales": scales,
        "headlines": headlines,
        "across": across,
        "contrasts": contrasts,
        "side_effects": frozenset(tagged[SIDE_EFFECTS]),
        "spread": frozenset(tagged[SPREAD]),
    }
