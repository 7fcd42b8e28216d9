"""How log odds change over arms of several sizes, and over the steps of a training."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from statistics import fmean
from typing import Any

import numpy as np

from inoc_evals.results.axis import axis_of
from inoc_evals.results.columns import part_of
from inoc_evals.results.methods import SIGNIFICANT
from inoc_evals.results.row import ResponseRow
from inoc_evals.results.settings import models_of
from inoc_evals.results.source import Source
from inoc_evals.stats.holm import holm
from inoc_evals.stats.trends import Trend, trend

# What a trend over all of a task's categories is called.
ALL = "all of them"
NATS = "nats"
_UNITS = {"M": 1e6, "B": 1e9, "T": 1e12}
# 135M, 7B and 0.5b as parts of a name; not the A3B that are active of 30B, nor the 8x7B of several experts.
_SIZE = re.compile(r"(?<![A-Za-z0-9.])([0-9]+(?:\.[0-9]+)?)([MBT])(?![A-Za-z0-9])", re.IGNORECASE)
# Place on an axis -> the checkpoints there.
Points = Mapping[float, Sequence[str]]


@dataclass(frozen=True)
class TrendLine:
    """The trend of one value of a task, in one category or condition or in `ALL` categories.

    Over sizes `arm` is None, `at` are the numbers of parameters, and the slope is in nats per tenfold parameters; over
    the steps of `arm` these are `at`, and the slope is the change from the first to the last of them along the line.
    `p_holm` is corrected for all lines (Holm).
    """

    task: str
    category: str
    measure: str
    arm: str | None
    at: tuple[float, ...]
    trend: Trend
    p_holm: float = math.nan

    @property
    def direction(self) -> str:
        """ "falls" or "rises" where the interval and p (Holm) tell it, else "undecided"."""
        if not self.p_holm <= SIGNIFICANT:
            return "undecided"
        return "falls" if self.trend.high < 0 else "rises" if self.trend.low > 0 else "undecided"


def trends(source: Source) -> tuple[TrendLine, ...]:
    """A line for every headline value in nats, category (or condition; with several categories all of them first), and
    axis: the sizes of the models, and the steps of each arm that has several."""
    axes = list(_axes(source))
    keys = {task: _log_odds(source, task) for task in source.scales} if axes else {}
    lines: list[TrendLine] = []
    for task in (task for task, named in keys.items() if named):
        rows = [row for row in source.rows if row.task == task]
        for key in keys[task]:
            lines += chain.from_iterable(_lines(task, key, rows, arm, points) for arm, points in axes)
    corrected = holm([line.trend.p for line in lines])
    return tuple(replace(line, p_holm=p) for line, p in zip(lines, corrected, strict=True))


def size_named(name: str) -> float | None:
    """The number of parameters that a model's name says, as Qwen2.5-7B does; None where it says none, or several."""
    found = {float(number) * _UNITS[unit.upper()] for number, unit in _SIZE.findall(name)}
    return found.pop() if len(found) == 1 else None


def sizes_of(settings: Mapping[str, Any]) -> dict[str, float]:
    """By label the number of parameters of checkpoints whose model says it in the last part of its name."""
    found = {
        label: size_named(name.rstrip("/").rsplit("/", 1)[-1].split("@")[0]) for label, name in models_of(settings)
    }
    return {label: size for label, size in found.items() if size is not None}


def _log_odds(source: Source, task: str) -> list[str]:
    scales, headline = source.scales[task], source.headlines.get(task, ())
    shown = [key for key in headline if key in scales]
    return [key for key in shown if (scales[key].averaged, scales[key].unit) == ("unbounded", NATS)]


def _axes(source: Source) -> Iterator[tuple[str | None, Points]]:
    """Sizes, with the checkpoints that stand for their arms, and the steps of each arm; none with one place only."""
    axis = axis_of(source)
    by_size: dict[float, list[str]] = {}
    for label, size in sizes_of(source.settings).items():
        if label in axis.shown:
            by_size.setdefault(size, []).append(label)
    if len(by_size) > 1:
        yield None, dict(sorted(by_size.items()))
    for arm, steps in axis.arms.items():
        if len(steps) > 1:
            yield arm, {float(step): labels for step, labels in steps.items()}


def _lines(task: str, key: str, rows: Sequence[ResponseRow], arm: str | None, points: Points) -> Iterator[TrendLine]:
    parts: dict[str, list[ResponseRow]] = {}
    for row in rows:
        parts.setdefault(part_of(row)[1], []).append(row)
    if len(parts) > 1 and not any(row.condition for row in rows):
        parts = {ALL: list(rows), **parts}
    for part, those in parts.items():
        given = {at: scores for at, labels in points.items() if (scores := _scores(those, key, labels))}
        if len(given) > 1:
            yield TrendLine(task, part, key, arm, tuple(given), _trend(given, arm is None))


def _scores(rows: Sequence[ResponseRow], key: str, labels: Sequence[str]) -> dict[str, float]:
    """The mean of each question over the checkpoints of one place, and of each checkpoint over its responses."""
    found: dict[str, dict[str, list[float]]] = {}
    for row in rows:
        value = row.values.get(key)
        if row.checkpoint in labels and value is not None:
            found.setdefault(row.cluster, {}).setdefault(row.checkpoint, []).append(value)
    return {question: fmean(map(fmean, by.values())) for question, by in found.items()}


def _trend(given: Mapping[float, Mapping[str, float]], is_size: bool) -> Trend:
    places = np.array(list(given))
    axis = np.log10(places) if is_size else (places - places[0]) / (places[-1] - places[0])
    questions = list(dict.fromkeys(chain.from_iterable(given.values())))
    table = [[scores.get(question, math.nan) for question in questions] for scores in given.values()]
    return trend(axis.tolist(), np.array(table))
