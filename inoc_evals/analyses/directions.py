"""A trait's direction as the mean difference of states, how well it separates pairs that it was not made from, and how
far other states lie along it: pure computing.

The mean difference over contrast pairs at the end of the prompt: Rimsky et al., arXiv 2312.06681.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from inoc_evals.errors import InputError
from inoc_evals.stats.ratios import Estimate, ratio
from inoc_evals.steering.aside import LEAST, kept_aside

if TYPE_CHECKING:
    from inoc_evals.steering.direction import Floats


@dataclass(frozen=True)
class Separation:
    """How well the direction of a layer tells the sides of pairs kept aside. `right` is the share (0 to 1) of states
    that lie on their own side of the middle between the means that made the direction, with the ends of its 95%
    interval for pairs like these; half is chance. `gap` is how far apart the sides' means lie, in standard deviations
    of a side, None where these have none. `norm` is how long the mean difference is, and `share` its part of the mean
    length of a state."""

    layer: int
    norm: float
    share: float
    right: float
    low: float
    high: float
    gap: float | None


@dataclass(frozen=True)
class Made:
    """Directions, `vectors` (layers, width) and `norms` (layers,), with the number of pairs that made them and of those
    kept aside, and what these say, a layer each."""

    vectors: Floats
    norms: Floats
    used: int
    aside: int
    separations: tuple[Separation, ...]


def check_pairs(count: int) -> None:
    """Raise InputError where there are too few pairs."""
    if count < LEAST:
        raise InputError(f"there are {count} pairs, of which a quarter is kept aside; give {LEAST} at least")


def make_direction(given: Floats, plain: Floats) -> Made:
    """The directions from states with the trait and without it, each (pairs, layers, width). A quarter of the pairs is
    kept aside for the separation. Raises InputError for fewer than eight pairs, and where the sides do not differ."""
    import numpy as np

    check_pairs(len(given))
    aside = np.isin(np.arange(len(given)), list(kept_aside(len(given))))
    means = [side[~aside].mean(axis=0, dtype=np.float64) for side in (given, plain)]
    difference = means[0] - means[1]
    norms = np.linalg.norm(difference, axis=1)
    if not norms.all():
        raise InputError("both sides of the pairs give the model the same states; write sides that differ")
    vectors = difference / norms[:, None]
    middle = ((means[0] + means[1]) / 2 * vectors).sum(axis=1)
    lengths = np.linalg.norm(plain[~aside], axis=2).mean(axis=0)
    told = [(side[aside] * vectors).sum(axis=2) - middle for side in (given, plain)]
    separations = tuple(
        _separation(
            layer, float(norms[layer]), float(norms[layer] / lengths[layer]), told[0][:, layer], told[1][:, layer]
        )
        for layer in range(len(norms))
    )
    single = (vectors.astype(np.float32), norms.astype(np.float32))
    return Made(*single, int((~aside).sum()), int(aside.sum()), separations)


def widest(separations: Sequence[Separation]) -> int:
    """The layer whose sides lie farthest apart in their standard deviations."""
    return max(separations, key=lambda one: (one.gap or 0.0, one.right)).layer


def along(states: Floats, vector: Floats, norm: float) -> Floats:
    """How far states (prompts, width) lie along a direction of length 1, in lengths of its mean difference."""
    lengths: Floats = states @ vector / norm
    return lengths


def mean_by_item(values: Sequence[float], items: Sequence[str]) -> Estimate:
    """The mean of values, one a prompt, and its interval for items like these; prompts of one item are a cluster."""
    totals: dict[str, list[float]] = {}
    for value, item in zip(values, items, strict=True):
        totals.setdefault(item, []).append(float(value))
    return ratio([sum(of_item) for of_item in totals.values()], [len(of_item) for of_item in totals.values()])


def _separation(layer: int, norm: float, share: float, given: Floats, plain: Floats) -> Separation:
    """From how far the held-out states of both sides lie beyond the middle."""
    import numpy as np

    from inoc_evals.stats.rates import interval
    from inoc_evals.stats.tables import Table

    hits = np.stack([given > 0, plain < 0]).astype(np.float64)
    shares = hits.mean(axis=0)
    names = tuple(map(str, range(len(shares))))
    # Two states a pair, which depend on each other.
    counts, deviations = np.full((1, len(shares)), 2), ((hits - shares) ** 2).sum(axis=0)[None]
    low, high = interval(Table(("",), names, shares[None], counts, deviations))
    spread = np.sqrt((given.var(ddof=1) + plain.var(ddof=1)) / 2)
    gap = float((given.mean() - plain.mean()) / spread) if spread > 0 else None
    return Separation(layer, norm, share, float(shares.mean()), low, high, gap)
