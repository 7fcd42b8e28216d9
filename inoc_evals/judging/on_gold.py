"""Asking a judge about the gold examples of rubrics."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from inoc_evals.definitions.rubric import Rubric
from inoc_evals.judging.answered import answered
from inoc_evals.judging.gold import material, versions_of
from inoc_evals.judging.judge import Judge
from inoc_evals.judging.progress import ratings_shown
from inoc_evals.judging.prompt import from_rubric
from inoc_evals.judging.sheet import RubricSheet, rubric_sheet
from inoc_evals.judging.usage import merged
from inoc_evals.judging.version import CHANGES, went_on_changing


def on_gold(judge: Judge, rubric: Rubric) -> RubricSheet:
    """What `judge` says of the gold of `rubric`, of which there is some, in its second wording too where it has one.
    Raises as `answered` does."""
    instruments = [from_rubric(rubric)]
    if rubric.rewording is not None:
        instruments.append(from_rubric(rubric, reworded=True))
    found = answered(judge, instruments, [material(gold) for gold in rubric.gold], ratings_shown)
    return rubric_sheet(rubric, instruments[0], found)


def on_all_gold(judge: Judge, rubrics: Sequence[Rubric]) -> list[RubricSheet]:
    """The same of several rubrics, by one version of the judge: where another one answers at the end than at the
    beginning, it is asked what the one before was too. Raises as `answered` does, and WorkError where it goes on to
    change."""
    found = [on_gold(judge, rubric) for rubric in rubrics]
    for _ in range(CHANGES):
        if len(_versions(found)) < 2:
            break
        # What the version that answers now has said comes from the cache.
        found = [_with_cost_of(each, on_gold(judge, each.rubric)) for each in found]
    if len(versions := _versions(found)) > 1:
        raise went_on_changing(judge.id, versions)
    return found


def _versions(found: Sequence[RubricSheet]) -> list[str]:
    return versions_of(verdict for each in found for verdicts in each.answered.by for verdict in verdicts)


def _with_cost_of(before: RubricSheet, now: RubricSheet) -> RubricSheet:
    judging = merged([before.answered.judging, now.answered.judging]) or now.answered.judging
    seconds = before.answered.seconds + now.answered.seconds
    return replace(now, answered=replace(now.answered, judging=judging, seconds=seconds))
