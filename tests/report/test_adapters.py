"""What the page and results.json say of the proof, wherever the numbers come from."""

from __future__ import annotations

from typing import Any

import pytest

from inoc_evals.report.sections import Material
from inoc_evals.report.sections.adapters import compute, record
from inoc_evals.results.findings import findings
from inoc_evals.results.source import Source
from tests.report.rows import source, study

PROVEN = {"against": "org/m", "largest": 0.75, "mean": 0.5, "noise": 0.0, "probes": 4}


def shown(settings: dict[str, Any]) -> list[tuple[str, float]] | None:
    rows: Source = source(study(1, 1), settings=settings)
    lines = compute(Material(findings(rows), rows))
    return None if lines is None else [(line.checkpoint, line.proven.largest) for line in lines]


@pytest.mark.parametrize(
    ("settings", "wanted"),
    [
        ({}, None),
        ({"proven": {"a": PROVEN}}, [("a", 0.75)]),
        ({"sources": [{"proven": {"a": PROVEN}}, {"file": "x"}]}, [("a", 0.75)]),
        ({"samples": [{"arm": {"label": "b", "proven": PROVEN}}, {"arm": {"label": "base"}}]}, [("b", 0.75)]),
        # What is not ours is no proof.
        ({"proven": {"a": 1, "b": {**PROVEN, "largest": 7}}}, None),
        ({"proven": [], "sources": "x", "samples": [3]}, None),
    ],
)
def test_the_proof_is_found_in_the_settings_of_any_source(settings: Any, wanted: Any) -> None:
    assert shown(settings) == wanted


def test_results_hold_the_same() -> None:
    rows = source(study(1, 1), settings={"proven": {"a": {**PROVEN, "silent": True}}})
    lines = compute(Material(findings(rows), rows))
    assert lines is not None
    assert record(lines) == [{"checkpoint": "a", **PROVEN, "silent": True}]
