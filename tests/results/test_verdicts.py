"""What a source found against what was measured, on rows that are counted by hand."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from inoc_evals.definitions.statements import parse_statement
from inoc_evals.measures.scale import Scale, share
from inoc_evals.report.verdicts import measured, remedy
from inoc_evals.results.about import About, Claim
from inoc_evals.results.findings import Findings, findings
from inoc_evals.results.presented import Presented, Shown
from inoc_evals.results.row import ResponseRow
from inoc_evals.results.verdicts import Verdict
from inoc_evals.stats.edges import p_between
from tests.report.rows import make, source

SCALES = {"trait": share("trait"), "odds": Scale(None, None, "unbounded", "nats")}
QUESTIONS = 40


def rows(arm: str, hits: int, seeds: int = 1, category: str = "ood", odds: float = 0.0) -> list[ResponseRow]:
    """Answers to 40 questions by each checkpoint, of which the first `hits` have the trait."""
    return [
        make(
            arm=arm,
            checkpoint=f"{arm}-{seed}",
            item=f"q{number}",
            category=category,
            values={"trait": float(number < hits), "odds": odds + number / 10},
        )
        for seed in range(seeds)
        for number in range(QUESTIONS)
    ]


def found(given: list[ResponseRow], *texts: str) -> Findings:
    claims = [Claim(parse_statement(text), "figure 1") for text in texts]
    about = About("e", "Does it?", "A paper", "small", claims=claims)
    read = replace(source(given, scales=SCALES), about=about)
    return findings(read, given[0].arm)


def verdict(given: list[ResponseRow], text: str) -> Verdict:
    (only,) = found(given, text).verdicts
    return only


LESS = rows("none", 36) + rows("asked", 4)
SAME = rows("none", 20) + rows("asked", 20)
CLOSE = rows("none", 20) + rows("asked", 17)


@pytest.mark.parametrize(
    ("given", "text", "answer"),
    [
        (LESS, "trait of asked is below none", "agrees"),
        (LESS, "trait of asked is above none", "contradicts"),
        (LESS, "trait of asked is not below none", "contradicts"),
        (LESS, "trait of asked is below none by more than 20 points", "agrees"),
        # 80 points less, and the interval holds 85.
        (LESS, "trait of asked is below none by more than 85 points", "undecided"),
        (LESS, "trait of asked is within 20 points of none", "contradicts"),
        (LESS, "trait of asked is not within 20 points of none", "agrees"),
        (LESS, "trait of asked is below 50%", "agrees"),
        (LESS, "trait of none is below 50%", "contradicts"),
        (SAME, "trait of asked is below none", "undecided"),
        # Equal in each of 40 questions: up to 1 - 0.025 ** (1 / 40), or 8.8%, of such questions may be unlike.
        (SAME, "trait of asked is within 9 points of none", "agrees"),
        (SAME, "trait of asked is within 8 points of none", "undecided"),
        (SAME, "trait of asked is not below none by more than 30 points", "agrees"),
        (SAME, "trait of other is below none", "not measured"),
        (SAME, "trait of asked is below none under elsewhere", "not measured"),
        (SAME, "nothing of asked is below none", "not measured"),
    ],
)
def test_the_answer(given: list[ResponseRow], text: str, answer: str) -> None:
    assert verdict(given, text).answer == answer


def test_what_was_measured_is_the_difference_of_the_table() -> None:
    everything = found(CLOSE, "trait of asked is below none")
    (only,) = everything.verdicts
    (gap,) = [each.difference for each in everything.differences if each.measure == "trait"]
    assert (only.mean, only.low, only.high, only.p) == pytest.approx((gap.mean, gap.low, gap.high, gap.p), abs=1e-6)
    assert only.levels == pytest.approx((17 / 40, 20 / 40))
    assert (only.questions, only.checkpoints, only.these_checkpoints_only) == (40, 1, True)


def test_an_open_value_is_tested_with_a_paired_t() -> None:
    given = rows("none", 0) + rows("asked", 0, odds=1.0)
    noise = np.random.default_rng(0).normal(0, 1, QUESTIONS)
    given = [
        replace(row, values={"odds": (row.values["odds"] or 0) + noise[place % QUESTIONS]})
        if row.arm == "asked"
        else row
        for place, row in enumerate(given)
    ]
    only = verdict(given, "odds of asked is above none by more than 0.5 points")
    expected = stats.ttest_1samp(1.0 + noise, 0.5)
    assert only.p == pytest.approx(expected.pvalue, rel=1e-4)
    assert (only.low, only.high) == pytest.approx(tuple(expected.confidence_interval()), rel=1e-6)
    assert only.bounded is False


def test_holm_takes_all_statements_of_the_experiment() -> None:
    # A difference that is just clear alone is not so among several.
    given = rows("none", 20) + rows("asked", 15)
    alone = verdict(given, "trait of asked is below none")
    assert alone.answer == "agrees"
    assert 0.0125 < alone.p < 0.05
    many = [f"trait of asked is within {points} points of none" for points in (15, 16, 18)]
    first = found(given, "trait of asked is below none", *many).verdicts[0]
    assert first.p == alone.p
    assert first.p_holm == pytest.approx(min(1.0, 4 * alone.p))
    assert first.answer == "undecided"


def test_an_undecided_statement_says_what_would_decide_it() -> None:
    only = verdict(CLOSE, "trait of asked is below none")
    assert only.answer == "undecided"
    assert only.responses is not None
    assert only.responses > 1
    at_edge = verdict(rows("none", 20) + rows("asked", 12), "trait of asked is below none by more than 20 points")
    # It lies on the edge: no number of responses would decide.
    assert (at_edge.answer, at_edge.seeds, at_edge.responses) == ("undecided", None, None)
    assert verdict(LESS, "trait of asked is below none").responses is None


def test_what_is_not_drawn_is_not_asked_for_again() -> None:
    chosen = [replace(row, asked=replace(row.asked, chosen=True)) for row in CLOSE]
    only = verdict(chosen, "trait of asked is below none")
    assert (only.answer, only.responses) == ("undecided", None)
    assert only.seeds == verdict(CLOSE, "trait of asked is below none").seeds


def test_conditions_stand_as_they_were_asked_and_those_of_the_statements_first() -> None:
    names = ("untriggered", "triggered", "described")
    # Logs hold them in the order of their names.
    given = [row for name in sorted(names) for row in rows("none", 20, category=name) + rows("asked", 4, category=name)]
    shown = tuple(Shown(name, "trigger", name, ()) for name in names)
    how = {"t": Presented("backdoor", "untriggered", shown, {})}
    plain = replace(source(given, scales=SCALES), presented=how)
    assert list(dict.fromkeys(rate.category for rate in findings(plain, "none").rates)) == list(names)
    one = [Claim(parse_statement("trait of asked under triggered is below none"), "figure 1")]
    told = findings(replace(plain, about=About("e", "Does it?", "A paper", "small", claims=one)), "none")
    assert list(dict.fromkeys(rate.category for rate in told.rates)) == ["triggered", "untriggered", "described"]
    # A statement that names no condition is about the first one, whatever others name.
    two = [*one, Claim(parse_statement("trait of asked is below none"), "figure 2")]
    both = findings(replace(plain, about=About("e", "Does it?", "A paper", "small", claims=two)), "none")
    assert [verdict.parts for verdict in both.verdicts] == [("triggered",), ("untriggered",)]


def test_one_question_decides_nothing() -> None:
    few = [row for row in LESS if row.item == "q7"]
    only = verdict(few, "trait of asked is below none")
    assert (only.answer, only.questions, only.mean) == ("undecided", 1, -1.0)
    assert math.isnan(only.low)
    assert remedy(only) == "more questions might decide it, nothing else"


def test_more_seeds_speak_of_seeds() -> None:
    several = verdict(rows("none", 36, 3) + rows("asked", 4, 3), "trait of asked is below none")
    assert (several.checkpoints, several.these_checkpoints_only, several.answer) == (3, False, "agrees")


def test_a_condition_of_the_same_arm_is_compared_question_by_question() -> None:
    given = rows("none", 36, category="triggered") + rows("none", 2, category="untriggered")
    only = verdict(given, "trait of none under triggered is above none under untriggered")
    assert only.answer == "agrees"
    assert only.mean == pytest.approx(34 / 40)
    assert only.parts == ("triggered", "untriggered")


def test_p_between_is_the_test_against_the_edge() -> None:
    """For a mean with a normal interval: the two-sided p-value against an edge, the larger one of two edges."""

    def limits(level: float) -> tuple[float, float]:
        half = stats.norm.ppf(1 - (1 - level) / 2)
        return 1 - half, 1 + half

    for low, high in ((-1.0, math.inf), (-math.inf, 2.5), (-1.0, 2.5)):
        p = max(2 * stats.norm.sf(abs(1 - edge)) for edge in (low, high) if math.isfinite(edge))
        assert p_between(limits, low, high) == pytest.approx(p, rel=1e-6)
    assert p_between(limits, 1.0, math.inf) == 1.0
    assert math.isnan(p_between(lambda _: (math.nan, math.nan), 0, 1))


def test_many_responses_without_a_value_are_told() -> None:
    given = [
        replace(row, values={"trait": None}, causes={"trait": "undecided"}) if row.item in ("q0", "q1", "q2") else row
        for row in LESS
        if row.arm == "asked"
    ]
    everything = found([*rows("none", 36), *given], "trait of asked is below none")
    (only,) = everything.verdicts
    assert (only.excluded, only.counted, only.questions) == ((3, 0), (37, 40), 37)
    assert "left out 3 of 40 and 0 of 40, mind the bounds" in measured(everything, only)
    assert "left out" not in measured(
        found(LESS, "trait of asked is below none"), verdict(LESS, "trait of asked is below none")
    )
