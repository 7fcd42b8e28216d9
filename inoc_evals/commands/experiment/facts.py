"""What is known of an experiment before anything is spent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from inoc_evals.judging.expected import Expected
from inoc_evals.plan.duration import Range


@dataclass(frozen=True)
class DirectionFacts:
    """A direction that is made: the parts of the data whose requests it is made of, and the prompt that is put before
    each."""

    direction: str
    data: tuple[str, ...]
    prompt: str
    placement: str


@dataclass(frozen=True)
class ArmFacts:
    """One arm: `rows` of a training (None: not known before they are here), of which `prompted` have one of `prompts`;
    `variation` is what it asks otherwise at evaluation. `kind` says what is done to keep a trait away, `intervention`
    how. `steps` and `examples` are those of one training (None: not known)."""

    arm: str
    role: str
    kind: str
    trained: bool
    rows: int | None
    prompted: int | None
    prompts: tuple[str, ...]
    placement: str
    asks_for: tuple[str, ...]
    variation: Mapping[str, Any]
    intervention: Mapping[str, Any] | None
    steps: int | None
    examples: int | None


@dataclass(frozen=True)
class PartFacts:
    """One part of the data: where its rows come from, and how many there are (None: not known before)."""

    part: str
    source: str
    rows: int | None


@dataclass(frozen=True)
class TaskFacts:
    """One task: `responses` and `ratings` are those of all checkpoints; `can_show` says by category which differences
    would be seen. `under` are the names of several conditions, `missing` those that could not be made, and why."""

    task: str
    items: int
    conditions: int
    samples: int
    responses: int
    ratings: int
    needs: tuple[str, ...]
    can_show: Mapping[str, str]
    under: tuple[str, ...]
    missing: Mapping[str, str]


@dataclass(frozen=True)
class Facts:
    """All that is known before anything is spent; times are None where no earlier run says them. `order` are the arms
    with a training of their own, each behind the one whose adapter it uses."""

    experiment: str
    question: str
    source: str
    scale: str
    scales: tuple[str, ...]
    base: str
    recipe: Mapping[str, Any]
    seeds: tuple[int, ...]
    parts: tuple[PartFacts, ...]
    directions: tuple[DirectionFacts, ...]
    arms: tuple[ArmFacts, ...]
    trainings: int
    order: tuple[str, ...]
    tasks: tuple[TaskFacts, ...]
    responses: int
    ratings: int
    judges: tuple[str, ...]
    judging: tuple[Expected, ...]
    training_time: Range | None
    scoring_time: Range | None
    statements: tuple[str, ...]
    notes: tuple[str, ...]
