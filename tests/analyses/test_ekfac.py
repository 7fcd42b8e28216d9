"""EK-FAC by kronfluence: without its curvature it is the inner product of gradients, with it the planted rows stand."""

from __future__ import annotations

from pathlib import Path

import pytest

from inoc_evals.analyses.ekfac import ekfac_scores
from inoc_evals.analyses.gradients import pulls
from inoc_evals.analyses.language_model import LanguageModel
from tests.analyses.test_gradients import ROWS, TRAIT, adapter  # noqa: F401
from tests.inoculation.conftest import tiny  # noqa: F401

pytest.importorskip("torch")
pytest.importorskip("kronfluence")


@pytest.mark.parametrize("of_adapter", [True, False])
def test_without_curvature_it_is_the_inner_product(tiny: Path, adapter: Path, of_adapter: bool) -> None:  # noqa: F811
    folder = adapter if of_adapter else None
    found = ekfac_scores(LanguageModel(tiny), folder, ROWS, TRAIT, "identity")
    expected = [one.dot for one in pulls(LanguageModel(tiny), folder, ROWS, TRAIT)]
    assert found == pytest.approx(expected, rel=1e-3, abs=1e-3 * max(map(abs, expected)))


def test_the_same_again_and_the_model_as_before(tiny: Path, adapter: Path) -> None:  # noqa: F811
    model = LanguageModel(tiny)
    before = pulls(model, adapter, ROWS, TRAIT)
    found = ekfac_scores(model, adapter, ROWS, TRAIT)
    assert ekfac_scores(model, adapter, ROWS, TRAIT) == found
    assert pulls(model, adapter, ROWS, TRAIT) == before
    # A row that is itself a response without the trait pushes against it, whatever stands between the gradients.
    assert found[2] < 0 < found[0]
