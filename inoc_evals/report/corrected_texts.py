"""Rates corrected by people's labels, and the judge's error, in words."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from inoc_evals.report.texts import interval, many, number, p_text, title
from inoc_evals.results.columns import leading
from inoc_evals.results.corrected import FEWEST, CorrectedDifference, CorrectedRate, Corrections, ErrorByArm, TooFew
from inoc_evals.results.findings import Findings
from inoc_evals.results.labelled import Drawing
from inoc_evals.results.methods import SIGNIFICANT
from inoc_evals.stats.limits import Interval

# With fewer labels of an arm its limits are wide at low rates, see docs/corrected.md.
FEW = 50
RATES = ("task", "category", "measure", "arm", "judge %", "corrected %", "95% corrected", "labels")
ERRORS = ("judge - people", "95% judge - people")
# So many arms of a value are told one by one.
_ARMS = 4
# A task, a category or condition of it, and a measure.
Value = tuple[str, str, str]


def sentences(found: Findings) -> tuple[str, ...]:
    """What labels change in each task's leading category (or condition) and headline value, and whether the judge errs
    otherwise in one arm than in another; nothing without labels."""
    if found.corrected is None:
        return ()
    said: list[str] = []
    told = list(_leading(found, found.corrected))
    for rates in told:
        said += [_of_value(found, rates), *_gaps(found.corrected, rates)[:_ARMS]]
    few = _of_few([rate for rates in told for rate in rates])
    return (*said, *few, *_of_uncorrected(found.corrected), *_of_draws(found.corrected))


def gap_sentences(corrected: Corrections, value: Value) -> list[str]:
    """For each corrected difference of the task, category and measure `value` what labels change, and whether the judge
    errs otherwise in that arm than in the reference; by labels of which rating, where there are those of several."""
    said = []
    of_value = [each for each in corrected.rates if place(each)[:3] == value]
    for rated in dict.fromkeys(rate.rated for rate in of_value):
        rates = [rate for rate in of_value if rate.rated == rated]
        by = f"By labels of {rated}: " if by_labels(corrected, rates[0]) else ""
        said += [f"{by}{gap}" for gap in _gaps(corrected, rates)]
    return said


def basis(corrected: Corrections) -> tuple[str, ...]:
    """What corrections rest on: whether labels are few, what they do not correct, and what became of each draw."""
    return (*_of_few(corrected.rates), *_of_uncorrected(corrected), *map(draw_sentence, corrected.draws))


def _gaps(corrected: Corrections, rates: Sequence[CorrectedRate]) -> list[str]:
    """What is said of the differences of these rates, which are those of one value by labels of one rating."""
    here = place(rates[0])
    errors = {each.arm: each for each in corrected.errors if place(each) == here}
    gaps = [each for each in corrected.differences if place(each) == here]
    among = len(corrected.differences)
    return [f"{_of_gap(gap, among)} {of_error(errors[gap.arm], rates)}".rstrip() for gap in gaps]


def in_short(found: Findings) -> tuple[str, ...]:
    """The corrected rates and differences alone, for beside the judge's; nothing without labels."""
    if found.corrected is None:
        return ()
    said: list[str] = []
    for rates in _leading(found, found.corrected):
        gaps = [each for each in found.corrected.differences if place(each) == place(rates[0])]
        said += [_of_value(found, rates), *(_of_gap(gap, len(found.corrected.differences)) for gap in gaps[:_ARMS])]
    return tuple(said)


def _leading(found: Findings, corrected: Corrections) -> Iterator[list[CorrectedRate]]:
    """The rates of one value of one task's leading part, by labels of one rating."""
    for task in dict.fromkeys(rate.task for rate in corrected.rates):
        of_task = [rate for rate in corrected.rates if rate.task == task]
        lead = leading(list(dict.fromkeys(rate.category for rate in of_task)))
        headline = found.tasks[task].headline
        keys = dict.fromkeys(rate.measure for rate in of_task)
        for key in [key for key in keys if key in headline] or list(keys):
            of_value = [rate for rate in of_task if (rate.category, rate.measure) == (lead, key)]
            for rated in dict.fromkeys(rate.rated for rate in of_value):
                yield [rate for rate in of_value if rate.rated == rated]


def place(line: CorrectedRate | CorrectedDifference | ErrorByArm) -> tuple[str, str, str, str]:
    """Which value this is of, and by labels of which rating: an outcome of several ratings may be corrected by each."""
    return line.task, line.category, line.measure, line.rated


def by_labels(corrected: Corrections, line: CorrectedRate | CorrectedDifference) -> str:
    """Of which rating people's labels are, where the same value is corrected by those of another one too."""
    value = line.task, line.category, line.measure
    others = {each.rated for each in corrected.rates if (each.task, each.category, each.measure) == value}
    return f" by labels of {line.rated}" if len(others) > 1 else ""


def _of_value(found: Findings, rates: Sequence[CorrectedRate]) -> str:
    labels = sum(rate.rate.labels for rate in rates)
    told = [
        f"{rate.arm} {number(rate.rate.mean)}% {interval(rate.rate)} (by the judge alone {number(rate.rate.judged)}%)"
        for rate in rates[:_ARMS]
    ]
    if more := len(rates) - len(told):
        told.append(many(more, "more arm"))
    value = title(found, rates[0].task, rates[0].category, rates[0].measure)
    rated = f", of {rates[0].rated}" if found.corrected and by_labels(found.corrected, rates[0]) else ""
    return f"{value}, corrected by {many(labels, 'label')} of people{rated}: {'; '.join(told)}."


def _of_gap(gap: CorrectedDifference, among: int) -> str:
    found = gap.difference
    if math.isnan(found.mean):
        return f"{gap.arm} against {gap.reference} cannot be corrected: no question of both has labels."
    ends = interval(found)
    alone = f"by the judge alone {_signed(found.judged)}"
    turned = ", the other way round" if gap.turned else ""
    doubt = "" if gap.p_holm <= SIGNIFICANT else ", which may be chance"
    if doubt and found.low * found.high > 0:
        doubt += f" among {among} differences (p (Holm) {p_text(gap.p_holm)})"
    return f"{gap.arm} less {gap.reference}: {_signed(found.mean)} points {ends}{doubt}; {alone}{turned}."


def of_error(error: ErrorByArm, rates: Sequence[CorrectedRate]) -> str:
    """Whether the judge errs otherwise in an arm than in the reference, and what could not have been seen."""
    if math.isnan(error.error.mean):
        return ""
    arms = {rate.arm: rate for rate in rates}
    own, other = arms[error.arm], arms[error.reference]
    both = f"The judge is {_above(own)} people in {error.arm} and {_above(other)} in {error.reference}"
    by = f"{_signed(error.error.mean)} points {interval(error.error)}"
    if own.rate.all_labelled and other.rate.all_labelled:
        what = f"it errs differently by arm, by {by}" if error.error.mean else "it errs alike in both"
        return f"{both}: {what}, on these responses, all of which people labelled."
    if error.p_holm <= SIGNIFICANT:
        return f"{both}: it errs differently by arm, by {by}."
    least = number(error.error.least)
    seen = f"in 80% of draws such labels show an error that differs by {least} points, and less often a smaller one"
    # An interval by itself may leave 0 out where p, corrected for all comparisons, does not.
    among = f", p (Holm) {p_text(error.p_holm)}" if error.error.low * error.error.high > 0 else ""
    return f"{both}, which may be the same error ({by}{among}): {seen}."


def _above(line: CorrectedRate) -> str:
    error = line.error
    below = error.mean < 0
    ends = interval(Interval(-error.high, -error.low) if below else error)
    return f"{number(abs(error.mean))} points {ends} {'below' if below else 'above'}"


def _signed(value: float) -> str:
    return ("+" if value >= 0 else "") + number(value)


def _of_few(told: Sequence[CorrectedRate]) -> Iterator[str]:
    few = dict.fromkeys(rate.arm for rate in told if rate.rate.labels < FEW and not rate.rate.all_labelled)
    if few:
        arms = _named(list(few))
        yield f"Fewer than {FEW} labels of an arm say little of rare errors: so wide are the intervals of {arms}."
    near = {rate.arm: rate.rate.labels for rate in told if rate.arm not in few and _too_near(rate)}
    if near:
        arms = _named([f"{arm} ({many(labels, 'label')})" for arm, labels in near.items()])
        yield f"Too few labels for rates so near 0 or 100%: they leave open more than what lies between in {arms}."


def _too_near(line: CorrectedRate) -> bool:
    """Do the labels alone leave open twice the rate, or at the other end twice what is left to 100%?"""
    if line.method != "rate" or line.rate.all_labelled:
        return False
    least, most = line.rate.judged - line.error.high, line.rate.judged - line.error.low
    mean = line.rate.mean
    return most - mean > mean or mean - least > 1 - mean


def _of_uncorrected(corrected: Corrections) -> Iterator[str]:
    """Where labels correct nothing, and why."""
    unrated = dict.fromkeys(each.arm for each in corrected.too_few if not each.rated)
    apart = dict.fromkeys(each.arm for each in corrected.too_few if each.rated and _set_apart(each))
    few = dict.fromkeys(each.arm for each in corrected.too_few if each.rated and not _set_apart(each))
    for arms, why in (
        (few, f"for want of {FEWEST} labels"),
        (apart, "since people set so many of the labelled responses apart"),
        (unrated, "since the judge gave their responses no value"),
    ):
        if arms:
            yield f"Not corrected everywhere, {why}: {_named(list(arms))}."


def _of_draws(corrected: Corrections) -> Iterator[str]:
    """Draws of which something is missing."""
    for draw in corrected.draws:
        if draw.not_here or draw.ambiguous or not draw.labelled:
            yield f"Of a draw: {draw_sentence(draw)}"


def _set_apart(few: TooFew) -> bool:
    """Would there be enough labels without those that set a response apart?"""
    return few.labels + few.set_apart >= FEWEST


def _named(arms: Sequence[str]) -> str:
    more = [many(len(arms) - _ARMS, "more arm")] if len(arms) > _ARMS else []
    return ", ".join((*arms[:_ARMS], *more))


def draw_sentence(draw: Drawing) -> str:
    """What became of a draw."""
    told = f"{draw.labelled} of {draw.drawn} drawn responses are labelled by rubric {draw.rubric} {draw.version}"
    more = (
        (draw.disputed, "raters differ on"),
        (draw.open, "nobody has labelled"),
        (draw.set_apart, "people set apart"),
        (draw.not_here, "are of responses that are not here"),
        (draw.ambiguous, "may be of several responses here"),
        (draw.unjudged, "the judge gave no rating, and stay left out"),
    )
    left = "; ".join(f"{count} {what}" for count, what in more if count)
    values = f"they correct {', '.join(draw.corrected)}" if draw.corrected else "they correct nothing here"
    return f"{told}{f' ({left})' if left else ''}; {values}."


def few_sentence(few: TooFew) -> str:
    """An arm that is not corrected."""
    place = f"{few.task}, {few.category}, {few.measure}"
    if not few.rated:
        return f"{place}: the judge gave no response of {few.arm} a value"
    apart = f"; people set {few.set_apart} of the responses apart" if few.set_apart else ""
    return f"{place}: {few.arm} has {many(few.labels, 'label')} that count{'s' if few.labels == 1 else ''}{apart}"


def table_rows(found: Findings) -> list[tuple[str, ...]]:
    """Corrected rates as lines of texts, the head first; nothing without any."""
    if found.corrected is None or not found.corrected.rates:
        return []
    lines: list[tuple[str, ...]] = [(*RATES, *ERRORS)]
    for line in found.corrected.rates:
        name = title(found, line.task, line.category, line.measure).split(" · ")[-1]
        name += by_labels(found.corrected, line)
        rate, error = line.rate, line.error
        numbers = (number(rate.judged), number(rate.mean), interval(line.rate), str(rate.labels))
        own = (number(error.mean), interval(error))
        lines.append((line.task, line.category, name, line.arm, *numbers, *own))
    return lines


def difference_rows(found: Findings) -> list[tuple[str, ...]]:
    """Corrected differences as lines of texts, the head first; nothing without any."""
    if found.corrected is None or not found.corrected.differences:
        return []
    errors = {(*place(each), each.arm): each for each in found.corrected.errors}
    head = ("task", "category", "measure", "difference", "judge", "corrected", "95% corrected", "p (Holm)")
    more = ("judge errs by more", "95% by more", "p (Holm) by more")
    lines: list[tuple[str, ...]] = [(*head, *more)]
    for line in found.corrected.differences:
        gap, error = line.difference, errors[(*place(line), line.arm)]
        name = title(found, line.task, line.category, line.measure).split(" · ")[-1]
        name += by_labels(found.corrected, line)
        ends = interval(gap)
        numbers = (number(gap.judged), number(gap.mean), ends, p_text(line.p_holm))
        own = (number(error.error.mean), interval(error.error), p_text(error.p_holm))
        lines.append((line.task, line.category, name, f"{line.arm} - {line.reference}", *numbers, *own))
    return lines
