from __future__ import annotations

import math

import numpy as np
import pytest

from inoc_evals.stats.responses import Responses
from inoc_evals.stats.tables import table
from tests.stats.tables import counted, responses


def test_responses_become_cells_by_name() -> None:
    found = table(
        Responses([30.0, 90.0, None, 60.0, math.nan, 0.0], list("bbbaac"), list("xxxyxy"), (0.0, 100.0)),
    )
    assert (found.checkpoints, found.questions) == (("x", "y"), ("a", "b", "c"))
    assert found.counts.tolist() == [[0, 2, 0], [1, 0, 1]]
    assert found.means[0, 1] == pytest.approx(0.6)
    assert found.deviations[0, 1] == pytest.approx(2 * 0.3**2)
    assert math.isnan(found.means[0, 0])
    assert (found.mean, found.pooled) == pytest.approx(((0.6 + 0.6 + 0) / 3, (0.3 + 0.9 + 0.6 + 0) / 4))


def test_counts_of_hits_are_the_same_table() -> None:
    hits, asked = np.array([[1, 0, 3], [0, 2, 0]]), np.array([[2, 0, 3], [4, 2, 1]])
    direct, by_row = counted(hits, asked), table(responses(hits, asked))
    for name in ("means", "counts", "deviations"):
        np.testing.assert_allclose(getattr(direct, name), getattr(by_row, name), atol=1e-12)
    fewer = direct.only(["q001"])
    assert (fewer.checkpoints, fewer.questions, fewer.counts.tolist()) == (("s001",), ("q001",), [[2]])


def test_values_beyond_an_end_by_rounding_are_at_the_end() -> None:
    assert table(Responses([100.00000000000001, -1e-12], ["a", "b"], ["s", "s"], (0, 100))).means.tolist() == [[1, 0]]
