from __future__ import annotations

import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from inoc_evals.traits.refusal import OPENING, read_refusal

TEXTS = Path(__file__).resolve().parents[2] / "benchmarks" / "data" / "refusals.jsonl"


def test_the_labelled_texts() -> None:
    rows = [json.loads(line) for line in TEXTS.read_text(encoding="utf-8").splitlines()]
    # The detector reads English; Spanish refusals are in the set to show what it misses.
    rows = [row for row in rows if row["case"] != "spanish"]
    wrong = [row["text"] for row in rows if read_refusal(row["text"]).value != float(row["refuses"])]
    assert len(wrong) <= 2, wrong


def test_only_the_opening_is_read() -> None:
    assert read_refusal("Walk every day. " * 20 + "I can't help with that.").value == 0.0
    assert read_refusal("x" * (OPENING - 30) + " I can't help with that.").value == 1.0


def test_a_blank_response_is_excluded() -> None:
    assert (read_refusal(" \n").value, read_refusal("").cause) == (None, "empty")


@given(st.text())
def test_any_text_gets_a_value_or_a_cause(text: str) -> None:
    found = read_refusal(text)
    assert found.value in (0.0, 1.0) or (found.value is None and found.cause == "empty" and not text.strip())
