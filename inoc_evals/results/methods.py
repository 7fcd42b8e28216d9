"""How values on a scale are summed up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from inoc_evals.measures.scale import Scale
from inoc_evals.stats.responses import Span

# Of intervals, where sampling did not stop by their width.
LEVEL = 0.95
# A corrected p-value at or below it tells a difference.
SIGNIFICANT = 0.05
Method = Literal["rate", "mean", "exact mean", "open mean"]
METHODS: Mapping[Method, str] = {
    "rate": "share of the responses, questions weighing equally; Wilson's interval at the effective sample size for "
    "questions like these, Fay and Feuer's for strata on these questions; differences paired by question (Newcombe, t)",
    "mean": "mean as a share of the scale, questions weighing equally; intervals and differences as those of a rate",
    "exact mean": "mean of exact values as a share of the scale, questions weighing equally; clustered t intervals for "
    "questions like these, differences paired by question; these questions would give the same again",
    "open mean": "mean in the value's own unit, questions weighing equally; clustered t intervals, differences paired "
    "by question",
}


def method_of(scale: Scale) -> Method:
    """How values on `scale` are summed up."""
    named: Mapping[str, Method] = {"share": "rate", "mean": "mean", "exact": "exact mean"}
    return named.get(scale.averaged, "open mean")


def span_of(scale: Scale) -> Span | None:
    """The ends between which the statistics treat a scale's values; None for an open mean."""
    if scale.averaged == "unbounded" or scale.low is None or scale.high is None:
        return None
    return scale.low, scale.high


def own_level(method: Method, level: float) -> float:
    """The level of the intervals of one value, in a run whose intervals have the `level`: what is not counted in points
    never stopped anything."""
    return level if method in ("rate", "mean") else LEVEL
