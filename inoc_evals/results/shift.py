"""How far an arm's answers are from the reference's, option by option, and how near each arm comes to people's."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any, NamedTuple

from inoc_evals.results.axis import axis_of
from inoc_evals.results.row import ResponseRow
from inoc_evals.results.source import Source
from inoc_evals.stats.distances import jensen_shannon, normalised
from inoc_evals.stats.responses import Responses
from inoc_evals.stats.seeds import ArmDifference, ArmRate, arm_difference, arm_rate

FURTHEST = 3
Shares = Mapping[str, float]


class Far(NamedTuple):
    """A question, and how far an arm's answers to it are from the reference's (0..1)."""

    question: str
    distance: float


@dataclass(frozen=True)
class Shift:
    """The mean Jensen-Shannon distance (base 2, 0..1) of an arm's shares over the options from the reference's, under
    one condition; questions weigh equally. `furthest` are the questions where it is largest. `by_seed` says that this
    is the reference itself: each of its checkpoints from the mean of its others."""

    task: str
    condition: str
    arm: str
    reference: str
    distance: ArmRate
    furthest: tuple[Far, ...]
    by_seed: bool = False


@dataclass(frozen=True)
class Nearness:
    """The mean similarity (0..1) of an arm's answers to those of one region, and what the arm has more of it than the
    reference, paired by question (None: the reference itself)."""

    task: str
    condition: str
    arm: str
    region: str
    similarity: ArmRate
    change: ArmDifference | None


class _Told(NamedTuple):
    """What one response tells: its item and question, the checkpoint, shares by option, and similarity by region."""

    item: str
    question: str
    checkpoint: str
    shares: Shares
    near: Mapping[str, float]


# Task and condition -> arm -> what its checkpoints that stand for it said.
_Parts = Mapping[tuple[str, str], Mapping[str, Sequence[_Told]]]


@dataclass(frozen=True)
class Moved:
    """How far arms' answers are from the reference's, and how near they come to people's."""

    shifts: tuple[Shift, ...] = ()
    nearness: tuple[Nearness, ...] = ()


def moved(source: Source, reference: str | None) -> Moved:
    """What `source` says of both, against the arm `reference`; nothing without one."""
    if reference is None:
        return Moved()
    parts = _told(source)
    return Moved(tuple(_shifts(parts, reference)), tuple(_nearness(parts, reference)))


def _shifts(parts: _Parts, reference: str) -> Iterator[Shift]:
    """A line for every task whose options were chosen from exactly, condition, and arm that has items in common with
    the reference; that of the reference first, where it has several checkpoints."""
    for (task, condition), by_arm in parts.items():
        base = by_arm.get(reference, ())
        for arm in sorted(by_arm, key=lambda name: name != reference):
            distances = _distances(by_arm[arm], base, itself=arm == reference)
            if distances:
                yield _shift((task, condition, arm, reference), distances, arm == reference)


def _nearness(parts: _Parts, reference: str) -> Iterator[Nearness]:
    """A line for every task with answers of regions, condition, region and arm, that of the reference first."""
    for (task, condition), by_arm in parts.items():
        arms = sorted(by_arm, key=lambda name: name != reference)
        regions = dict.fromkeys(region for arm in arms for told in by_arm[arm] for region in told.near)
        for region in regions:
            given = {arm: _responses([told for told in by_arm[arm] if region in told.near], region) for arm in arms}
            base = given.get(reference)
            for arm, responses in given.items():
                change = arm_difference(responses, base) if base is not None and arm != reference else None
                if len(responses.values):
                    yield Nearness(task, condition, arm, region, arm_rate(responses), change)


def _responses(told: Sequence[_Told], region: str) -> Responses:
    values = [min(1.0, max(0.0, each.near[region])) for each in told]
    return Responses(values, [each.question for each in told], [each.checkpoint for each in told], exact=True)


def _shift(names: tuple[str, str, str, str], distances: Sequence[tuple[_Told, float]], by_seed: bool) -> Shift:
    whose = [told.question for told, _ in distances], [told.checkpoint for told, _ in distances]
    rate = arm_rate(Responses([distance for _, distance in distances], *whose, exact=True))
    by_question: dict[str, list[float]] = {}
    for told, distance in distances:
        by_question.setdefault(told.question, []).append(distance)
    far = sorted((Far(question, fmean(each)) for question, each in by_question.items()), key=lambda one: -one.distance)
    return Shift(*names, rate, tuple(far[:FURTHEST]), by_seed)


def _distances(arm: Sequence[_Told], reference: Sequence[_Told], *, itself: bool) -> list[tuple[_Told, float]]:
    """Each response of the arm with its distance from the mean shares of the reference's checkpoints to the same item;
    where it is the reference `itself`, of its other checkpoints."""
    by_item: dict[str, list[_Told]] = {}
    for told in reference:
        by_item.setdefault(told.item, []).append(told)
    found = []
    for told in arm:
        others = [
            other
            for other in by_item.get(told.item, ())
            if other.shares.keys() == told.shares.keys() and not (itself and other.checkpoint == told.checkpoint)
        ]
        if others:
            mean = [fmean(other.shares[option] for other in others) for option in told.shares]
            found.append((told, jensen_shannon(list(told.shares.values()), mean)))
    return found


def _told(source: Source) -> _Parts:
    shown = axis_of(source).shown
    parts: dict[tuple[str, str], dict[str, list[_Told]]] = {}
    for row in source.rows:
        if row.checkpoint in shown and (told := _read(row)) is not None:
            parts.setdefault((row.task, row.condition), {}).setdefault(row.arm, []).append(told)
    return parts


def _read(row: ResponseRow) -> _Told | None:
    """What a response tells; None where no options were chosen from."""
    for seen in row.details.values() if row.asked.chosen else ():
        shares = _mean_shares(seen.get("options"))
        if shares is not None:
            near = seen.get("similarity")
            return _Told(row.item, row.cluster, row.checkpoint, shares, dict(_numbers(near)))
    return None


def _mean_shares(options: object) -> dict[str, float] | None:
    """The shares of two or more options, means over the orders in which they stood; None for anything else."""
    if not isinstance(options, Mapping):
        return None
    orders = [dict(_numbers(order)) for order in options.values()] if _is_nested(options) else [dict(_numbers(options))]
    if not orders or any(order.keys() != orders[0].keys() for order in orders):
        return None
    try:
        shares = [normalised(list(order.values())) for order in orders]
    except ValueError:
        return None
    return dict(zip(orders[0], map(fmean, zip(*shares, strict=True)), strict=True))


def _is_nested(options: Mapping[str, Any]) -> bool:
    return all(isinstance(each, Mapping) for each in options.values())


def _numbers(given: object) -> Iterator[tuple[str, float]]:
    for name, number in given.items() if isinstance(given, Mapping) else ():
        if isinstance(number, int | float) and math.isfinite(number):
            yield str(name), float(number)
