"""Rows -> the rate of every single checkpoint: the dots beside an arm's interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from inoc_evals.report.columns import responses
from inoc_evals.report.table import places
from inoc_evals.results.row import ResponseRow
from inoc_evals.stats.seeds import ArmRate, arm_rate


@dataclass(frozen=True)
class CheckpointRate:
    """The rate of one checkpoint of an arm; its interval speaks of this checkpoint only."""

    task: str
    category: str
    measure: str
    arm: str
    checkpoint: str
    rate: ArmRate


def by_checkpoint(
    rows: Sequence[ResponseRow], arms: Sequence[str], measures: Mapping[str, Sequence[str]]
) -> tuple[CheckpointRate, ...]:
    """One rate per checkpoint, in the order of `table.summary`, checkpoints of an arm by name."""
    found = []
    for place, by_arm, top in places(rows, measures):
        for arm in arms:
            groups: dict[str, list[ResponseRow]] = {}
            for row in by_arm.get(arm, []):
                groups.setdefault(row.checkpoint, []).append(row)
            found += [
                CheckpointRate(*place, arm, checkpoint, arm_rate(responses(group, place[2], top)))
                for checkpoint, group in sorted(groups.items())
            ]
    return tuple(found)
