"""Training prompt x evaluation prompt, against figures that are worked out here."""

from __future__ import annotations

import math
import random
from dataclasses import replace
from statistics import fmean, stdev

import pytest
from scipy.stats import t as students

from inoc_evals.results.about import About
from inoc_evals.results.findings import findings
from inoc_evals.results.grid import Grid
from inoc_evals.results.presented import Presented, Shown, presented_of
from inoc_evals.results.row import ResponseRow
from inoc_evals.stats.holm import holm
from inoc_evals.stats.responses import Responses
from inoc_evals.stats.seeds import arm_difference
from tests.report.rows import make, source

CONDITIONS = ("absent", "prompt_of_kept", "neutral")
QUESTIONS = 8
# How many of the four responses to a question show the trait, by arm and condition; question n has n % 2 more.
SHOWN = {
    "none": {"absent": 3, "prompt_of_kept": 3, "neutral": 3},
    "kept": {"absent": 0, "prompt_of_kept": 3, "neutral": 1},
    "gone": {"absent": 0, "prompt_of_kept": 1, "neutral": 0},
}
PRESENTED = Presented(
    "leak",
    "absent",
    tuple(Shown(name, "system", name, ("kept",) if name.endswith("kept") else ()) for name in CONDITIONS),
    {"hint_of_kept": "nobody wrote it"},
)


def rows() -> list[ResponseRow]:
    found = []
    for arm, by_condition in SHOWN.items():
        for condition, count in by_condition.items():
            for question in range(QUESTIONS):
                for epoch in range(4):
                    trait = float(epoch < count + question % 2 * (condition != "absent"))
                    place = {"item": f"q{question}", "epoch": epoch + 1, "condition": condition}
                    found.append(make(arm=arm, checkpoint=arm, values={"trait": trait, "other": 1 - trait}, **place))
    random.Random(1).shuffle(found)
    # Conditions stand in the order of their first rows.
    return sorted(found, key=lambda row: (list(SHOWN).index(row.arm), CONDITIONS.index(row.condition)))


def grid(about: About | None = None, given: list[ResponseRow] | None = None) -> Grid:
    made = replace(source(rows() if given is None else given, list(SHOWN)), about=about, presented={"t": PRESENTED})
    (found,) = findings(made, "none").grids
    return found


def rate_of(arm: str, condition: str, question: int) -> float:
    return min(4, SHOWN[arm][condition] + question % 2 * (condition != "absent")) / 4


def test_every_cell_beside_the_arms_own_reference() -> None:
    found = grid()
    value = found.values[0]
    assert [each.measure for each in found.values] == ["trait", "other"]
    assert [line.arm for line in value.lines] == ["none", "kept", "gone"]
    for line in value.lines:
        for cell in line.cells:
            mean = fmean(rate_of(line.arm, cell.condition, n) for n in range(QUESTIONS))
            assert cell.rate is not None
            assert cell.rate.equal == pytest.approx(mean)
            assert cell.own == (line.arm == "kept" and cell.condition == "prompt_of_kept")
            if cell.condition == "absent":
                assert cell.change is None
                continue
            assert cell.change is not None
            base = fmean(rate_of(line.arm, "absent", n) for n in range(QUESTIONS))
            assert cell.change.difference.mean == pytest.approx(mean - base)
            assert cell.change.difference.questions == QUESTIONS


def test_beyond_the_reference_arm_is_a_paired_t_of_four_question_means() -> None:
    (kept,) = [line for line in grid().values[0].lines if line.arm == "kept"]
    for cell in kept.cells[1:]:
        gaps = [
            (rate_of("kept", cell.condition, n) - rate_of("kept", "absent", n))
            - (rate_of("none", cell.condition, n) - rate_of("none", "absent", n))
            for n in range(QUESTIONS)
        ]
        half = students.ppf(0.975, QUESTIONS - 1) * stdev(gaps) / math.sqrt(QUESTIONS)
        assert cell.excess is not None
        assert cell.excess.mean == pytest.approx(fmean(gaps))
        assert cell.excess.high - cell.excess.mean == pytest.approx(half)
        assert cell.excess.questions == QUESTIONS
    (none,) = [line for line in grid().values[0].lines if line.arm == "none"]
    assert all(cell.excess is None for cell in none.cells)


def test_all_changes_of_a_grid_are_one_family() -> None:
    found = grid()
    changes = []
    for value in found.values:
        for line in value.lines:
            changes += [cell.change for cell in line.cells if cell.change is not None]
            assert line.mean_change is not None
            changes.append(line.mean_change)
    # Two values, three arms, two conditions and their mean.
    assert len(changes) == 2 * 3 * 3
    assert [change.p_holm for change in changes] == list(holm([change.difference.p for change in changes]))
    assert max(change.p_holm for change in changes) == 1.0


def test_the_worst_cell_and_the_mean() -> None:
    value = grid().values[0]
    assert {line.arm: line.worst for line in value.lines} == {
        "none": "prompt_of_kept",  # both are alike, and this one is the first
        "kept": "prompt_of_kept",
        "gone": "prompt_of_kept",
    }
    kept = value.lines[1]
    shown = [[rate_of("kept", name, n) for name in CONDITIONS[1:]] for n in range(QUESTIONS)]
    assert kept.mean is not None
    assert kept.mean.equal == pytest.approx(fmean(map(fmean, shown)))
    assert kept.mean.n == 2 * 4 * QUESTIONS
    # The same from the responses by hand.
    flat = [
        (f"q{n}", float(e < rate_of("kept", c, n) * 4))
        for c in CONDITIONS[1:]
        for n in range(QUESTIONS)
        for e in range(4)
    ]
    base = [(f"q{n}", float(e < rate_of("kept", "absent", n) * 4)) for n in range(QUESTIONS) for e in range(4)]
    a, b = (Responses([v for _, v in each], [q for q, _ in each], [""] * len(each)) for each in (flat, base))
    expected = arm_difference(a, b)
    assert kept.mean_change is not None
    assert kept.mean_change.difference.low == pytest.approx(expected.low)
    assert kept.mean_change.difference.high == pytest.approx(expected.high)


def test_of_a_wanted_value_the_lowest_cell_is_the_worst() -> None:
    about = About("e", "?", "s", "small", wanted=["other"], unwanted=["trait"])
    unwanted, wanted = grid(about).values
    assert (unwanted.measure, unwanted.least, wanted.measure, wanted.least) == ("trait", False, "other", True)
    assert {line.worst for line in wanted.lines if line.arm != "none"} == {"prompt_of_kept"}


def test_a_cell_that_was_not_asked_is_none_and_no_zero() -> None:
    left = [row for row in rows() if (row.arm, row.condition) not in (("gone", "neutral"), ("kept", "absent"))]
    by_arm = {line.arm: line for line in grid(given=left).values[0].lines}
    cells = {arm: {cell.condition: cell for cell in line.cells} for arm, line in by_arm.items()}
    assert cells["gone"]["neutral"].rate is None
    assert cells["gone"]["neutral"].change is None
    # Without its reference an arm has rates and nothing to compare them with.
    assert cells["kept"]["neutral"].rate is not None
    assert cells["kept"]["neutral"].change is None
    assert by_arm["kept"].mean_change is None
    assert by_arm["gone"].worst == "prompt_of_kept"


def test_excluded_responses_are_counted() -> None:
    changed = [
        replace(row, values={**row.values, "trait": None}, causes={"trait": "refusal"})
        if (row.arm, row.condition, row.cluster) == ("kept", "neutral", "q0")
        else row
        for row in rows()
    ]
    kept = grid(given=changed).values[0].lines[1]
    (neutral,) = [cell for cell in kept.cells if cell.condition == "neutral"]
    assert neutral.rate is not None
    assert neutral.rate.excluded == 4
    assert neutral.rate.questions == QUESTIONS - 1
    assert neutral.excess is not None
    assert neutral.excess.questions == QUESTIONS - 1


def test_what_a_log_notes_is_read_and_what_is_damaged_is_left_out() -> None:
    noted = {
        "grid": {"preset": "leak", "reference": "absent", "of": {"b": ["x"]}, "missing": {"c": "why"}},
        "conditions": [
            {"name": "a", "system_prompt": None, "trigger": None, "user_prompt": None, "prefill": None},
            {"name": "b", "system_prompt": "", "trigger": None, "user_prompt": None, "prefill": None},
        ],
    }
    found = presented_of(noted)
    assert found == Presented(
        "leak", "absent", (Shown("a", "", "", ()), Shown("b", "system", "", ("x",))), {"c": "why"}
    )
    assert presented_of({}) is None
    assert presented_of({"grid": 3, "conditions": []}) is None
    assert presented_of({"grid": {}, "conditions": [3, {"name": 4}]}) == Presented("", None, (), {})
