"""Arms whose checkpoints are steps of a training: what stands where on that axis, and which step stands for the arm."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from inoc_evals.results.source import Source


@dataclass(frozen=True)
class Axis:
    """`arms` are those with steps: by step, in their order, the labels of the checkpoints there, of one training each.
    `shown` are the checkpoints that stand for their arms, those of all other arms among them; `notes` say so."""

    arms: Mapping[str, Mapping[int, tuple[str, ...]]]
    shown: frozenset[str]
    notes: tuple[str, ...]


def axis_of(source: Source) -> Axis:
    """The axis of the checkpoints that have rows. An arm with one step of each of its trainings is left as it is: these
    are training seeds."""
    there: dict[str, dict[str, None]] = {}
    for row in source.rows:
        there.setdefault(row.arm, {})[row.checkpoint] = None
    arms: dict[str, Mapping[int, tuple[str, ...]]] = {}
    passed: set[str] = set()
    ends: dict[tuple[int, ...], list[str]] = {}
    for arm, labels in there.items():
        last = _last(source, labels)
        if len(last) == len(labels):
            continue
        arms[arm] = _by_step(source, labels)
        passed |= labels.keys() - last.keys()
        steps = {source.steps[label].step for label in last if label in source.steps}
        ends.setdefault(tuple(sorted(steps)), []).append(arm)
    shown = {label for labels in there.values() for label in labels} - passed
    return Axis(arms, frozenset(shown), tuple(_note(those, steps) for steps, those in ends.items()))


def _last(source: Source, labels: Mapping[str, None]) -> dict[str, None]:
    """The checkpoints after which there is no other of the same training."""
    ends: dict[str, int] = {}
    for label in labels:
        if (at := source.steps.get(label)) is not None:
            ends[at.run] = max(at.step, ends.get(at.run, at.step))
    passed = {label for label in labels if (at := source.steps.get(label)) is not None and at.step < ends[at.run]}
    return {label: None for label in labels if label not in passed}


def _by_step(source: Source, labels: Mapping[str, None]) -> dict[int, tuple[str, ...]]:
    steps: dict[int, tuple[str, ...]] = {}
    for label in labels:
        if (at := source.steps.get(label)) is not None:
            steps[at.step] = (*steps.get(at.step, ()), label)
    origins = {source.steps[label].origin for label in labels if label in source.steps}
    if len(origins) == 1 and (origin := origins.pop()) is not None:
        steps.setdefault(0, (origin,))
    return dict(sorted(steps.items()))


def _note(arms: Sequence[str], steps: Sequence[int]) -> str:
    have, them = ("have", "them") if len(arms) > 1 else ("has", "it")
    last = f"the last one, step {steps[0]}" if len(steps) == 1 else f"the last one of each training, {_listed(steps)}"
    return f"{', '.join(arms)} {have} checkpoints at several steps of training; what is said of {them} is of {last}"


def _listed(steps: Sequence[int]) -> str:
    return f"steps {', '.join(map(str, steps[:-1]))} and {steps[-1]}"
