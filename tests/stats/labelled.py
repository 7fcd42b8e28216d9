"""Simulated judges, people and draws, for the tests of corrected rates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from inoc_evals.stats.judge_error import Kind, Labelled
from inoc_evals.stats.responses import Floats, Labels, labels

# How much questions differ, on the logit scale.
SPREAD = 0.7


@dataclass(frozen=True)
class Judge:
    """How often a judge misses a hit, and how often it calls another response one."""

    misses: float = 0.0
    false: float = 0.0


def arm(
    entries: Sequence[tuple[str, float | None, float | None]],
    drawn: Sequence[float],
    kind: Kind = "share",
    checkpoints: Sequence[str] | None = None,
) -> Labelled:
    """Responses as (question, what the judge says, what people would say), and of each its design weight; 0: no
    label."""
    weights = np.array(drawn, dtype=np.float64)
    labelled = weights > 0
    people = np.array([entry[2] for entry in entries], dtype=np.float64)
    return Labelled(
        judged=np.array([entry[1] for entry in entries], dtype=np.float64),
        people=np.where(labelled, people, np.nan),
        labelled=labelled,
        weights=np.where(labelled, weights, 1.0),
        questions=labels([entry[0] for entry in entries]),
        checkpoints=labels(checkpoints or ["c"] * len(entries)),
        kind=kind,
    )


def simulated(
    chances: Floats, judge: Judge, labelled: int, random: np.random.Generator, each: int = 20
) -> tuple[Labelled, float]:
    """Responses of one checkpoint to questions with these chances of a hit, of which `labelled` are labelled: half of
    them where the judge is unsure, which it is more often where it errs. And the true share of hits on the
    questions."""
    size = len(chances) * each
    true = random.random(size) < np.repeat(chances, each)
    says = np.where(true, random.random(size) >= judge.misses, random.random(size) < judge.false)
    unsure = random.random(size) < np.where(says == true, 0.15, 0.6)
    chosen, weights = np.zeros(size, dtype=np.bool_), np.ones(size)
    strata = [np.flatnonzero(unsure == one) for one in (True, False)]
    first = min(len(strata[0]), labelled // 2)
    for places, count in zip(strata, (first, labelled - first), strict=True):
        inside = random.choice(places, count, replace=False)
        chosen[inside], weights[inside] = True, len(places) / count
    names = tuple(f"q{number}" for number in range(len(chances)))
    questions = Labels(names, np.repeat(np.arange(len(chances)), each).astype(np.int32))
    people = np.where(chosen, true.astype(np.float64), np.nan)
    alone = Labels(("c",), np.zeros(size, dtype=np.int32))
    return Labelled(says.astype(np.float64), people, chosen, weights, questions, alone), float(chances.mean())


def chances(rate: float, questions: int, random: np.random.Generator) -> Floats:
    """Chances of a hit that differ between questions, with a mean near `rate`."""
    logits = special.logit(rate) + SPREAD * random.standard_normal(questions)
    found: Floats = special.expit(logits)
    return found
