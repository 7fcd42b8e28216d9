"""The rate or mean of arms step by step of their trainings."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from inoc_evals.results.axis import Axis
from inoc_evals.results.columns import Columns, Places
from inoc_evals.results.layout import Layout
from inoc_evals.results.methods import Method, method_of
from inoc_evals.stats.seeds import ArmRate


@dataclass(frozen=True)
class StepRate:
    """The rate or mean of one arm after `step` steps of its trainings, over those that have a checkpoint there; with
    several of them the interval speaks of training seeds. Step 0 is what they began from, if it was asked."""

    task: str
    category: str
    measure: str
    arm: str
    step: int
    rate: ArmRate
    method: Method = "rate"


def progress(every: Layout, axis: Axis) -> Iterator[StepRate]:
    """Every headline value of every arm with steps, step by step; `every` has the rows of all checkpoints."""
    for (task, category), by_arm in every.columns.places.items():
        for key in every.tasks[task].headline if axis.arms else ():
            method = method_of(every.tasks[task].scales[key])
            for arm, steps in axis.arms.items():
                for step, checkpoints in steps.items():
                    places = every.having(key, _places_of(every.columns, by_arm, checkpoints))
                    if len(places):
                        values = every.arm_values(task, key, arm, places)
                        yield StepRate(task, category, key, arm, step, values.rate, method)


def _places_of(rows: Columns, by_arm: Mapping[str, Places], checkpoints: Collection[str]) -> Places:
    """The rows of these checkpoints, whichever arm they are of: what trainings began from is an arm of its own."""
    codes = [code for code, name in enumerate(rows.checkpoints.names) if name in checkpoints]
    theirs = [places[np.isin(rows.checkpoints.codes[places], codes)] for places in by_arm.values()]
    return np.concatenate(theirs)
