"""Arms whose checkpoints are steps of a training: what is said of the last step, and of each."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest

from inoc_evals.definitions.arms import TrainingStep
from inoc_evals.plain import plain
from inoc_evals.readers.rows import read, write_rows
from inoc_evals.results.findings import Findings, compared, findings
from inoc_evals.results.progress import StepRate
from inoc_evals.results.row import ResponseRow
from inoc_evals.results.source import Source, joined
from inoc_evals.stats.responses import Responses
from inoc_evals.stats.seeds import arm_rate
from tests.report.rows import make, source

RATES = {0: 0.1, 8: 0.3, 16: 0.6, 24: 0.9}
CHANCE = random.Random(3)


def responses(arm: str, checkpoint: str, rate: float, questions: int = 8, samples: int = 5) -> list[ResponseRow]:
    return [
        make(
            arm=arm,
            checkpoint=checkpoint,
            item=f"q{question}",
            epoch=epoch,
            values={"trait": float(CHANCE.random() < rate), "wanted": float(CHANCE.random() < 1 - rate)},
        )
        for question in range(questions)
        for epoch in range(1, samples + 1)
    ]


def grown(runs: int, origin: str | None = "base") -> Source:
    """An arm with three steps of each of `runs` trainings, beside the base and an arm of one checkpoint."""
    rows = responses("none", "none", 0.5) + responses("base", "base", RATES[0])
    steps = {}
    for run in range(1, runs + 1):
        for step in (16, 24, 8):
            label = f"spanish-s{run}-step{step}"
            rows += responses("spanish", label, RATES[step])
            steps[label] = TrainingStep(f"runs/{run}", step, origin)
    return replace(source(rows, ("none", "spanish", "base")), steps=steps)


def without_earlier(given: Source) -> Source:
    """The same where only the last step was ever asked."""
    earlier = {label for label, at in given.steps.items() if at.step < 24}
    rows = tuple(row for row in given.rows if row.checkpoint not in earlier)
    return replace(given, rows=rows, steps={})


def points(found: Findings, measure: str = "trait") -> dict[int, StepRate]:
    return {one.step: one for one in found.progress if one.measure == measure}


@pytest.mark.parametrize("runs", [1, 3])
def test_tables_are_those_of_the_last_step_alone(runs: int) -> None:
    given = grown(runs)
    found, last = findings(given), findings(without_earlier(given))
    for name in ("rates", "by_checkpoint", "differences", "questions", "distributions", "exclusions"):
        assert plain(getattr(found, name)) == plain(getattr(last, name)), name
    assert plain(compared(found, "none", "spanish")) == plain(compared(last, "none", "spanish"))
    assert found.responses == len(given.rows)
    assert found.checkpoints == 2 + 3 * runs
    (note,) = found.notes
    assert note == (
        "spanish has checkpoints at several steps of training; what is said of it is of the last one, step 24"
    )
    assert last.notes == last.progress == ()


@pytest.mark.parametrize("runs", [1, 3])
def test_each_step_has_the_rate_of_its_rows_over_the_trainings(runs: int) -> None:
    given = grown(runs)
    found = points(findings(given))
    assert list(found) == [0, 8, 16, 24]
    for step, point in found.items():
        rows = [
            row
            for row in given.rows
            if (row.checkpoint == "base" if step == 0 else row.checkpoint.endswith(f"-step{step}"))
        ]
        columns = zip(*((row.values["trait"], row.cluster, row.checkpoint) for row in rows), strict=True)
        assert plain(point.rate) == plain(arm_rate(Responses(*columns, (0.0, 1.0))))
        mean = sum(row.values["trait"] or 0 for row in rows) / len(rows)
        assert point.rate.equal == pytest.approx(mean)
        assert point.rate.checkpoints == (1 if step == 0 else runs)
        assert point.rate.these_checkpoints_only == (step == 0 or runs == 1)
    wanted = points(findings(given), "wanted")
    assert wanted[24].rate.equal < wanted[8].rate.equal


def test_steps_that_are_not_there_are_left_out() -> None:
    assert list(points(findings(grown(1, origin=None)))) == [8, 16, 24]
    given = grown(1)
    unasked = tuple(row for row in given.rows if row.arm != "base")
    assert list(points(findings(replace(given, rows=unasked)))) == [8, 16, 24]


def test_trainings_that_end_at_different_steps_each_stand_at_their_end() -> None:
    given = grown(2)
    rows = tuple(row for row in given.rows if row.checkpoint != "spanish-s2-step24")
    found = findings(replace(given, rows=rows))
    assert {one.checkpoint for one in found.by_checkpoint if one.arm == "spanish"} == {
        "spanish-s1-step24",
        "spanish-s2-step16",
    }
    assert found.notes[0].endswith("is of the last one of each training, steps 16 and 24")
    assert points(found)[24].rate.checkpoints == 1
    assert points(found)[16].rate.checkpoints == 2


def test_one_step_of_each_training_is_no_axis() -> None:
    given = grown(3)
    rows = tuple(row for row in given.rows if row.checkpoint not in given.steps or row.checkpoint.endswith("24"))
    found = findings(replace(given, rows=rows))
    assert (found.progress, found.notes) == ((), ())
    assert plain(found.rates) == plain(findings(without_earlier(given)).rates)


def test_steps_go_with_the_labels_through_files_and_several_sources(tmp_path: Path) -> None:
    first, second = grown(1), grown(1)
    for name, one in (("a", first), ("b", second)):
        write_rows(one, tmp_path / f"{name}.jsonl")
    assert joined([read(tmp_path / "a.jsonl")]).steps == first.steps
    # The second file's checkpoints have the labels of the first one's, and stand for others.
    rows = [replace(row, arm=f"{row.arm}2") for row in second.rows]
    write_rows(replace(second, rows=tuple(rows), arms=("none2", "spanish2", "base2")), tmp_path / "b.jsonl")
    both = joined([read(tmp_path / "a.jsonl"), read(tmp_path / "b.jsonl")])
    assert both.steps["spanish-s1-step8-2"] == TrainingStep("runs/1", 8, "base-2")
    assert both.steps["spanish-s1-step8"] == TrainingStep("runs/1", 8, "base")
    found = findings(both)
    rates = {one.arm: one.rate.equal for one in found.progress if one.step == 0 and one.measure == "trait"}
    assert rates == {
        arm: one.rate.equal
        for arm, base in (("spanish", "base"), ("spanish2", "base2"))
        for one in found.rates
        if one.arm == base and one.measure == "trait"
    }
