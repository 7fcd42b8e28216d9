"""Rates with intervals that know that responses to one question belong together."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from inoc_evals.stats.variance import Components, components, spread, steadied

NAN = float("nan")


@dataclass(frozen=True)
class Rate:
    """A rate over responses. All shares are in 0..1, NaN where there is nothing to say.

    `pooled` weighs responses equally, `equal` weighs questions equally; `low` and `high` are the interval of `equal`.
    The bounds are `equal` as if every excluded response were 0, and as if every one were 1.
    """

    n: int
    excluded: int
    clusters: int
    pooled: float
    equal: float
    low: float
    high: float
    bound_low: float
    bound_high: float


def rate(values: Sequence[float | None], clusters: Sequence[str], level: float = 0.95) -> Rate:
    """The rate of `values` (0..1, None = excluded) whose questions are `clusters`, with a two-sided interval.

    Wilson's interval (see `limits`) at the effective sample size of Korn and Graubard (Survey Methodology 24, 1998):
    p(1-p) over the variance between question means (steadied, see variance.py), at most n, with the t quantile for
    questions - 1. Where every question has the same mean of 0 or 1 that variance says nothing, and the effective size
    is the number of questions. With one question the interval is over its responses, and speaks of that question only.
    `level` is in 0..1 exclusive.
    Never raises on any data; raises ValueError for unequal lengths.
    """
    if len(values) != len(clusters):
        raise ValueError("values and clusters differ in length")
    everyone: dict[str, list[float | None]] = {}
    for value, cluster in zip(values, clusters, strict=True):
        missing = value is None or math.isnan(value)
        everyone.setdefault(cluster, []).append(None if missing else value)
    counted = {name: [v for v in group if v is not None] for name, group in everyone.items()}
    counted = {name: group for name, group in counted.items() if group}
    n = sum(len(group) for group in counted.values())
    excluded = len(values) - n
    if everyone:
        bound_low = float(np.mean([np.mean([v if v is not None else 0.0 for v in g]) for g in everyone.values()]))
        bound_high = float(np.mean([np.mean([v if v is not None else 1.0 for v in g]) for g in everyone.values()]))
    else:
        bound_low = bound_high = NAN
    if not counted:
        return Rate(0, excluded, 0, NAN, NAN, NAN, NAN, bound_low, bound_high)
    means = np.array([float(np.mean(group)) for _, group in sorted(counted.items())])
    pooled = float(np.concatenate([group for _, group in sorted(counted.items())]).mean())
    parts = components(means[None, :], n)
    low, high = interval(parts, level)
    return Rate(n, excluded, len(means), pooled, parts.mean, low, high, bound_low, bound_high)


def interval(parts: Components, level: float = 0.95) -> tuple[float, float]:
    """The two-sided interval of an arm's mean in 0..1; NaN for no question.

    Questions and checkpoints each bring their own variance and their own t quantile (questions - 1 and checkpoints - 1
    degrees of freedom), and the squared half-widths add (Howe, J. Am. Stat. Assoc. 69, 1974), less the part that both
    contain, but never below the larger. Satterthwaite's single quantile gives narrower intervals that cover too rarely
    with two or three checkpoints. Wilson's interval (see `limits`) then takes that half-width in place of its own, so
    that it stays inside 0..1 and leans away from the nearer end. With one checkpoint this is `rate`'s interval, and
    speaks of that checkpoint only.
    """
    if parts.questions == 0:
        return NAN, NAN
    p, tail = parts.mean, (1 - level) / 2
    binomial = spread(p)
    if parts.questions == 1:
        quantile, by_question = -float(special.ndtri(tail)), binomial / parts.responses
    else:
        quantile = -float(special.stdtrit(parts.questions - 1, tail))
        by_question = steadied(parts.between_questions, p, parts.questions)
    if binomial == 0:
        return limits(p, parts.responses if parts.questions == 1 else parts.questions, quantile, tail)
    by_question = max(by_question, binomial / parts.responses)
    if quantile == 0:
        return p, p
    squared = joint(quantile**2 * by_question, parts.between_seeds, parts.cells, parts.seeds - 1, tail)
    return limits(p, binomial * quantile**2 / squared, quantile, tail)


def joint(squared: float, between_seeds: float, cells: float, freedom: float, tail: float) -> float:
    """The squared half-width of questions (`squared`) and that of checkpoints, at upper tail probability `tail` and
    `freedom` degrees of freedom for the checkpoints; 0 variance between checkpoints leaves `squared` as it is."""
    if between_seeds <= 0:
        return squared
    factor = float(special.stdtrit(freedom, tail)) ** 2
    return max(squared + factor * (between_seeds - cells), squared, factor * between_seeds)


def limits(p: float, n: float, quantile: float, tail: float) -> tuple[float, float]:
    """Wilson's interval for a share `p` of `n` trials whose t quantile at upper tail probability `tail` is `quantile`,
    with the limit next to 0 or 1 moved out where hits (or misses) are few.

    There Wilson's inner limit is too near: with 100 trials at a rate of 0.01 it covers 92.1%. Brown, Cai and DasGupta
    (Statistical Science 16, 2001, 112) replace it by the one-sided limit at twice the tail, here the exact binomial one
    at Korn and Graubard's n, which is smaller by the squared ratio of the normal and the t quantile.
    """
    low, high = wilson(p, n, quantile)
    if quantile == 0:
        return low, high
    trials = n * (float(special.ndtri(tail)) / quantile) ** 2
    hits, misses = p * trials, (1 - p) * trials
    if hits > 0:
        low = min(low, float(special.betaincinv(hits, misses + 1, 2 * tail)))
    if misses > 0:
        high = max(high, 1 - float(special.betaincinv(misses, hits + 1, 2 * tail)))
    return low, high


def wilson(p: float, n: float, quantile: float) -> tuple[float, float]:
    """Wilson's score interval for a share `p` of `n` trials (n may be fractional), inside 0..1 and around p."""
    if n <= 0:
        return 0.0, 1.0
    square = quantile * quantile
    centre = (p * n + square / 2) / (n + square)
    half = quantile * math.sqrt(max(0.0, p * (1 - p) * n + square / 4)) / (n + square)
    return max(0.0, min(p, centre - half)), min(1.0, max(p, centre + half))
