"""A tested forecast in words: how the order, and the suppression, that were foretold compare with what came out."""

from __future__ import annotations

import math
from collections.abc import Iterator

from inoc_evals.report.texts import many, number, p_text
from inoc_evals.results.forecast import ForecastTest, Road, Tested
from inoc_evals.stats.correlations import Correlation

NAMES = {
    "rate": "rate under the prompt",
    "uplift": "uplift",
    "uplift_beyond_control": "uplift beyond the control",
}
ROADS = {
    "rate": "forecast by rate",
    "uplift": "forecast by uplift",
    "training": "training the candidates",
    "evaluation": "evaluating them",
}


def predictor_name(name: str) -> str:
    """A predictor as it is shown."""
    return NAMES.get(name, name.replace("_", " "))


def correlation(found: Correlation) -> str:
    """A correlation with its interval and p, as in `0.90 [0.40, 0.99], p 0.017`."""
    if math.isnan(found.value):
        return "none (too few, or all alike)"
    ends = "" if math.isnan(found.low) else f" [{found.low:.2f}, {found.high:.2f}]"
    return f"{found.value:.2f}{ends}, p {p_text(found.p)}"


def calibrated(test: Tested) -> str:
    """How near the foretold suppression came, in points."""
    found = test.calibration
    slope = "none"
    if not math.isnan(found.slope):
        slope = f"{found.slope:.2f} [{found.slope_low:.2f}, {found.slope_high:.2f}]"
    inside = f"{found.inside} of {many(found.n, 'measured interval')} hold the prediction"
    return (
        f"measured minus predicted {number(found.bias)}, off by {number(found.error)} points, slope {slope}; {inside}"
    )


def seconds(road: Road) -> str:
    """How long a road took, where this is known."""
    return "-" if road.seconds is None else f"{road.seconds:.0f}"


def sentences(found: ForecastTest) -> Iterator[str]:
    """What came out, predictor by predictor; the one that ranks first."""
    told = found.prediction
    arms = many(len(found.measured), "trained candidate")
    yield f"Forecast of {told.made} ({told.sha256[:12]}) on {told.value} of {told.task}, {arms} of {told.candidates}:"
    for test in found.tests:
        ranks = ", which ranked them" if test.predictor == told.ranked_by else ""
        orders = f"Spearman {correlation(test.spearman)}; Pearson {correlation(test.pearson)}"
        yield f"  {predictor_name(test.predictor)}{ranks}: {orders}; {calibrated(test)}"
    if found.unmeasured:
        yield f"  not measured: {', '.join(found.unmeasured)}"
