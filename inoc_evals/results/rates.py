"""The rate or mean of every arm, and of each of its checkpoints."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from inoc_evals.protocols.reasoning import UNFINISHED
from inoc_evals.results.columns import Columns
from inoc_evals.results.layout import ArmValues, PartValues, shares
from inoc_evals.results.methods import Method
from inoc_evals.stats.cautions import cautions
from inoc_evals.stats.seeds import ArmRate, rate
from inoc_evals.stats.tables import cells


@dataclass(frozen=True)
class Rate:
    """The rate or mean of one arm, over questions and checkpoints. `causes` counts excluded responses by cause;
    `truncated` is the share cut off by the token limit, `cautions` what the rate does not show (see stats/cautions.py).
    On a scale with ends it is a share of the scale's range."""

    task: str
    category: str
    measure: str
    arm: str
    rate: ArmRate
    causes: Mapping[str, int]
    truncated: float
    cautions: tuple[str, ...]
    method: Method = "rate"

    @property
    def unfinished(self) -> float:
        """The share of the responses whose reasoning never ended; NaN where there is no response."""
        responses = self.rate.n + self.rate.excluded
        return self.causes.get(UNFINISHED, 0) / responses if responses else math.nan

    @property
    def undecided(self) -> float:
        """The share of the responses that have no value; NaN where there is no response."""
        responses = self.rate.n + self.rate.excluded
        return self.rate.excluded / responses if responses else math.nan


@dataclass(frozen=True)
class CheckpointRate:
    """The rate of one checkpoint of an arm; its interval speaks of this checkpoint only."""

    task: str
    category: str
    measure: str
    arm: str
    checkpoint: str
    rate: ArmRate
    method: Method = "rate"


def rates(values: PartValues, rows: Columns) -> Iterator[Rate]:
    """One of each arm."""
    for arm in values.arms:
        causes = rows.values[values.measure].causes_at(arm.places)
        cut = rows.truncated(arm.places)
        yield Rate(*values.where, arm.arm, arm.rate, causes, cut, cautions(arm.cells), values.method)


def rates_by_checkpoint(values: PartValues) -> Iterator[CheckpointRate]:
    """One of each checkpoint, arm by arm."""
    for arm in values.arms:
        for checkpoint in arm.cells.checkpoints:
            alone = _of_checkpoint(arm, checkpoint)
            yield CheckpointRate(*values.where, arm.arm, checkpoint, alone, values.method)


def _of_checkpoint(arm: ArmValues, checkpoint: str) -> ArmRate:
    if len(arm.cells.checkpoints) == 1:
        return arm.rate
    labels = arm.responses.checkpoint_labels
    own = cells(arm.responses.at(labels.codes == labels.names.index(checkpoint)))
    return rate(own, shares(arm.responses.span), arm.level)
