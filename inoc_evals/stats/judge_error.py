"""Values of a judge corrected by people's labels of a part of the responses: prediction-powered inference.

The judge's values of all responses say how much there is, and the labels how far the judge errs (Angelopoulos et al.,
Science 382, 2023, 669, arXiv 2301.09633). For a yes or no the estimate is post-stratified by what the judge said, which
is prediction-powered inference with the power tuning of PPI++ (arXiv 2311.01453): of the judge's hits and of its
misses, the share that people call a hit. For ratings the judge's value is regressed out. The labels are a stratified
draw without replacement (Fisch et al., arXiv 2406.04291), known by its design weights.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt

from inoc_evals.stats.responses import Floats, Labels, Responses, shares
from inoc_evals.stats.tables import Table, table
from inoc_evals.stats.variance import spread

# So many labels, and the slope by which a rating is tuned is estimated; below it is 1.
FEWEST_FOR_SLOPE = 20
SMALLEST_SQUARES = 1e-12
Kind = Literal["share", "mean"]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Labelled:
    """One arm's responses, an entry each, values scaled to 0..1.

    `judged` is the judge's value, NaN where it leaves the response out; `people` is people's, NaN where they leave it
    out and where there is no label. `weights` are design weights of `labelled` responses: one over the probability
    with which each was drawn. Where `kind` is "share" all values are 0 or 1.
    """

    judged: Floats
    people: Floats
    labelled: Mask
    weights: Floats
    questions: Labels
    checkpoints: Labels
    kind: Kind = "share"

    def at(self, places: Mask) -> Labelled:
        """The responses at `places`."""
        values = (self.judged[places], self.people[places], self.labelled[places], self.weights[places])
        return Labelled(*values, self.questions.at(places), self.checkpoints.at(places), self.kind)

    @cached_property
    def shares(self) -> Floats:
        """Each response's weight in the arm's mean, see `responses.shares`."""
        return shares(self.questions, self.checkpoints)

    @cached_property
    def judged_mean(self) -> float:
        """The uncorrected mean of what the judge does not leave out; NaN for none."""
        counted = ~np.isnan(self.judged)
        return self.table(self.judged).mean if counted.any() else math.nan

    def table(self, values: Floats) -> Table:
        """Other values of these responses, by checkpoint and question."""
        return table(Responses(values, self.questions, self.checkpoints, None))


@dataclass(frozen=True)
class Limit:
    """What limits of a weighted share (or sum) of labels need, see `weighted_upper` and `sum_limits`: `events` is the
    sum of squared weights of those that are so."""

    mean: float
    events: float
    heaviest: float


@dataclass(frozen=True)
class JudgedClass:
    """Responses of which the judge said the same, with the share of the arm that they are. Of their labels `hits` and
    `misses` are the shares that people call so, `no_hits` and `no_misses` what is left to 1."""

    weight: float
    hits: Limit
    no_hits: Limit
    misses: Limit
    no_misses: Limit


@dataclass(frozen=True)
class LabelError:
    """What the labels leave open, with its `variance`. Of shares it is by class, `counted` being the share of the arm
    that people count. Of ratings it is by how much people's are `above` what is expected of them and `below` it; the
    heaviest of either is what a label more could be, see `_furthest`."""

    mean: float
    counted: float
    classes: tuple[JudgedClass, ...]
    variance: float
    above: Limit
    below: Limit


@dataclass(frozen=True)
class Corrected:
    """An arm's mean by what people say, 0..1, and what its intervals are made of.

    `told` holds what labels say of every response: the estimate for its class, and for a labelled one its own
    label's distance from that, by its design weight. `expected` is without the latter. Both have the corrected
    mean. `alike` is what the judge says, in a unit in which questions differ as much for their mean as by the
    judge. `within` is the variance of the mean that comes from how responses of one class differ. `labels` counts
    those that people count, `set_apart` the others.
    """

    given: Labelled
    mean: float
    judged: float
    told: Table
    expected: Table
    alike: Table
    within: float
    error: LabelError
    labels: int
    set_apart: int


@dataclass(frozen=True)
class _Predicted:
    """For every response what is expected of it: the value times whether it is counted (`hit`), and whether it is
    counted; `scale` makes a label's design weight stand for its class; `pull` is how much of what is expected of a
    label is its own doing (0..1)."""

    hit: Floats
    counted: Floats
    scale: Floats
    classes: tuple[JudgedClass, ...]
    pull: Floats


def corrected(given: Labelled) -> Corrected:
    """The mean of an arm by what people say. Raises ValueError without a label that counts.

    Where no label is among the judge's hits (or misses), the judge is believed there, and the interval allows for
    anything.
    """
    counted = given.labelled & ~np.isnan(given.people)
    if not counted.any():
        raise ValueError("no label counts")
    value = np.where(counted, np.nan_to_num(given.people), 0.0)
    found = _by_class(given, value, counted) if given.kind == "share" else _by_slope(given, value, counted)
    shares = given.shares
    whole = float((shares * found.counted).sum())
    mean = min(1.0, max(0.0, float((shares * found.hit).sum()) / whole))
    expected = mean + (found.hit - mean * found.counted) / whole
    off = np.where(given.labelled, (value - found.hit - mean * (counted - found.counted)) / whole, 0.0)
    weights = np.where(given.labelled, given.weights * found.scale, 0.0)
    labels = int(given.labelled.sum())
    unseen = np.where(given.labelled, np.maximum(0.0, 1 - 1 / np.maximum(1.0, given.weights)), 0.0)
    # HC3 (MacKinnon and White, Journal of Econometrics 29, 1985, 305), nearly that of leaving out each label.
    alone = shares * weights * off / (1 - found.pull) * np.sqrt(unseen)
    # A label of 1 is this far above what is expected of it, and one of 0 so far below.
    room = (1 - found.hit - mean * (1 - found.counted)) / whole
    drawn = shares * weights
    error = LabelError(
        mean=mean,
        counted=whole,
        classes=found.classes,
        variance=float((alone**2).sum()),
        above=_one_sided(drawn * off, alone, _furthest(given, room)),
        below=_one_sided(-drawn * off, -alone, _furthest(given, 1 / whole - room)),
    )
    return Corrected(
        given=given,
        mean=mean,
        judged=given.judged_mean,
        told=given.table(expected + weights * off),
        expected=given.table(expected),
        alike=given.table(_alike(given, mean)),
        # Each label stands for so many squared shares as its class has.
        within=float((shares**2 * weights * off**2).sum()),
        error=error,
        labels=int(counted.sum()),
        set_apart=labels - int(counted.sum()),
    )


def _alike(given: Labelled, mean: float) -> Floats:
    """What the judge says, scaled: the correlation of responses to one question is at least as large by people as by a
    judge that errs, and at a mean p the variance between questions is that correlation times p(1-p)."""
    judged = given.judged_mean
    values = np.where(np.isnan(given.judged), judged, given.judged)
    own = float(spread(judged))
    scaled: Floats = values * math.sqrt(float(spread(mean)) / own) if own > 0 else np.zeros(len(values))
    return scaled


def common(a: Corrected, b: Corrected) -> tuple[Corrected, Corrected] | None:
    """Both arms on the questions that both have; None where there is none, or no label of one."""
    shared = set(a.told.questions) & set(b.told.questions)
    pair = []
    for one in (a, b):
        if set(one.told.questions) != shared:
            inside = np.array([name in shared for name in one.given.questions.names], dtype=np.bool_)
            part = one.given.at(inside[one.given.questions.codes])
            if not (part.labelled & ~np.isnan(part.people)).any():
                return None
            one = corrected(part)
        pair.append(one)
    return pair[0], pair[1]


def _by_class(given: Labelled, value: Floats, counted: Mask) -> _Predicted:
    """What is expected by what the judge said: a hit, a miss, or left out."""
    hit, keeps, scale = (np.zeros(len(value)) for _ in range(3))
    classes = []
    for said, believed in ((given.judged == 1, (1.0, 1.0)), (given.judged == 0, (0.0, 1.0)), (_out(given), (0.0, 0.0))):
        weight = float(given.shares[said].sum())
        if not said.any():
            continue
        inside = said & given.labelled
        parts = given.shares[inside] * given.weights[inside]
        total = float(parts.sum())
        if not len(parts):
            hit[said], keeps[said] = believed
            classes.append(_unknown(weight, *believed))
            continue
        parts = parts / total
        hits, misses = value[inside], counted[inside] - value[inside]
        hit[said], keeps[said] = float((parts * hits).sum()), float((parts * counted[inside]).sum())
        scale[said] = weight / total
        unseen = parts * np.sqrt(np.maximum(0.0, 1 - 1 / np.maximum(1.0, given.weights[inside])))
        classes.append(
            JudgedClass(weight, *(_limit(parts, unseen, each) for each in (hits, 1 - hits, misses, 1 - misses)))
        )
    return _Predicted(hit, keeps, scale, tuple(classes), np.zeros(len(value)))


def _out(given: Labelled) -> Mask:
    out: Mask = np.isnan(given.judged)
    return out


def _limit(parts: Floats, unseen: Floats, so: Floats) -> Limit:
    """`unseen` are the labels' weights less what of the finite number of responses was seen (Cochran, Sampling
    Techniques, 1977, 2.6; for unequal probabilities Hájek, Annals of Mathematical Statistics 35, 1964, 1491-1523)."""
    return Limit(float((parts * so).sum()), float((unseen**2 * so).sum()), float(unseen.max()))


def _unknown(weight: float, hit: float, keeps: float) -> JudgedClass:
    means = (hit, 1 - hit, keeps - hit, 1 - keeps + hit)
    return JudgedClass(weight, *(Limit(mean, 0.0, 1.0) for mean in means))


def _by_slope(given: Labelled, value: Floats, counted: Mask) -> _Predicted:
    """What is expected along a line over the judge's rating (a generalised regression estimator; for labels of which
    all count and a simple random draw, PPI++ for a mean)."""
    shares, judged = given.shares, given.judged
    parts = np.where(given.labelled, shares * given.weights, 0.0)
    total = float(parts.sum())
    parts = parts / total
    keeps = counted.astype(np.float64)
    hit, keep, seen = (float((parts * each).sum()) for each in (value, keeps, judged))
    along, slope, slope_keeps = judged - seen, keep, 0.0
    squares = float((parts * along**2).sum())
    labels = int(counted.sum())
    # A judge that says the same of all has no slope, but for what rounding leaves.
    if labels >= FEWEST_FOR_SLOPE and squares > SMALLEST_SQUARES:
        # Beyond 0 and 1 it is chance: the judge would be worth less than nothing, or more than itself.
        slope = min(1.0, max(0.0, float((parts * along * value).sum()) / squares))
        slope_keeps = min(1.0, max(-1.0, float((parts * along * keeps).sum()) / squares))
    scale = np.full(len(value), 1 / total)
    # As far as a label draws the line to itself, it looks nearer to it than others are.
    pull = np.minimum(0.5, parts * (1 + along**2 / squares if squares > SMALLEST_SQUARES else 1.0))
    return _Predicted(hit + slope * along, keep + slope_keeps * along, scale, (), pull)


def _one_sided(off: Floats, alone: Floats, furthest: float) -> Limit:
    """Of weighted distances those above 0: `alone` is what they would be if no label drew the line to itself, and
    `furthest` what one label more might be."""
    return Limit(float(np.maximum(off, 0.0).sum()), float((np.maximum(alone, 0.0) ** 2).sum()), furthest)


def _furthest(given: Labelled, room: Floats) -> float:
    """How far off the mean is if responses of which one label is expected are off by all their `room`, those for which
    that is most. A response is expected to be drawn as often, for what it weighs, as the labelled one whose rating is
    next to its own."""
    if given.kind == "share":
        return 0.0
    order = np.lexsort((given.weights, given.judged, ~given.labelled))[: int(given.labelled.sum())]
    ratings = given.judged[order]
    below = np.maximum(0, np.searchsorted(ratings, given.judged, side="right") - 1)
    above = np.minimum(len(order) - 1, below + 1)
    nearer = np.where(ratings[above] - given.judged < given.judged - ratings[below], above, below)
    shares, next_to = given.shares, order[nearer]
    chance = np.minimum(1.0, shares / shares[next_to] / np.maximum(1.0, given.weights[next_to]))
    off = shares * np.maximum(room, 0.0) * np.sqrt(1 - chance)
    first = np.argsort(-off / chance, kind="stable")
    part = np.clip(1 - (np.cumsum(chance[first]) - chance[first]), 0.0, chance[first]) / chance[first]
    return float((off[first] * part).sum())
