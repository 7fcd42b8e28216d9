from __future__ import annotations

from typing import Any

import pytest
from inspect_ai.scorer import SampleScore, Score

from inoc_evals.harness.inspect.metrics import contrasts, rates
from inoc_evals.measures.scale import Scale
from inoc_evals.results.summaries import Response, summarise

WORDS = [("q1", "plain", 10.0), ("q1", "plain", 20.0), ("q2", "plain", 40.0), ("q2", "plain", None)]


def test_a_value_without_ends_has_a_mean_with_its_intervals_and_no_bounds() -> None:
    cause = {"words": "no_blanks"}
    rows = [Response(q, "c", "", {"words": v}, {} if v is not None else cause, False) for q, _, v in WORDS]
    found = summarise(rows, {"words": Scale(0.0, None, "unbounded")}, (), None)
    # Question means 15 and 40: their mean 27.5, its standard error 25 / sqrt(2) / sqrt(2), and 12.7062, Student's t of
    # one degree of freedom.
    these = {key: found.shown.pop(f"words_on_these_questions_{key}") for key in ("low", "high")}
    assert these["low"] < 27.5 < these["high"]
    assert found.shown == {
        "responses": 4,
        "words": 27.5,
        "words_stderr": pytest.approx(12.5),
        "words_low": pytest.approx(27.5 - 12.5 * 12.7062, rel=1e-5),
        "words_high": pytest.approx(27.5 + 12.5 * 12.7062, rel=1e-5),
        "words_excluded_no_blanks": 1,
        "truncated": 0.0,
    }
    assert found.more == {"words_pooled": pytest.approx(70 / 3), "words_n": 3, "words_excluded": 1}


def test_inspect_prints_the_same() -> None:
    responses: list[list[dict[str, Any]]] = [[{"values": {"words": v, "loud": 1.0}}] for _, _, v in WORDS]
    scales = {"words": [0.0, None, "unbounded"]}
    scores = [
        SampleScore(
            score=Score(value=0, metadata={"responses": given, "scales": scales, "reference": "plain"}),
            sample_metadata={"question_id": question, "category": "c", "condition": condition},
        )
        for given, (question, _, _) in zip(responses, WORDS, strict=True)
        for condition in ("plain", "other")
    ]
    metrics: Any = rates()(scores)  # type: ignore[arg-type,call-arg]
    assert (metrics["plain/words"], metrics["plain/words_pooled"]) == (27.5, pytest.approx(70 / 3))
    assert metrics["plain/words_low"] == pytest.approx(27.5 - 12.5 * 12.7062, rel=1e-5)
    assert "plain/words_bound_low" not in metrics
    differences: Any = contrasts()(scores)  # type: ignore[arg-type,call-arg]
    assert [key for key in differences if "words" in key] == []
    assert differences["loud/other-plain"] == 0.0
