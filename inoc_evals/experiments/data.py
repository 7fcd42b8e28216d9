"""The training rows of an arm: parts taken, transformed and tagged, one after the other, with the arm's prompt.

Pure functions: the same file and rows give the same rows, whatever else runs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from inoc_evals.definitions.experiment import ExperimentArm
from inoc_evals.errors import InputError
from inoc_evals.experiments.loaded import Loaded
from inoc_evals.experiments.rows import Row, with_tags
from inoc_evals.inoculation.draw import taken
from inoc_evals.inoculation.rewrite import inoculate

# Arms with the same data have the same rows of it at a smaller scale.
_TAKE_SEED = 0


def arm_rows(loaded: Loaded, arm: str, scale: str, given: Mapping[str, Sequence[Row]]) -> list[Row]:
    """The rows that `arm` trains on at `scale`; `given` are the parts' rows as they come from their places.

    Raises InputError where there are too few to take, and for a row that cannot be given the arm's prompt.
    """
    experiment = loaded.experiment
    rows = [row for part in experiment.arm_data(arm, scale) for row in part_rows(loaded, part, given[part])]
    rows = taken(rows, experiment.scale[scale].take, _TAKE_SEED)
    told = loaded.interventions.get(arm)
    if told is not None and told.intervention.rows is not None:
        beside = [row for part in experiment.parts_beside(arm) for row in part_rows(loaded, part, given[part])]
        places = told.intervention.rows(len(rows), len(beside), told.options)
        rows = [
            replace(rows[place] if place >= 0 else beside[-1 - place], bare=not with_prompt)
            for place, with_prompt in places
        ]
    return prompted(rows, experiment.arms[arm], loaded.prompts[arm])


def part_rows(loaded: Loaded, name: str, given: Sequence[Row]) -> list[Row]:
    """The rows of one part: those with the right tags, so many of them taken, then transformed, then tagged."""
    part = loaded.experiment.data[name]
    at = "only_tags"
    try:
        rows = with_tags(given, part.only_tags)
        at = "take"
        rows = taken(rows, part.take, part.take_seed)
    except InputError as error:
        raise loaded.document.error(str(error), "data", name, at) from None
    tags = frozenset(part.tags)
    # A transformation for tagged rows sees the part's own tags too.
    rows = [replace(row, tags=row.tags | tags) for row in rows]
    for transform, options in loaded.parts[name].transforms:
        rows = [transform.apply(row, options) for row in rows]
    return rows


def is_prompted(row: Row, arm: ExperimentArm) -> bool:
    """Is the arm's prompt for this row?"""
    return not row.bare and (arm.on_tags is None or bool(row.tags & set(arm.on_tags)))


def prompted(rows: Sequence[Row], arm: ExperimentArm, prompts: Sequence[str]) -> list[Row]:
    """The rows with the arm's prompt in front; of several prompts each row gets the next one."""
    if not prompts:
        return list(rows)
    found, number = [], 0
    for row in rows:
        if not is_prompted(row, arm):
            found.append(row)
            continue
        if arm.placement == "system" and row.messages[0]["role"] == "system":
            raise InputError(f"row {row.id!r} has a system prompt already; write `placement: user`, or take it away")
        if arm.placement == "user" and all(message["role"] != "user" for message in row.messages):
            raise InputError(f"row {row.id!r} has no user message for the prompt; write `placement: system`")
        (changed,), _ = inoculate([row.trained()], prompts[number % len(prompts)], arm.placement)
        found.append(replace(row, messages=tuple(changed["messages"])))
        number += 1
    return found
