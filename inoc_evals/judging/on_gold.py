"""Asking a judge about the gold examples of rubrics."""

from __future__ import annotations

from collections.abc import Sequence

from inoc_evals.definitions.rubric import Rubric
from inoc_evals.judging.answered import answered
from inoc_evals.judging.gold import material
from inoc_evals.judging.judge import Judge
from inoc_evals.judging.one_version import by_one_version
from inoc_evals.judging.progress import ratings_shown
from inoc_evals.judging.prompt import from_rubric
from inoc_evals.judging.sheet import RubricSheet, rubric_sheet


def on_gold(judge: Judge, rubric: Rubric) -> RubricSheet:
    """What `judge` says of the gold of `rubric`, of which there is some, in its second wording too where it has one.
    Raises as `answered` does."""
    instruments = [from_rubric(rubric)]
    if rubric.rewording is not None:
        instruments.append(from_rubric(rubric, reworded=True))
    verdicts = answered(judge, instruments, [material(gold) for gold in rubric.gold], ratings_shown)
    return rubric_sheet(rubric, instruments[0], verdicts)


def on_all_gold(judge: Judge, rubrics: Sequence[Rubric]) -> Sequence[RubricSheet]:
    """The same of several rubrics, by one version of the judge: see `by_one_version`, which may raise WorkError. Raises
    as `answered` does, too."""
    (sheets,) = by_one_version([lambda: [on_gold(judge, rubric) for rubric in rubrics]])
    return sheets
