"""What arms answered in the part of a task that is told first."""

from __future__ import annotations

from dataclasses import dataclass

from inoc_evals.results.columns import leading
from inoc_evals.results.findings import Findings
from inoc_evals.results.layout import Layout
from inoc_evals.results.methods import LEVEL
from inoc_evals.stats.seeds import ArmRate
from inoc_evals.stats.tables import Cells


@dataclass(frozen=True)
class PartOfArm:
    """One arm's responses to one part (category or condition) of a task, for one value; shares of its scale, where that
    has ends."""

    part: str
    cells: Cells
    rate: ArmRate


def leading_part(found: Findings, task: str, key: str) -> dict[str, PartOfArm]:
    """By arm the responses to the part of `task` that is told first, for the value `key`."""
    layout = Layout(found.columns, found.tasks, found.arms, LEVEL)
    part = leading([part for name, part in layout.columns.places if name == task])
    by_arm = {
        arm: layout.arm_values(task, key, arm, layout.having(key, places))
        for arm, places in layout.columns.places[task, part].items()
    }
    return {arm: PartOfArm(part, values.cells, values.rate) for arm, values in by_arm.items()}
