"""Rates and differences corrected for the judge's error by people's labels, beside the uncorrected ones."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from inoc_evals.measures.scale import Scale
from inoc_evals.results.columns import Columns, Places
from inoc_evals.results.labelled import Drawing, LabelledValue, drawings, labelled_values
from inoc_evals.results.methods import Method, method_of, own_level
from inoc_evals.results.rounds import adjusted_p
from inoc_evals.results.source import Source
from inoc_evals.stats import judge_error_limits as stats
from inoc_evals.stats.holm import holm
from inoc_evals.stats.judge_error import Corrected, Labelled, corrected
from inoc_evals.stats.judge_error_limits import CorrectedGap, CorrectedMean, JudgeError

# Fewer labels that count of an arm's responses to a part of a task, and nothing is corrected there.
FEWEST = 10
# The product of two differences that are none but for rounding.
_TURNED = 1e-12
SOURCE = "Angelopoulos et al., arXiv 2301.09633; power tuning: arXiv 2311.01453; strata: arXiv 2406.04291"
HOW: Mapping[str, str] = {
    "rate": "prediction-powered inference, post-stratified by what the judge said and weighted by the draw; limits of "
    "one more hit of the heaviest label (Fay and Feuer), added to those of questions and training seeds (MOVER)",
    "mean": "prediction-powered inference with power tuning, weighted by the draw (generalised regression estimator); "
    "limits of one more label as far off as can be (Fay and Feuer), added to those of questions and training seeds "
    "(MOVER)",
}


@dataclass(frozen=True)
class CorrectedRate:
    """A rate or mean of one arm, corrected by people's labels of the rating `rated`, and by how much the judge is above
    people there. All are shares of the scale's range."""

    task: str
    category: str
    measure: str
    arm: str
    rated: str
    rate: CorrectedMean
    error: JudgeError
    method: Method
    how: str
    source: str = SOURCE


@dataclass(frozen=True)
class CorrectedDifference:
    """The corrected difference of `arm` minus `reference` on the same questions. `p_holm` is corrected for all of them
    (Holm). `turned`: the judge's own difference has the other sign."""

    task: str
    category: str
    measure: str
    arm: str
    reference: str
    rated: str
    difference: CorrectedGap
    p_holm: float
    turned: bool
    method: Method
    how: str
    source: str = SOURCE


@dataclass(frozen=True)
class ErrorByArm:
    """By how much more the judge is above people in `arm` than in `reference`, which is what their uncorrected
    difference is off by. `p_holm` is corrected for all of them (Holm)."""

    task: str
    category: str
    measure: str
    arm: str
    reference: str
    rated: str
    error: JudgeError
    p_holm: float
    method: Method
    how: str
    source: str = SOURCE


@dataclass(frozen=True)
class TooFew:
    """An arm of which too few `labels` count to correct it, less than `FEWEST`: people set `set_apart` other responses
    apart, and `rated` of the arm's responses are those that the judge rated, without which none counts."""

    task: str
    category: str
    measure: str
    arm: str
    labels: int
    set_apart: int
    rated: int


@dataclass(frozen=True)
class Corrections:
    """All that people's labels change, and the draws that they are of. `notes` say which labels are of no use here, and
    why, one sentence without its full stop each."""

    rates: tuple[CorrectedRate, ...]
    differences: tuple[CorrectedDifference, ...]
    errors: tuple[ErrorByArm, ...]
    too_few: tuple[TooFew, ...]
    draws: tuple[Drawing, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Part:
    """One value of one part of a task: its arms' corrections, the reference first if it has one."""

    place: tuple[str, str, str]
    value: LabelledValue
    method: Method
    level: float
    arms: Mapping[str, Corrected]


def corrections(
    source: Source, found: Columns, scales: Mapping[str, Mapping[str, Scale]], arms: Sequence[str], level: float
) -> Corrections | None:
    """Every value that labels of `source` can correct, in the parts and arms of `found`, which are the columns of its
    rows; None without labels. `scales` are by task and key, differences are against the first of `arms`, and counted
    intervals have the `level`."""
    if not source.labels:
        return None
    drawn = drawings(source, found)
    parts, few = [], []
    for value in labelled_values(source, found, drawn):
        for (task, category), by_arm in found.places.items():
            if task == value.task:
                part, lacking = _part((task, category), value, scales[task][value.key], found, by_arm, arms, level)
                few += lacking
                parts += [part] if part.arms else []
    differences = [each for part in parts for each in _differences(part, arms[0])]
    errors = [each for part in parts for each in _errors(part, arms[0])]
    corrected_p = holm([one.difference.p for one in differences])
    corrected_error = holm([one.error.p for one in errors])
    return Corrections(
        rates=tuple(each for part in parts for each in _rates(part)),
        differences=tuple(replace(one, p_holm=p) for one, p in zip(differences, corrected_p, strict=True)),
        errors=tuple(replace(one, p_holm=p) for one, p in zip(errors, corrected_error, strict=True)),
        too_few=tuple(few),
        draws=drawn.draws,
        notes=drawn.notes,
    )


def _part(
    part: tuple[str, str],
    value: LabelledValue,
    scale: Scale,
    found: Columns,
    by_arm: Mapping[str, Places],
    arms: Sequence[str],
    level: float,
) -> tuple[_Part, list[TooFew]]:
    method = method_of(scale)
    known, few = {}, []
    for arm in (arm for arm in arms if arm in by_arm):
        given = _given(value, found, by_arm[arm], method)
        labels = int((given.labelled & ~np.isnan(given.people)).sum())
        if labels < FEWEST:
            rated, set_apart = len(given.judged), int(given.labelled.sum()) - labels
            # Where there is neither the rubric may not be for these responses.
            if rated or value.labelled[by_arm[arm]].any():
                few.append(TooFew(*part, value.key, arm, labels, set_apart, rated))
            continue
        known[arm] = corrected(given)
    return _Part((*part, value.key), value, method, own_level(method, level), known), few


def _given(value: LabelledValue, found: Columns, places: Places, method: Method) -> Labelled:
    inside = places[value.asked[places]]
    return Labelled(
        judged=value.judged[inside],
        people=value.people[inside],
        labelled=value.labelled[inside],
        weights=value.weights[inside],
        questions=found.questions.at(inside),
        checkpoints=found.checkpoints.at(inside),
        kind="share" if method == "rate" else "mean",
    )


def _rates(part: _Part) -> Iterator[CorrectedRate]:
    how = HOW[_kind(part)]
    for arm, one in part.arms.items():
        rate, error = stats.rate(one, part.level), stats.error(one)
        yield CorrectedRate(*part.place, arm, part.value.rated, rate, error, part.method, how)


def _differences(part: _Part, reference: str) -> Iterator[CorrectedDifference]:
    base = part.arms.get(reference)
    for arm, one in part.arms.items():
        if base is None or arm == reference:
            continue
        gap = stats.difference(one, base, part.level)
        gap = replace(gap, p=adjusted_p(gap.p, part.level))
        turned = gap.mean * gap.judged < -_TURNED
        names = (arm, reference, part.value.rated)
        yield CorrectedDifference(*part.place, *names, gap, math.nan, turned, part.method, HOW[_kind(part)])


def _errors(part: _Part, reference: str) -> Iterator[ErrorByArm]:
    base = part.arms.get(reference)
    for arm, one in part.arms.items():
        if base is not None and arm != reference:
            error = stats.error_difference(one, base)
            names = (arm, reference, part.value.rated)
            yield ErrorByArm(*part.place, *names, error, math.nan, part.method, HOW[_kind(part)])


def _kind(part: _Part) -> str:
    return "rate" if part.method == "rate" else "mean"
