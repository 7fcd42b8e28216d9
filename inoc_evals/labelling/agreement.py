"""How far raters agree, with each other and with the judge: Krippendorff's alpha, and plainer figures beside it.

Alpha is 1 minus observed over expected disagreement (Krippendorff, Content Analysis, 2004, chapter 11): 1 where all
agree, 0 as by chance, below 0 worse than that. Values are taken on an interval scale, words as names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import fmean
from typing import Literal

import krippendorff
import numpy as np

from inoc_evals.labelling.form import Form
from inoc_evals.results.label import ADJUDICATED, Label, Labels
from inoc_evals.stats.responses import Floats

Level = Literal["interval", "nominal"]
_RESAMPLES = 1000
# With fewer of the resamples that have an alpha there is no interval.
_ENOUGH = 0.9
# What is left of 0 by rounding, in squared points.
_NOTHING = 1e-6
_NUMBER = "a number"
Units = Sequence[Mapping[str, float]]


@dataclass(frozen=True)
class Alpha:
    """Krippendorff's alpha of `raters` on the `responses` that two or more of them labelled; None where all say one
    thing, and for one response, so that nothing can be told. `low` and `high` are a 95% percentile interval over
    resampled questions, None where there are too few."""

    raters: tuple[str, ...]
    level: Level
    alpha: float | None
    responses: int
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class WithJudge:
    """A rater, or the labels that count, against the judge on the responses to which both gave a value: alpha
    (interval), how far the values lie apart on average in points, and the share on the same side of the threshold."""

    rater: str
    alpha: Alpha
    distance: float | None
    same_side: float | None


@dataclass(frozen=True)
class Agreement:
    """Among all raters and in pairs, once for values and once for words where the rubric has both, and with the judge:
    each rater, and the labels that count."""

    among: tuple[Alpha, ...]
    pairs: tuple[Alpha, ...]
    judge: tuple[WithJudge, ...]


SETTLED = "settled labels"
_RATER, _JUDGE = "rater", "judge"


def agreement(labels: Labels, form: Form) -> Agreement:
    """The agreement of all raters but the one who adjudicates. Of the drawn responses, which are harder than all."""
    given: dict[str, dict[str, Label]] = {}
    for label in labels.labels:
        if label.rater != ADJUDICATED:
            given.setdefault(label.rater, {})[label.response] = label
    raters = tuple(given)
    units = {level: _units(labels, given, level, form) for level in _levels(labels, form)}
    clusters = [f"{drawn.task}\0{drawn.cluster}" for drawn in labels.drawn]
    among, pairs = [], []
    if len(raters) > 1:
        for level, found in units.items():
            among.append(_alpha(raters, level, found, clusters))
            if len(raters) > 2:
                pairs += [_alpha(pair, level, found, clusters) for pair in combinations(raters, 2)]
    counted: list[tuple[str, Mapping[str, Label]]] = [*given.items()]
    if len(given) > 1:
        counted.append((SETTLED, labels.settled()))
    judge = [_with_judge(labels, name, said, clusters, form.threshold) for name, said in counted]
    return Agreement(tuple(among), tuple(pairs), tuple(judge))


def _levels(labels: Labels, form: Form) -> list[Level]:
    levels: list[Level] = ["interval"] if form.numbers else []
    if not form.numbers or any(label.word is not None for label in labels.labels):
        levels.append("nominal")
    return levels


def _units(
    labels: Labels, given: Mapping[str, Mapping[str, Label]], level: Level, form: Form
) -> list[Mapping[str, float]]:
    """For each drawn response what raters said of it, as numbers; a word is a number of its own."""
    words = {word: float(place) for place, word in enumerate([_NUMBER, *(each.word for each in form.words)])}

    def number(label: Label) -> float | None:
        return label.value if level == "interval" else words.setdefault(label.word or _NUMBER, float(len(words)))

    return [
        {
            rater: value
            for rater, said in given.items()
            if drawn.response in said and (value := number(said[drawn.response])) is not None
        }
        for drawn in labels.drawn
    ]


def _with_judge(
    labels: Labels, name: str, said: Mapping[str, Label], clusters: Sequence[str], threshold: float
) -> WithJudge:
    units: list[Mapping[str, float]] = []
    pairs: list[tuple[float, float]] = []
    for drawn in labels.drawn:
        label = said.get(drawn.response)
        if label is None or label.value is None or drawn.judged is None:
            units.append({})
        else:
            # In whole points: the library compares every value with every other one, of which a judge may say any.
            units.append({_RATER: label.value, _JUDGE: float(round(drawn.judged))})
            pairs.append((label.value, drawn.judged))
    return WithJudge(
        name,
        _alpha((_RATER, _JUDGE), "interval", units, clusters),
        fmean(abs(a - b) for a, b in pairs) if pairs else None,
        fmean(float((a < threshold) == (b < threshold)) for a, b in pairs) if pairs else None,
    )


def _alpha(raters: tuple[str, ...], level: Level, units: Units, clusters: Sequence[str]) -> Alpha:
    """Alpha over `units`, what raters said of a response each, which are of these `clusters`."""
    said = [[unit[rater] for rater in raters if rater in unit] for unit in units]
    by_several = [(cluster, values) for cluster, values in zip(clusters, said, strict=True) if len(values) > 1]
    domain = sorted({value for _, values in by_several for value in values})
    # Of one response it is 0 whatever was said.
    if len(domain) < 2 or len(by_several) < 2:
        return Alpha(raters, level, None, len(by_several))
    counts = np.array([[values.count(value) for value in domain] for _, values in by_several])
    alpha = float(krippendorff.alpha(value_counts=counts, value_domain=domain, level_of_measurement=level))
    rows_of: dict[str, list[int]] = {}
    for row, (cluster, _) in enumerate(by_several):
        rows_of.setdefault(cluster, []).append(row)
    sums = _sums(counts.astype(float), np.array(domain), level)
    limits = _limits(np.array([sums[rows].sum(axis=0) for rows in rows_of.values()]), level)
    return Alpha(raters, level, alpha, len(by_several), *limits)


def _sums(counts: Floats, values: Floats, level: Level) -> Floats:
    """What alpha is made of, for each unit (row), so that sums over units are what it is made of for all: disagreement
    within, how many values, and on the interval scale their sum and that of their squares, else how many of each."""
    many = counts.sum(axis=1)
    if level == "nominal":
        within = (many**2 - (counts**2).sum(axis=1)) / (many - 1)
        return np.column_stack([within, many, counts])
    around = values - values.mean()
    total, squares = counts @ around, counts @ around**2
    within = 2 * (many * squares - total**2) / (many - 1)
    return np.column_stack([within, many, total, squares])


def _limits(groups: Floats, level: Level) -> tuple[float, float] | tuple[None, None]:
    """The 95% interval of alpha over resampled groups (rows) of such sums: percentiles. None where there is one group,
    or where too many resamples hold one value alone."""
    size = len(groups)
    if size < 2:
        return None, None
    drawn = np.random.default_rng(0).multinomial(size, np.full(size, 1 / size), size=_RESAMPLES) @ groups
    within, many, of_values = drawn[:, 0], drawn[:, 1], drawn[:, 2:]
    if level == "nominal":
        apart = many**2 - (of_values**2).sum(axis=1)
    else:
        apart = 2 * (many * of_values[:, 1] - of_values[:, 0] ** 2)
    differ = apart > _NOTHING
    if differ.mean() < _ENOUGH:
        return None, None
    low, high = np.percentile(1 - within[differ] * (many[differ] - 1) / apart[differ], [2.5, 97.5])
    return float(low), float(high)
