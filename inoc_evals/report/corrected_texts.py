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
from inoc_evals.stats.judge_error_limits import JudgeError

# With fewer labels in all arms together the limits are wide at low rates, see docs/corrected.md.
FEW = 100
RATES = ("task", "category", "measure", "arm", "judge %", "corrected %", "95% corrected", "labels")
ERRORS = ("judge - people", "95% judge - people")
# So many arms of a value are told one by one.
_ARMS = 4
# A task, a category or condition of it, and a measure.
Place = tuple[str, str, str]


def sentences(found: Findings) -> tuple[str, ...]:
    """What labels change in each task's leading category (or condition) and headline value, and whether the judge errs
    otherwise in one arm than in another; nothing without labels."""
    if found.corrected is None:
        return ()
    said: list[str] = []
    for rates in _leading(found, found.corrected):
        said.append(_of_value(found, rates))
        said += gap_sentences(found.corrected, _place(rates[0]))[:_ARMS]
    return (*said, *_of_few(found.corrected))


def gap_sentences(corrected: Corrections, place: Place) -> list[str]:
    """For each corrected difference of the task, category and measure `place` what labels change, and whether the judge
    errs otherwise in that arm than in the reference."""
    rates = [each for each in corrected.rates if _place(each) == place]
    errors = {each.arm: each for each in corrected.errors if _place(each) == place}
    gaps = [each for each in corrected.differences if _place(each) == place]
    return [f"{_of_gap(gap)} {of_error(errors[gap.arm], rates)}".rstrip() for gap in gaps]


def basis(corrected: Corrections) -> tuple[str, ...]:
    """What corrections rest on: whether labels are few, and what became of each draw."""
    return (*_of_few(corrected), *map(draw_sentence, corrected.draws))


def _leading(found: Findings, corrected: Corrections) -> Iterator[list[CorrectedRate]]:
    """The rates of one value of one task's leading part."""
    for task in dict.fromkeys(rate.task for rate in corrected.rates):
        of_task = [rate for rate in corrected.rates if rate.task == task]
        lead = leading(list(dict.fromkeys(rate.category for rate in of_task)))
        headline = found.tasks[task].headline
        keys = dict.fromkeys(rate.measure for rate in of_task)
        for key in [key for key in keys if key in headline] or list(keys):
            if rates := [rate for rate in of_task if (rate.category, rate.measure) == (lead, key)]:
                yield rates


def _place(line: CorrectedRate | CorrectedDifference | ErrorByArm) -> Place:
    return line.task, line.category, line.measure


def _of_value(found: Findings, rates: Sequence[CorrectedRate]) -> str:
    labels = sum(rate.rate.labels for rate in rates)
    told = [
        f"{rate.arm} {number(rate.rate.mean)}% {interval(rate.rate)} (by the judge alone {number(rate.rate.judged)}%)"
        for rate in rates[:_ARMS]
    ]
    if more := len(rates) - len(told):
        told.append(many(more, "more arm"))
    return f"{title(found, *_place(rates[0]))}, corrected by {many(labels, 'label')} of people: {'; '.join(told)}."


def _of_gap(gap: CorrectedDifference) -> str:
    found = gap.difference
    if math.isnan(found.mean):
        return f"{gap.arm} against {gap.reference} cannot be corrected: no question of both has labels."
    ends = interval(found)
    alone = f"by the judge alone {_signed(found.judged)}"
    turned = ", the other way round" if gap.turned else ""
    doubt = "" if gap.p_holm <= SIGNIFICANT else ", which may be chance"
    return f"{gap.arm} less {gap.reference}: {_signed(found.mean)} points {ends}{doubt}; {alone}{turned}."


def of_error(error: ErrorByArm, rates: Sequence[CorrectedRate]) -> str:
    """Whether the judge errs otherwise in an arm than in the reference, and what could not have been seen."""
    if math.isnan(error.error.mean):
        return ""
    by_arm = {rate.arm: rate.error for rate in rates}
    own, other = by_arm[error.arm], by_arm[error.reference]
    both = f"The judge is {_above(own)} people in {error.arm} and {_above(other)} in {error.reference}"
    ends = interval(error.error)
    if error.p_holm <= SIGNIFICANT:
        return f"{both}: it errs differently by arm, by {_signed(error.error.mean)} points {ends}."
    seen = f"with these labels an error that differs by less than {number(error.error.least)} points could not be seen"
    return f"{both}, which may be the same error ({_signed(error.error.mean)} points {ends}): {seen}."


def _above(error: JudgeError) -> str:
    ends = interval(error)
    return f"{number(abs(error.mean))} points {ends} {'above' if error.mean >= 0 else 'below'}"


def _signed(value: float) -> str:
    return ("+" if value >= 0 else "") + number(value)


def _of_few(corrected: Corrections) -> Iterator[str]:
    by_value: dict[Place, int] = {}
    for rate in corrected.rates:
        by_value[_place(rate)] = by_value.get(_place(rate), 0) + rate.rate.labels
    if by_value and min(by_value.values()) < FEW:
        yield f"Fewer than {FEW} labels say little of rare errors, and the corrected intervals are as wide as that."
    if corrected.too_few:
        arms = ", ".join(dict.fromkeys(each.arm for each in corrected.too_few))
        yield f"Not corrected everywhere, for want of {FEWEST} labels: {arms}."


def draw_sentence(draw: Drawing) -> str:
    """What became of a draw."""
    told = f"{draw.labelled} of {draw.drawn} drawn responses are labelled by rubric {draw.rubric} {draw.version}"
    more = (
        (draw.disputed, "raters differ on"),
        (draw.open, "nobody has labelled"),
        (draw.set_apart, "people set apart"),
        (draw.not_here, "are of responses that are not here"),
        (draw.unjudged, "the judge gave no rating, and stay left out"),
    )
    left = "; ".join(f"{count} {what}" for count, what in more if count)
    values = f"they correct {', '.join(draw.corrected)}" if draw.corrected else "they correct nothing here"
    return f"{told}{f' ({left})' if left else ''}; {values}."


def few_sentence(few: TooFew) -> str:
    """An arm that is not corrected."""
    return f"{few.task}, {few.category}, {few.measure}: {few.arm} has {many(few.labels, 'label')} that count"


def table_rows(found: Findings) -> list[tuple[str, ...]]:
    """Corrected rates as lines of texts, the head first; nothing without any."""
    if found.corrected is None or not found.corrected.rates:
        return []
    lines: list[tuple[str, ...]] = [(*RATES, *ERRORS)]
    for line in found.corrected.rates:
        name = title(found, line.task, line.category, line.measure).split(" · ")[-1]
        rate, error = line.rate, line.error
        numbers = (number(rate.judged), number(rate.mean), interval(line.rate), str(rate.labels))
        own = (number(error.mean), interval(error))
        lines.append((line.task, line.category, name, line.arm, *numbers, *own))
    return lines


def difference_rows(found: Findings) -> list[tuple[str, ...]]:
    """Corrected differences as lines of texts, the head first; nothing without any."""
    if found.corrected is None or not found.corrected.differences:
        return []
    errors = {(*_place(each), each.arm): each for each in found.corrected.errors}
    head = ("task", "category", "measure", "difference", "judge", "corrected", "95% corrected", "p (Holm)")
    more = ("judge errs by more", "95% by more", "p (Holm) by more")
    lines: list[tuple[str, ...]] = [(*head, *more)]
    for line in found.corrected.differences:
        gap, error = line.difference, errors[(*_place(line), line.arm)]
        name = title(found, line.task, line.category, line.measure).split(" · ")[-1]
        ends = interval(gap)
        numbers = (number(gap.judged), number(gap.mean), ends, p_text(line.p_holm))
        own = (number(error.error.mean), interval(error.error), p_text(error.p_holm))
        lines.append((line.task, line.category, name, f"{line.arm} - {line.reference}", *numbers, *own))
    return lines
