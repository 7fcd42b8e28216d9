from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from inoc_evals.report.html import render
from tests.report.rows import make, page, recorded

ROWS = [
    make(item=f"q{question}", epoch=epoch, response="x" * length, stop_reason=stop)
    for question, lengths in enumerate([(10, 20), (30, 50), (200, 100)])
    for epoch, (length, stop) in enumerate(zip(lengths, ("stop", "max_tokens"), strict=True))
]


def test_lengths_are_means_over_questions_with_t_intervals() -> None:
    (line,) = page(ROWS, ["none"]).shown("lengths")
    means = [15, 40, 150]
    low, high = stats.t.interval(0.95, 2, loc=np.mean(means), scale=stats.sem(means))
    assert (line.characters.equal, line.characters.low, line.characters.high) == pytest.approx((205 / 3, low, high))
    assert (line.median, line.truncated) == (40, 0.5)


def test_lengths_stand_on_the_page_and_in_the_results() -> None:
    text = render(page(ROWS, ["none"]))
    assert '<section id="lengths"' in text
    assert '<td class="number">68.3</td>' in text
    (line,) = recorded(ROWS, ["none"])["lengths"]
    assert (line["arm"], line["median"], line["truncated"]) == ("none", 40.0, 0.5)


def test_without_responses_there_is_no_such_section() -> None:
    assert "lengths" not in recorded([])
    assert 'id="lengths"' not in render(page([]))


@pytest.mark.parametrize("file", ["results/lengths.py", "report/sections/lengths.py"])
def test_the_guide_to_sections_shows_this_one_as_it_is(file: str) -> None:
    root = Path(__file__).resolve().parents[2]
    shown = (root / "docs" / "add-a-report-section.md").read_text().split("```python\n")[1:]
    assert (root / "inoc_evals" / file).read_text() in [block.split("\n```")[0] + "\n" for block in shown]
