"""Curves of each trait over the steps of training, for the page, the figure and the terminal alike."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from inoc_evals.report.texts import headline
from inoc_evals.results.findings import Findings
from inoc_evals.results.methods import Method
from inoc_evals.results.progress import StepRate


@dataclass(frozen=True)
class Curve:
    """One arm's points, by step."""

    arm: str
    points: tuple[StepRate, ...]

    def at(self, step: int) -> StepRate | None:
        """The point after so many steps, if there is one."""
        return next((point for point in self.points if point.step == step), None)


@dataclass(frozen=True)
class Chart:
    """All arms' curves of one value in one category (or condition) of a task."""

    task: str
    category: str
    measure: str
    method: Method
    curves: tuple[Curve, ...]

    @property
    def steps(self) -> tuple[int, ...]:
        """Every step at which an arm has a point, in order."""
        return tuple(sorted({point.step for curve in self.curves for point in curve.points}))


def speaks_of(found: Findings) -> str:
    """What the intervals of the curves speak of. Step 0 was not trained, so that it has no training seeds."""
    return headline([point for point in found.progress if point.step])


def charts(found: Findings) -> tuple[Chart, ...]:
    """One chart a value; those of a category follow one another, the wanted trait beside the unwanted one."""
    made = []
    for place, group in groupby(found.progress, lambda point: (point.task, point.category, point.measure)):
        points = list(group)
        by_arm = groupby(points, lambda point: point.arm)
        curves = tuple(Curve(arm, tuple(of_arm)) for arm, of_arm in by_arm)
        made.append(Chart(*place, points[0].method, curves))
    return tuple(made)
