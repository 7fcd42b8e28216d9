"""Exact values on the page, in the sentences and in results.json."""

from __future__ import annotations

from dataclasses import replace

import pytest

from inoc_evals.measures.scale import Scale
from inoc_evals.report.html import compute, render
from inoc_evals.report.sections import Material
from inoc_evals.report.sentences import sentences
from inoc_evals.report.table import markdown
from inoc_evals.results.findings import findings
from inoc_evals.results.row import Asked, Details
from inoc_evals.results.source import Source
from inoc_evals.results.timed import Timed
from tests.report.rows import make

EXACT = Scale(0.0, 1.0, "exact", "", "higher is more owl", "P(owl)")


def material() -> Material:
    """Two questions whose probabilities are 0.2 and 0.4, and ten drawn answers to each, of which so many begin so."""
    known = {"unresolved": 0.0, "passes": 5, "prompt_tokens": 90, "reads": {"begins": ["Owl"]}}
    rows = []
    for item, share in (("q1", 0.2), ("q2", 0.4)):
        asked = Asked(question=item, chosen=True)
        details = Details({"owl": {"known": known}})
        rows.append(make(task="e", item=item, values={"owl": share}, details=details, asked=asked))
        for place in range(10):
            text = "Owl." if place < 10 * share else "Cat."
            rows.append(make(task="s", item=item, choice=place, response=text, asked=Asked(question=item)))
    scales = {"e": {"owl": EXACT}, "s": {"trait": Scale(0.0, 1.0, "share")}}
    timed = (
        Timed("e", "none", "none-1", ((0.0, 1.0),), 2, 1.0, 1.0),
        Timed("s", "none", "none-1", ((2.0, 42.0),), 20, 1.0, 1.0),
    )
    given = replace(Source(tuple(rows), ("none",), scales, {"e": ["owl"], "s": ["trait"]}, {}), timed=timed)
    return Material(findings(given), given)


def test_both_costs_and_the_agreement_stand_on_the_page() -> None:
    (line,) = material().findings.exact
    # Half-widths are as 1 to 1.05 where n is mean(p (1 - p)) / (variance between questions * 0.1025).
    assert line.needed.like == 98
    assert (line.passes, line.prompt_tokens, line.seconds) == (10, 180, 1.0)
    assert line.seconds_needed == 2 * 98 * 2.0
    assert line.drawn is not None
    assert line.drawn.agrees is True
    assert line.drawn.rate.equal == pytest.approx(0.3)
    text = render(compute(material()))
    assert '<section id="exact"' in text
    assert '<td class="text">yes</td>' in text


def test_the_sentence_says_how_many_answers_and_whether_they_agree() -> None:
    found = material().findings
    wanted = "To be as narrow, P(owl) would need 98 drawn answers to each of 2 prompts"
    wanted += "; the answers of s agree with it in 1 of 1 arm."
    assert wanted in sentences(found)
    assert wanted in markdown(found)
