from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from inoc_evals.stats.cautions import cautions, concentration, disagreement
from inoc_evals.stats.responses import Responses
from inoc_evals.stats.tables import cells
from tests.stats.tables import counted, responses


@pytest.mark.parametrize(
    ("hits", "said"),
    [
        ([12, 0, 0, 0], ("all 12 hits come from one question (q000)",)),
        ([0, 1, 11, 0], ("11 of 12 hits come from one question (q002)",)),
        ([20, 20, 8, 20], ("all 12 misses come from one question (q002)",)),
        ([3, 0, 0, 1], ()),
        ([1, 0, 0, 0], ()),
        ([0, 0, 0, 0], ()),
        ([20, 20, 20, 20], ()),
        ([12, 0], ()),
    ],
)
def test_hits_from_one_question_are_named(hits: list[int], said: tuple[str, ...]) -> None:
    assert cautions(cells(responses(hits, 20))) == said


def test_ratings_have_no_hits_and_missing_values_are_none() -> None:
    questions = ["a", "a", "b", "c"]
    assert concentration(cells(Responses([0.4, 0.2, 0.0, 0.0], questions, ["s"] * 4))) is None
    found = concentration(
        cells(Responses([100.0, 100.0, None, 0.0, math.nan, 0.0], ["a", "a", "a", "b", "b", "c"], ["s"] * 6, (0, 100)))
    )
    assert found is not None
    assert (found.question, found.here, found.total, found.misses) == ("a", 2, 2, False)


def test_two_checkpoints_on_one_question_are_the_score_test() -> None:
    found = disagreement(counted([[4], [15]], 40))
    assert found is not None
    # Pearson's chi-squared of the fourfold table, times (N - 1) / N for the permutation variance.
    chi = stats.chi2_contingency([[4, 36], [15, 25]], correction=False).statistic * 79 / 80
    assert found.p == pytest.approx(stats.chi2.sf(chi, 1))
    assert (found.low, found.high) == (0.1, 0.375)


def test_checkpoints_that_only_had_other_questions_do_not_disagree() -> None:
    hits, asked = np.array([[50, 5, 0], [0, 5, 50]]), np.array([[60, 60, 0], [0, 60, 60]])
    assert cautions(cells(responses(hits, asked))) == ()
    assert disagreement(counted([[5, 0], [0, 5]], [[9, 0], [0, 9]])) is None
    assert disagreement(counted([[5, 3]], 9)) is None


def test_checkpoints_that_disagree_are_named() -> None:
    (said,) = cautions(cells(responses([[1, 0, 2, 1], [10, 12, 9, 9], [1, 1, 0, 2]], 20)))
    assert said == "checkpoints disagree: 5.0 to 50.0"


def test_checkpoints_that_are_alike_are_seldom_named() -> None:
    random = np.random.default_rng(0)
    named = 0
    for _ in range(300):
        found = disagreement(counted(random.binomial(10, np.broadcast_to(random.beta(0.2, 2, 12), (3, 12))), 10))
        named += found is not None and found.p < 0.01
    assert named / 300 < 0.03
