"""A forecast held against what was measured: numbers worked out from the rows, on the page and in the results."""

from __future__ import annotations

from dataclasses import replace

import pytest

from inoc_evals.report.export import results
from inoc_evals.report.forecast_texts import sentences
from inoc_evals.report.html import compute, render
from inoc_evals.report.sections import Material
from inoc_evals.results.about import About
from inoc_evals.results.findings import Findings, findings
from inoc_evals.results.forecast import Foretold, Prediction, Road
from inoc_evals.results.source import Source
from tests.report.rows import make, page, source

HITS = {"none": 28, "mild": 20, "strong": 3, "never": 27, "odd <i>": 24}
ROWS = [
    make(arm=arm, checkpoint=arm, task="spanish_capitals", item=f"q{number}", values={"capitals": float(number < hits)})
    for arm, hits in HITS.items()
    for number in range(30)
]
ARMS = [
    Foretold("strong", "Shout!", 1, {"rate": 0.9, "uplift": 1.0}, {"rate": 0.8, "uplift": 0.5}),
    Foretold("mild", "Shout <b>now</b>.", 3, {"rate": 0.1, "uplift": 0.4}, {"rate": 0.1, "uplift": 0.2}),
    Foretold("odd <i>", "A sign.", 4, {"rate": 0.3, "uplift": 0.2}, {"rate": 0.25, "uplift": 0.1}),
    Foretold("never", "Be quiet.", 9, {"rate": 0.0, "uplift": -0.1}, {"rate": 0.0, "uplift": 0.0}),
    Foretold("lost", "Not trained.", 10, {"rate": 0.0, "uplift": -0.2}, {"rate": 0.0, "uplift": 0.0}),
]
ROADS = {"rate": Road(10, 120.0, 5000.0, 300), "evaluation": Road(4, None, 10.0, 150)}
FORECAST = Prediction(
    "2026-01-02T03:04:05Z", "d" * 64, "spanish_capitals", "ood", "capitals", "uplift", 10, ARMS, {}, ROADS
)


def given(forecast: Prediction = FORECAST) -> Source:
    about = About("loud", "Does it?", "A paper", "small", forecast=forecast)
    return replace(source(ROWS, list(HITS)), about=about)


def found() -> Findings:
    return findings(given())


def test_suppression_is_the_reference_minus_the_arm_in_the_predicted_order() -> None:
    test = found().forecast
    assert test is not None
    assert [one.arm for one in test.measured] == ["strong", "mild", "odd <i>", "never"]
    assert [one.mean for one in test.measured] == pytest.approx([25 / 30, 8 / 30, 4 / 30, 1 / 30])
    assert all(one.low <= one.mean <= one.high for one in test.measured)
    assert test.unmeasured == ("lost",)


def test_the_ranking_predictor_comes_first_and_each_is_compared() -> None:
    test = found().forecast
    assert test is not None
    by_uplift, by_rate = test.tests
    assert (by_uplift.predictor, by_rate.predictor) == ("uplift", "rate")
    # Uplifts have the order of what was measured; of the rates two neighbours are exchanged.
    assert by_uplift.spearman.value == pytest.approx(1.0)
    assert by_rate.spearman.value == pytest.approx(0.8)
    assert by_rate.spearman.n == 4
    assert by_uplift.calibration.bias == pytest.approx((38 / 30 - 0.8) / 4)


def test_the_page_and_the_results_tell_the_same() -> None:
    read = given()
    made = compute(Material(findings(read), read))
    text = render(made)
    section = text.split('<section id="forecast"')[1].split("</section>")[0]
    assert "Shout &lt;b&gt;now&lt;/b&gt;." in section
    assert "odd &lt;i&gt;" in section
    assert "not measured" in section
    assert "83.3" in section
    assert "1.00 [" in section
    svg = section.split("<svg")[1].split("</svg>")[0]
    assert svg.count("<circle") == 4
    assert "odd &lt;i&gt;: predicted 10.0, measured 13.3" in svg
    told = results(made.findings, made.sections)["forecast"]
    assert told["prediction"]["sha256"] == "d" * 64
    assert told["measured"][0]["mean"] == pytest.approx(25 / 30)
    assert told["tests"][0]["predictor"] == "uplift"
    assert told["prediction"]["roads"]["evaluation"]["seconds"] is None


def test_the_last_screen_says_it_in_words() -> None:
    test = found().forecast
    assert test is not None
    head, uplift, rate, lost = sentences(test)
    assert head.endswith("capitals of spanish_capitals, 4 trained candidates of 10:")
    assert "uplift, which ranked them: Spearman 1.00 [" in uplift
    assert "rate under the prompt: Spearman 0.80 [" in rate
    assert lost.endswith("lost")


def test_without_a_forecast_there_is_no_such_section() -> None:
    assert 'id="forecast"' not in render(page(ROWS))
    assert findings(source(ROWS)).forecast is None
