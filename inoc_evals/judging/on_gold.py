"""Asking a judge about the gold examples of a rubric."""

from __future__ import annotations

from inoc_evals.definitions.rubric import Rubric
from inoc_evals.judging.answered import answered
from inoc_evals.judging.gold import material
from inoc_evals.judging.judge import Judge
from inoc_evals.judging.progress import ratings_shown
from inoc_evals.judging.prompt import from_rubric
from inoc_evals.judging.sheet import RubricSheet, rubric_sheet


def on_gold(judge: Judge, rubric: Rubric) -> RubricSheet:
    """What `judge` says of the gold of `rubric`, of which there is some, in its second wording too where it has one.
    Raises as `answered` does."""
    instruments = [from_rubric(rubric)]
    if rubric.rewording is not None:
        instruments.append(from_rubric(rubric, reworded=True))
    found = answered(judge, instruments, [material(gold) for gold in rubric.gold], ratings_shown)
    return rubric_sheet(rubric, instruments[0], found)
