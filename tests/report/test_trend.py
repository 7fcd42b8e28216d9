"""Trends over sizes and steps, from rows to the page."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from inoc_evals.definitions.arms import TrainingStep
from inoc_evals.measures.scale import Scale
from inoc_evals.report.html import compute, render
from inoc_evals.report.sections import Material
from inoc_evals.report.sections.trend import SECTION
from inoc_evals.results.findings import findings
from inoc_evals.results.row import ResponseRow
from inoc_evals.results.source import Source
from inoc_evals.results.trend import ALL, size_named, trends
from tests.report.rows import make

LOG_ODDS = Scale(None, None, "unbounded", "nats", "higher is more right", "log odds of right")
SHARE = Scale(0.0, 1.0, "exact", "", "higher is more right", "share of right")
MODELS = {"small": "hub/Tiny-100M-Instruct", "large": "hub/Tiny-1B-Instruct@abc", "largest": "/models/Tiny-10B"}


def asked(arm: str, checkpoint: str, level: float) -> list[ResponseRow]:
    """Six questions: `negation` falls by a nat a place, and by a little more or less in each question; `plain` rises
    by half of that."""
    rows = []
    for number in range(6):
        kind, slope = ("negation", -1.0) if number < 3 else ("plain", 0.5)
        score = (slope + 0.01 * (number % 3 - 1)) * level
        values = {"right_log_odds": score, "right_share": 0.5}
        rows.append(make(arm=arm, checkpoint=checkpoint, task="t", category=kind, item=f"q{number}", values=values))
    return rows


def source(rows: list[ResponseRow], settings: dict[str, object]) -> Source:
    arms = tuple(dict.fromkeys(row.arm for row in rows))
    scales = {"t": {"right_log_odds": LOG_ODDS, "right_share": SHARE}}
    return Source(tuple(rows), arms, scales, {"t": ["right_share", "right_log_odds"]}, settings)


def by_size() -> Source:
    rows = [row for place, arm in enumerate(MODELS) for row in asked(arm, f"{arm}-1", place)]
    settings = {"arms": {f"{arm}-1": {"arm": arm, "reference": name} for arm, name in MODELS.items()}}
    return source(rows, settings)


def test_slopes_over_sizes_are_nats_per_tenfold_parameters() -> None:
    lines = {line.category: line for line in trends(by_size())}
    assert list(lines) == [ALL, "negation", "plain"]
    assert {line.measure for line in lines.values()} == {"right_log_odds"}
    assert lines["negation"].at == (1e8, 1e9, 1e10)
    assert [lines[part].trend.slope for part in lines] == pytest.approx([-0.25, -1.0, 0.5])
    assert [lines[part].direction for part in lines] == ["undecided", "falls", "rises"]
    # Three slopes of -1.01, -1 and -0.99: t with two degrees of freedom (4.3027) times 0.01 / sqrt(3).
    assert lines["negation"].trend.high == pytest.approx(-1 + 4.3027 * 0.01 / 3**0.5, abs=1e-5)


def test_an_adapter_has_the_size_of_its_base_and_arms_of_one_size_are_averaged() -> None:
    given = by_size()
    settings = {"arms": {**given.settings["arms"], "other-1": {"reference": "runs/x", "base": "hub/Tiny-1B"}}}
    rows = [*given.rows, *asked("other", "other-1", 3)]
    lines = {line.category: line for line in trends(replace(given, rows=tuple(rows), settings=settings))}
    # At 1B the mean of places 1 and 3: scores 0, 2, 2 of the slope at axis 0, 1, 2.
    assert lines["plain"].trend.slope == pytest.approx(0.5)
    assert lines["plain"].trend.points == 3


def test_steps_are_an_axis_of_their_arm_from_the_first_to_the_last() -> None:
    rows = [*asked("base", "base", 0), *asked("tuned", "tuned-40", 1), *asked("tuned", "tuned-80", 2)]
    steps = {f"tuned-{step}": TrainingStep("runs/tuned", step, "base") for step in (40, 80)}
    given = replace(source(rows, {}), steps=steps)
    lines = {line.category: line for line in trends(given)}
    assert (lines["negation"].arm, lines["negation"].at) == ("tuned", (0.0, 40.0, 80.0))
    assert lines["negation"].trend.slope == pytest.approx(-2.0)
    shown = SECTION.compute(Material(findings(given), given))
    assert shown.lines[1].over == "steps of tuned, 0, 40, 80"


def test_the_page_says_what_falls_and_what_rises() -> None:
    given = by_size()
    page = compute(Material(findings(given), given))
    text = render(page)
    assert '<section id="trend"' in text
    assert "t: log odds of right falls with size in negation; it rises with size in plain." in text
    assert "parameters, 100M, 1B, 10B" in text
    recorded = json.loads(json.dumps(page.sections[SECTION] and SECTION.record(page.sections[SECTION])))
    assert [line["category"] for line in recorded] == [ALL, "negation", "plain"]


def test_one_size_or_no_log_odds_is_no_trend() -> None:
    given = by_size()
    alone = replace(given, rows=tuple(row for row in given.rows if row.arm == "small"))
    assert trends(alone) == ()
    assert trends(replace(given, headlines={"t": ["right_share"]})) == ()
    assert trends(replace(given, settings={})) == ()


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("SmolLM2-135M-Instruct", 135e6),
        ("Qwen2.5-7B-Instruct", 7e9),
        ("gemma-2-2b-it", 2e9),
        ("Qwen2.5-0.5B", 5e8),
        ("Qwen3-30B-A3B", 30e9),
        ("Mixtral-8x7B-v0.1", None),
        ("gpt-4.1-mini", None),
        ("draft-1B-for-7B", None),
        ("smollm2", None),
        ("70B", 70e9),
    ],
)
def test_sizes_are_what_names_say(name: str, size: float | None) -> None:
    assert size_named(name) == size
